"""Borders: where over one or two assumptions the best cadence changes, and how much of that is certain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from timeline.study.questions import Grid
from timeline.words import counted, listing, readable, sentence

Cell = tuple[int, ...]


def borders(best: pl.DataFrame, grid: Grid, measure: str) -> tuple[str, ...]:
    """Say in which cells which cadence is the best, and between which values it changes for certain.

    Parameters
    ----------
    best
        Columns scenario, measure, cadence, tied_with_best, best.
    grid
        Its names are scenarios.
    measure
        Which measure.

    Returns
    -------
    tuple of str
        Sentences. A border is certain between two values if no cadence may be the best at both.

    Examples
    --------
    >>> grid = Grid(("leaks.trust",), (("0.1", "1"),), ("a", "b"))
    >>> rows = [("a", "silence", True), ("a", "monthly", False), ("b", "silence", False), ("b", "monthly", True)]
    >>> best = pl.DataFrame(rows, schema=["scenario", "cadence", "tied_with_best"], orient="row").with_columns(
    ...     measure=pl.lit("m"), best=pl.lit("x"))
    >>> for line in borders(best, grid, "m"):
    ...     print(line)
    The best cadence changes with trust (leaks): from silence to monthly between 0.1 and 1.
    Of 2 values, silence is the best at 1 of them and monthly at 1.
    """
    cells = may_be_best(best, grid, measure)
    if len(cells) < 2:
        return ()
    changes = _along_one(cells, grid) if len(grid.paths) == 1 else _over_several(cells, grid)
    return (changes, _counts(cells, grid))


def may_be_best(best: pl.DataFrame, grid: Grid, measure: str) -> dict[Cell, tuple[str, ...]]:
    """Return by place the cadences that may be the best there; none where nothing can be ranked."""
    own = best.filter((pl.col("measure") == measure) & pl.col("tied_with_best").fill_null(False))
    names: dict[str, list[str]] = {}
    for scenario, cadence in own.select("scenario", "cadence").iter_rows():
        names.setdefault(scenario, []).append(cadence)
    return {place: tuple(names[name]) for name, place in grid.by_name().items() if name in names}


def certain(sets: Sequence[tuple[str, ...]]) -> list[tuple[int, int]]:
    """Return between which two places of a row the best surely changes, as closely as can be told.

    Examples
    --------
    >>> certain([("silence",), ("silence", "monthly"), ("monthly",), ("monthly",)])
    [(0, 2)]
    """
    found: list[tuple[int, int]] = []
    for end in range(1, len(sets)):
        for start in range(end - 1, -1, -1):
            if not set(sets[start]) & set(sets[end]):
                if not found or start >= found[-1][1]:
                    found.append((start, end))
                break
    return found


def _along_one(cells: Mapping[Cell, tuple[str, ...]], grid: Grid) -> str:
    places = sorted(cells)
    sets = [cells[place] for place in places]
    values = [grid.values[0][place[0]] for place in places]
    name = readable(grid.paths[0])
    found = certain(sets)
    if not found:
        return _no_change(sets, f"value of {name}")
    parts = []
    for start, end in found:
        between = values[start + 1 : end]
        open_ = f"; at {listing(between)} they cannot be told apart" if between else ""
        parts.append(
            f"from {_either(sets[start])} to {_either(sets[end])} between {values[start]} and {values[end]}{open_}"
        )
    return f"The best cadence changes with {name}: {'; then '.join(parts)}."


def _over_several(cells: Mapping[Cell, tuple[str, ...]], grid: Grid) -> str:
    """Say along which assumptions the best surely changes while the others stay."""
    if set.intersection(*(set(names) for names in cells.values())):
        return _no_change(list(cells.values()), f"cell of {listing(map(readable, grid.paths))}")
    parts = []
    for axis, path in enumerate(grid.paths):
        rows: dict[Cell, list[tuple[str, ...]]] = {}
        for place in sorted(cells, key=lambda place: place[axis]):
            rows.setdefault((*place[:axis], *place[axis + 1 :]), []).append(cells[place])
        turned = sum(bool(certain(sets)) for sets in rows.values())
        parts.append(f"with {readable(path)} in {turned} of {counted(len(rows), 'row')}")
    return (
        f"No cadence may be the best in all {len(cells)} cells. For certain the best changes {listing(parts)}, "
        "the rest held."
    )


def _no_change(sets: Sequence[tuple[str, ...]], where: str) -> str:
    everywhere = [name for name in dict.fromkeys(n for own in sets for n in own) if all(name in own for own in sets)]
    if everywhere:
        sure, at = all(len(own) == 1 for own in sets), "in" if where.startswith("cell") else "at"
        names = sentence(_either(everywhere)).rstrip(".")
        if sure:
            return f"{names} is the best {at} every {where}: there is no border."
        return f"No border is certain: {_either(everywhere)} may be the best {at} every {where}."
    return f"No border between two {where.split(' ')[0]}s is certain."


def _counts(cells: Mapping[Cell, tuple[str, ...]], grid: Grid) -> str:
    noun = "value" if len(grid.paths) == 1 else "cell"
    wins: dict[str, int] = {}
    for names in cells.values():
        if len(names) == 1:
            wins[names[0]] = wins.get(names[0], 0) + 1
    untold = len(cells) - sum(wins.values())
    total, at = counted(len(cells), noun), "at" if noun == "value" else "in"
    if not wins:
        return f"{at.capitalize()} none of {total} is one cadence surely the best."
    order = sorted(wins, key=lambda name: -wins[name])
    first = f"{order[0]} is the best {at} {wins[order[0]]} of them"
    said = listing([first, *(f"{name} {at} {wins[name]}" for name in order[1:])])
    rest = f"; {at} {untold} several cannot be told from the best" if untold else ""
    return f"Of {total}, {said}{rest}."


def _either(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
