"""What each figure shows, for those who cannot see it; the caption beneath says what it finds."""

from __future__ import annotations

_BY_CADENCE = "one line or panel a cadence, with the baseline for comparison and bands of 95% Monte Carlo error"

SHOWN: dict[str, str] = {
    "in-force": f"Line chart of the share of all timelines with an agreement in force over the years: {_BY_CADENCE}.",
    "in-force-verified": (
        "Line chart of the share of all timelines with an agreement in force and at least half of it verified, "
        f"over the years: {_BY_CADENCE}."
    ),
    "since-signature": (
        f"Line chart of the share of signed agreements that still stand, by years since signature: {_BY_CADENCE}. "
        "A table beneath counts the agreements still followed."
    ),
    "both-sign": (
        "Line charts of the share of agreements that still stand, by years since signature, among the replications "
        "that sign both under the panel's cadence and under the baseline."
    ),
    "contrasts": (
        "Dot plot of each cadence's difference from the baseline with its simultaneous 95% interval, one column of "
        "dots a measure; filled dots differ from the baseline, hollow ones cannot be told from it."
    ),
    "best": (
        "Dot plot of each cadence's distance from the best of the others with its 95% interval, the best on top; "
        "filled circles may be the best, hollow squares are not."
    ),
    "aims": (
        "What each cadence reaches in each aim, with intervals; marks tell dominated cadences from those on the front."
    ),
    "worlds": (
        "Strips of dots, one row a cadence: its difference from the baseline in each world, with a bar over the middle "
        "nine tenths."
    ),
    "best-in-worlds": (
        "Bars of the share of worlds in which each cadence is the best or nearly so; beside them, how far it stays "
        "behind the best."
    ),
    "regret": (
        "Coloured cells, one row a cadence and one column a world: the darker, the farther the cadence stays behind "
        "the best of that world."
    ),
    "tornado": "Bars from the difference at the low end of each assumption's range to that at the high end.",
    "flips": "Rows of coloured cells: which cadence leads at five places along each assumption's range.",
    "drivers": "Dot plot of how much each assumption moves a difference over worlds, against what chance shows.",
    "worth-knowing": "Bars of what it would be worth to know each assumption or mechanism, against what chance shows.",
    "fates": (
        "Flows from what became of the same replications under the baseline, on the left, to what became of them "
        "under the other cadence, on the right."
    ),
    "explained": (
        "One crisis under two cadences along one axis of years: a common history that forks into two lanes, with the "
        "events that decide written beside each, and how each ends."
    ),
    "causes": (
        "Stacked bars, one a cadence: by what timelines ended badly, as shares of all timelines and as shares of "
        "those that signed."
    ),
    "occupancy": "Stacked areas, one panel a cadence: the shares of timelines in each phase or ending over the years.",
    "fans": (
        "Line charts of fields of the state over the years, one row a field and one column a cadence: the median, the "
        "middle half and the middle nine tenths of timelines."
    ),
    "factors": "Chart of the main effects and interactions of the levers that were varied, in percentage points.",
    "map": "Map over two assumptions: in each cell the best cadence and its gain over the baseline.",
    "landmarks": (
        "Line charts of the share of agreements kept after the day of the drill, by how things stood on that day, "
        "with the drill and without it."
    ),
    "ablation": (
        "Dot plots, one row a mechanism: what the model says without it, and what the cadence then gains over the "
        "baseline."
    ),
    "scenarios": "Table of shaded cells: the share in force at the end, one row a cadence and one column a scenario.",
    "scenarios-by-measure": "Table of shaded cells: a measure, one row a cadence and one column a scenario.",
    "timeline": (
        "One simulated history: a mark for every event, one row a source of events, over the years; beneath, lines "
        "of the fields of the state."
    ),
    "validation": "Two survival curves since signature: the model's and, with its band, the record's.",
    "influences": (
        "Table of marks: which mechanism, a column, moves which variable, a row, and what depends on which."
    ),
    "ways-to-an-end": (
        "Diagram: for each event that can end a timeline, the variables that bear on it and who moves them."
    ),
}


def alternative(name: str, about: str = "") -> str:
    """Describe a figure.

    Parameters
    ----------
    name
        The figure's name, such as ``in-force``.
    about
        What it is of: a scenario or a single timeline; empty if it is of the whole run.

    Raises
    ------
    KeyError
        If nobody has said what such a figure shows.

    Examples
    --------
    >>> alternative("occupancy", "scenario harsh")
    'Stacked areas, one panel a cadence: the shares of timelines in each phase ... over the years. Of scenario harsh.'
    """
    return SHOWN[name] + (f" Of {about}." if about else "")
