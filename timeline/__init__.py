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
    "Array": "model.records",
    "Field": "model.records",
    "Lever": "model.records",
    "Parameter": "model.records",
    "Parameters": "model.records",
    "Record": "model.records",
    "blank": "model.records",
    "Clock": "model.declarations",
    "Counted": "model.declarations",
    "Idle": "model.idle",
    "Integral": "model.declarations",
    "Mechanism": "model.declarations",
    "Model": "model.declarations",
    "Sampled": "model.declarations",
    "every": "model.declarations",
    "AtEnd": "model.endpoints",
    "Endpoints": "model.endpoints",
    "LaterAgreements": "model.endpoints",
    "Wording": "model.endpoints",
    "at_once": "model.laws",
    "empirical": "model.laws",
    "exponential": "model.laws",
    "fixed": "model.laws",
    "lognormal": "model.laws",
    "normal_quantile": "model.laws",
    "uniform": "model.laws",
    "weibull": "model.laws",
    "MONTH": "model.units",
    "YEAR": "model.units",
    # what is claimed of it, and the record it is held against
    "Claim": "validation.claims",
    "Setting": "validation.claims",
    "at_end": "validation.claims",
    "in_force": "validation.claims",
    "kept": "validation.claims",
    "over_time": "validation.claims",
    "per_year": "validation.claims",
    "reached": "validation.claims",
    "share_with": "validation.claims",
    "given_values": "validation.claims",
    "member_names": "validation.claims",
    "CheckRow": "validation.checks",
    "Skipped": "validation.checks",
    "skipped_without": "validation.checks",
    "Net": "validation.net",
    "NetMeasure": "validation.net",
    "PublishedRecord": "validation.published",
    "Target": "study.uncertainty",
    "call_with": "validation.clocks",
    "clock_named": "validation.clocks",
    "lifetimes": "validation.clocks",
    "held_to": "validation.bands",
    "integral_of": "validation.pairs",
    "play_observed": "validation.pairs",
    "samples_of": "validation.pairs",
    "Ratio": "validation.ratios",
    "ratio_of_rates": "validation.ratios",
    "LifeTable": "analysis.life_table",
    "life_table": "analysis.life_table",
    "read_spells": "analysis.life_table",
    "read_record": "analysis.record",
    "read_table": "keeping.given_tables",
    # what plays it
    "Injection": "engines.world",
    "World": "engines.world",
    "play": "engines.reference",
    # a study, and what it comes to
    "Study": "front.study",
    "load": "front.study",
    "Result": "front.result",
    "open_result": "front.result",
    "values": "front.batch",
    "rows": "front.batch",
    "arms_of": "front.batch",
    "summaries": "front.batch",
    "worlds": "front.worlds",
    "sensitivity": "front.sensitivity",
    "calibrate": "front.calibrating",
    "backtest": "front.backtesting",
    "Backtest": "front.backtesting",
    "Calibration": "front.calibrating",
    "Sensitivity": "analysis.ignorance.hanging",
    "merge": "front.shares",
    "play_share": "front.shares",
    "Way": "front.running",
    "Listener": "playing.listener",
    # real data
    "describe_data": "front.data",
    "fit": "front.fit",
    # what can go wrong
    "TimelineError": "errors",
    "ModelError": "errors",
    "ConfigError": "errors",
    "RunError": "errors",
    "StoreError": "errors",
    "PathError": "errors",
    "nearest": "errors",
}

#: Whole modules: how numbers read in words, and the look of a figure.
_ROOMS = {"words": "words", "style": "plots.style"}

__all__ = sorted({*_HOME, *_ROOMS})


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return import_module(f"timeline.{_ROOMS[name]}")
    if name not in _HOME:
        raise AttributeError(f"module 'timeline' has no attribute {name!r}")
    return getattr(import_module(f"timeline.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return __all__
