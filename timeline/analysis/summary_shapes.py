"""The shapes that the tables of a summary must have: its bytes may come from a stranger."""

from __future__ import annotations

from collections.abc import Mapping

from timeline.analysis.curves import Curves
from timeline.analysis.summary_rows import kept, kept_of
from timeline.analysis.summary_settings import SummarySettings
from timeline.arrays import Places
from timeline.errors import StoreError

Shape = tuple[int | None, ...]
"""None where any length will do."""


def require_shapes(tables: Mapping[str, Places], settings: SummarySettings) -> None:
    """Refuse tables that would be read as something else.

    Raises
    ------
    StoreError
        Naming the first table that is missing or has another shape.
    """
    expected = _shapes(settings, len(tables.get("first", ())))
    # A cause and a fate are there only if they occurred.
    by_chance = {name: _of_chance(name, settings) for name in tables if name not in expected}
    for name, shape in {**expected, **by_chance}.items():
        given = tables[name].shape if name in tables else None
        if given is None or not _fits(given, shape):
            raise StoreError(f"summary: {name} has shape {given}, expected {shape}; make the summary anew")
    for name in [name.removeprefix("keys ") for name in expected if name.startswith("keys ")]:
        if tables[f"keys {name}"].shape != tables[f"counts {name}"].shape:
            raise StoreError(f"summary: keys and counts of {name} differ in number; make the summary anew")


def _fits(given: tuple[int, ...], shape: Shape) -> bool:
    return len(given) == len(shape) and all(b in (a, None) for a, b in zip(given, shape, strict=True))


def _shapes(settings: SummarySettings, first: int) -> dict[str, Shape]:
    k = len(settings.cadences)
    shapes: dict[str, Shape] = {"settings": (2,), "world": (1,), "ranges": (None, 2), "first": (first,)}
    shapes |= {"count signed": (k, 1), "lowest days": (1,), "digits days": (None, 0)}
    for name, pairs in kept(settings).items():
        unordered, ordered = len(pairs.unordered[0]), len(pairs.ordered[0])
        shapes |= {f"counted {name}": (unordered,), f"lowest squares {name}": (1,), f"lowest sums {name}": (1,)}
        shapes |= {f"digits squares {name}": (None, unordered), f"digits sums {name}": (None, ordered)}
    for column in settings.columns:
        if column.mean or column.median:
            shapes |= {f"extremes {name}": (2, pairs.k) for name, pairs in kept_of(settings, column).items()}
        if column.median:
            shapes |= {
                f"first {column.name}": (first, k),
                f"keys {column.name}": (None,),
                f"counts {column.name}": (None,),
            }
    if settings.curves:
        curves = Curves(settings.endpoints, settings.window, settings.grid_points)
        shapes |= {f"count {name}": (k, *count.shape) for name, count in curves.state().items()}
        shapes["digits days"] = (None, k * len(curves.hazards.since.digits))
    return shapes


def _of_chance(name: str, settings: SummarySettings) -> Shape:
    return (len(settings.cadences), settings.grid_points if "/failed: " in name else 1)
