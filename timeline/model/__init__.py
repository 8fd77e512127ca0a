"""What a model is made of."""

from __future__ import annotations

from typing import Any


def __getattr__(name: str) -> Any:
    """Return a declaration, for models that import it from here."""
    from timeline.model import declarations

    if name.startswith("__") or not hasattr(declarations, name):
        raise AttributeError(f"module 'timeline.model' has no attribute {name!r}")
    return getattr(declarations, name)
