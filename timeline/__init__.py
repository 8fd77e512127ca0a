"""The crisis-timeline modeller: a secret peace channel as a discrete-event simulation.

The names that a model's author and a script need are listed here and fetched when they are
first used: importing `timeline` does no work.

Examples
--------
>>> import timeline
>>> timeline.fixed(30).first
30
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOME = {
    # what a model is made of
    "Array": "records",
    "Field": "records",
    "Lever": "records",
    "Parameter": "records",
    "Parameters": "records",
    "Record": "records",
    "Clock": "model",
    "Counted": "model",
    "Integral": "model",
    "Mechanism": "model",
    "Model": "model",
    "Sampled": "model",
    "Endpoints": "endpoints",
    "at_once": "laws",
    "empirical": "laws",
    "exponential": "laws",
    "fixed": "laws",
    "lognormal": "laws",
    "uniform": "laws",
    "weibull": "laws",
    # what plays it
    "Injection": "world",
    "World": "world",
    "load": "config",
    "play": "engines.reference",
    # what can go wrong
    "TimelineError": "errors",
    "ModelError": "errors",
    "ConfigError": "errors",
    "RunError": "errors",
    "StoreError": "errors",
    "PathError": "errors",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'timeline' has no attribute {name!r}")
    return getattr(import_module(f"timeline.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return __all__
