"""One timeline as a picture: its clocks as lanes, its phases as shades, its state as lines."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Protocol

import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import blended_transform_factory

from timeline.plots.style import DASHES, INK, MUTED, PALETTE, WIDTH, Panels, spread, styled, years_axis
from timeline.words import YEAR, counted, listing, moment, readable, sentence, years_and_days

SHADES = ("#ffffff", "#eef1f4")
CROWDED = 40
"""A lane with more firings is drawn as a row of strokes."""
NUMBERED = 8
"""Most events that are numbered on the picture."""
REPEATED = 2
"""Most events of one family among those numbered."""
ROOM = 0.015
"""Share of the day axis left free after the end, so that the last jump can be seen."""
LANE = 0.185
"""Height of a lane in inches."""


class Drawable(Protocol):
    """One simulated history, as the figure reads it.

    ``events``: number (Int64), day, clock (``"succession[a]"``), phase, sentence.
    ``series``: day, then a column per followed field; a value holds until the next row.
    ``phases``: (name, from day, to day). ``lanes``: families of clocks, in order.
    """

    @property
    def events(self) -> pl.DataFrame:
        """What happened, in order."""
        ...

    @property
    def series(self) -> pl.DataFrame:
        """How the followed fields moved."""
        ...

    @property
    def phases(self) -> tuple[tuple[str, float, float], ...]:
        """When which phase held."""
        ...

    @property
    def ending(self) -> str:
        """How it ended, a plain sentence."""
        ...

    @property
    def title(self) -> str:
        """Which timeline this is."""
        ...

    @property
    def end_day(self) -> float:
        """The last day."""
        ...

    @property
    def lanes(self) -> tuple[str, ...]:
        """The families of clocks."""
        ...


def family_of(clock: str) -> str:
    """Return the family of a clock.

    Examples
    --------
    >>> family_of("carried out[7]"), family_of("accord")
    ('carried out', 'accord')
    """
    return clock.split("[", 1)[0]


def decisive(trace: Drawable, most: int = NUMBERED) -> tuple[int, ...]:
    """Choose the events worth a note: the first, the last, those that begin a phase, the largest jumps.

    Events that say nothing are passed over, and so is a clock that ticks all the time when the
    first is chosen.

    Parameters
    ----------
    trace
        The timeline.
    most
        How many events to choose at most.

    Returns
    -------
    tuple of int
        Numbers of events, in order of time.
    """
    told = trace.events.filter(pl.col("sentence").str.strip_chars() != "")
    events = told if told.height else trace.events
    numbers: list[int] = events["number"].to_list()
    days: list[float] = events["day"].to_list()
    if not numbers:
        return ()
    on_day: dict[float, int] = dict(zip(days, numbers, strict=True))  # the last of a day wins
    clocks: list[str] = events["clock"].to_list()
    often = Counter(family_of(c) for c in clocks)
    first = next((n for n, c in zip(numbers, clocks, strict=True) if often[family_of(c)] <= CROWDED), numbers[0])
    chosen = [first, numbers[-1]]
    chosen += [on_day[start] for _, start, _ in trace.phases if start > 0 and start in on_day]
    jumps: dict[int, float] = {}
    for field in trace.series.columns[1:]:
        values = trace.series[field].to_list()
        width = max(values, default=0.0) - min(values, default=0.0)
        rows = zip(trace.series["day"].to_list()[1:], values, values[1:], strict=False)
        for day, before, after in rows:
            if day in on_day and width > 0:
                number = on_day[day]
                jumps[number] = jumps.get(number, 0.0) + abs(after - before) / width
    families = dict(zip(numbers, map(family_of, clocks), strict=True))
    told_of = Counter(families[number] for number in chosen)
    for number in sorted(jumps, key=lambda n: (-jumps[n], n)):
        # A story that tells the same thing four times leaves out what else happened.
        if told_of[families[number]] < REPEATED:
            told_of[families[number]] += 1
            chosen.append(number)
    return tuple(sorted(list(dict.fromkeys(chosen))[:most]))


@styled
def swimlane(
    trace: Drawable,
    *,
    annotate: Sequence[int] | None = None,
    sides: tuple[str, str] | None = None,
    starts: date | None = None,
) -> Figure:
    """Draw one timeline.

    Parameters
    ----------
    trace
        The timeline.
    annotate
        Numbers of the events to mark with 1, 2, 3, …; by default those of :func:`decisive`.
    sides
        The names of sides a and b.
    starts
        The calendar date of day 0, by which the axis is then labelled.

    Returns
    -------
    matplotlib.figure.Figure
        Lanes without a firing are left out. Clocks that fire without a word share one lane.
    """
    marked = decisive(trace) if annotate is None else tuple(annotate)
    lane_of = _lane_of(trace)
    names = list(dict.fromkeys(lane_of.values()))
    groups = _groups(trace.series.columns[1:], sides)
    left, right = 1.55, 0.62
    top, bottom, gap, line = 0.86, 0.48, 0.16, 0.72
    lanes = max(LANE * len(names), 0.4)
    height = top + lanes + len(groups) * (gap + line) + bottom
    figure = Figure(figsize=(WIDTH, height))

    def place(from_top: float, tall: float) -> Axes:
        return figure.add_axes(
            (left / WIDTH, 1 - (from_top + tall) / height, 1 - (left + right) / WIDTH, tall / height)
        )

    ax = place(top, lanes)
    panels = [place(top + lanes + gap + i * (gap + line), line) for i in range(len(groups))]
    page = Panels(figure, (ax, *panels), height, left, top)
    page.title(trace.title)
    _key(page, trace, sides)
    for one in page.axes:
        years_axis(one, trace.end_day, wide=True, room=ROOM, starts=starts)
        _shade(one, trace)
    _name_phases(ax, trace, WIDTH - left - right)
    _lanes(ax, trace, lane_of, marked)
    for one, (field, columns) in zip(panels, groups.items(), strict=True):
        _lines(one, trace, field, columns, sides)
        for day in (d for n, d in _days(trace).items() if n in marked):
            one.axvline(day / YEAR, color="#9a9a9a", linewidth=0.6, linestyle=":")
    for one in page.axes[:-1]:
        one.tick_params(labelbottom=False)
    if starts is None:
        page.axes[-1].set_xlabel("years since the start")
    return figure


def swimlane_caption(trace: Drawable) -> str:
    """State how the timeline ended, how long it took and how much happened."""
    reached = [readable(name) for name, _, _ in trace.phases]
    many = counted(trace.events.height, "event")
    return (
        f"{trace.title}: {trace.ending.rstrip('.')}. {many} in {years_and_days(trace.end_day)}; "
        f"phases: {listing(reached)}. One timeline is one draw of luck: it shows how the model tells "
        "a story, and is no evidence for a cadence."
    )


def narrative(
    trace: Drawable, annotate: Sequence[int] | None = None, starts: date | None = None
) -> list[tuple[int, str, str]]:
    """Return the marked events as (mark, when, sentence), in order of time.

    The marks are the numbers on the picture.
    """
    marked = decisive(trace) if annotate is None else tuple(annotate)
    rows = trace.events.filter(pl.col("number").is_in(list(marked))).sort("number")
    return [
        (mark, moment(row["day"], starts), sentence(row["sentence"] or row["clock"]))
        for mark, row in enumerate(rows.iter_rows(named=True), start=1)
    ]


# --- drawing -------------------------------------------------------------------------------


def _days(trace: Drawable) -> dict[int, float]:
    return dict(trace.events.select("number", "day").iter_rows())


def _lane_of(trace: Drawable) -> dict[str, str]:
    """Give each family that fired its lane, in order; several mute families share the last."""
    fired = {family_of(c) for c in trace.events["clock"].to_list()}
    told = trace.events.filter(pl.col("sentence").str.strip_chars() != "")
    speaking = {family_of(c) for c in told["clock"].to_list()}
    order = [lane for lane in trace.lanes if lane in fired]
    order += sorted(fired - set(order))
    mute = [family for family in order if family not in speaking]
    if len(mute) < 2:
        return {family: family for family in order}
    background = f"in the background ({len(mute)})"
    loud = {family: family for family in order if family in speaking}
    return loud | dict.fromkeys(mute, background)


def _groups(columns: Sequence[str], sides: tuple[str, str] | None) -> dict[str, list[tuple[str, str]]]:
    """Put the same field of both sides into one panel: field -> (column, side)."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for column in columns:
        title, owner = _owned(column, sides)
        groups.setdefault(title, []).append((column, owner))
    return groups


def _owned(column: str, sides: tuple[str, str] | None) -> tuple[str, str]:
    """Split a followed field into what it is and whose: ``"pressure on North"`` is North's pressure."""
    for key, name in zip(("a", "b"), sides or ("side a", "side b"), strict=True):
        if column.startswith(f"{key}."):
            return column[2:], key
        found = re.fullmatch(rf"(.*?)\s+(?:on|of|in|for|against|under|by)?\s*{re.escape(name)}", column)
        if found:
            return found[1], key
    return column, ""


def _key(page: Panels, trace: Drawable, sides: tuple[str, str] | None) -> None:
    clocks = trace.events["clock"].to_list()
    if not any(c.endswith(("[a]", "[b]")) for c in clocks):
        return
    a, b = sides or ("side a", "side b")
    every = any(_member(c) == "" for c in clocks)
    handles = [
        Line2D([], [], linestyle="", marker=m, color=c, markersize=5, label=text, markerfacecolor=f)
        for m, c, f, text in (
            ("^", PALETTE[0], PALETTE[0], a),
            ("v", PALETTE[3], "white", b),
            ("o", INK, INK, "both, or neither"),
        )
        if m != "o" or every
    ]
    page.key(handles, below=0.27)


def _shade(ax: Axes, trace: Drawable) -> None:
    for index, (_, start, end) in enumerate(trace.phases):
        ax.axvspan(start / YEAR, end / YEAR, facecolor=SHADES[index % 2], edgecolor="none", zorder=0)
        if start > 0:
            ax.axvline(start / YEAR, color="#7d8790", linewidth=0.7, zorder=1)


def _name_phases(ax: Axes, trace: Drawable, inches: float) -> None:
    """Write the phases over the lanes; narrow ones share the room of their neighbours."""
    last = (trace.end_day or 1.0) * (1 + ROOM)
    widths = [(0.062 * len(name) + 0.10) / inches for name, _, _ in trace.phases]
    middles = [(start + end) / 2 / last for _, start, end in trace.phases]
    lefts: list[float] = []
    for middle, width in zip(middles, widths, strict=True):
        lefts.append(max(middle - width / 2, (lefts[-1] + widths[len(lefts) - 1]) if lefts else 0.0))
    limit = 1.0 + 0.35 / inches
    for i in reversed(range(len(lefts))):
        lefts[i] = min(lefts[i], limit - widths[i])
        limit = lefts[i]
    high = blended_transform_factory(ax.transAxes, ax.transAxes)
    lift = 0.17 / (ax.get_position().height * ax.figure.get_figheight())  # type: ignore[union-attr]
    for (name, _, _), middle, x, width in zip(trace.phases, middles, lefts, widths, strict=True):
        centre = x + width / 2
        ax.text(
            centre,
            1 + lift * 0.75,
            readable(name),
            transform=high,
            ha="center",
            va="bottom",
            size=7,
            style="italic",
        )
        ax.plot(
            [centre, middle],
            [1 + lift * 0.65, 1],
            transform=high,
            color="#7d8790",
            linewidth=0.5,
            clip_on=False,
        )


def _lanes(ax: Axes, trace: Drawable, lane_of: dict[str, str], marked: Sequence[int]) -> None:
    names = list(dict.fromkeys(lane_of.values()))
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.set_yticks(range(len(names)), names, size=7)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    place = {family: names.index(lane) for family, lane in lane_of.items()}
    by_lane: dict[str, list[tuple[float, str]]] = {name: [] for name in names}
    for day, clock in trace.events.select("day", "clock").iter_rows():
        by_lane[lane_of[family_of(clock)]].append((day / YEAR, clock))
    for row, (lane, firings) in enumerate(by_lane.items()):
        ax.axhline(row, color="#d9d9d9", linewidth=0.5, zorder=1)
        mute = lane not in lane_of
        crowded = mute or len(firings) > CROWDED
        for member, marker, color, face in (
            ("[a]", "^", PALETTE[0], PALETTE[0]),
            ("[b]", "v", PALETTE[3], "white"),
            ("", "o", INK, INK),
        ):
            own = [x for x, clock in firings if _member(clock) == member]
            ax.plot(
                own,
                [row] * len(own),
                linestyle="",
                marker="|" if crowded else marker,
                color="#8a8a8a" if mute else color,
                markersize=5 if crowded else 4.2,
                markerfacecolor=face,
                markeredgewidth=0.9,
                zorder=3,
                clip_on=False,
            )
        ax.annotate(
            f"{len(firings):,}",
            xy=(1.012, row),
            xycoords=("axes fraction", "data"),
            size=6.5,
            color=MUTED,
            va="center",
            annotation_clip=False,
        )
    rows = trace.events.filter(pl.col("number").is_in(list(marked))).sort("number")
    for mark, (day, clock) in enumerate(rows.select("day", "clock").iter_rows(), start=1):
        ax.annotate(
            str(mark),
            xy=(day / YEAR, place[family_of(clock)]),
            xytext=(0, 6.5),
            textcoords="offset points",
            ha="center",
            va="center",
            size=6.5,
            weight="bold",
            color="white",
            zorder=5,
            annotation_clip=False,
            bbox={"boxstyle": "circle,pad=0.18", "facecolor": INK, "edgecolor": "white", "linewidth": 0.6},
        )


def _member(clock: str) -> str:
    return clock[-3:] if clock.endswith(("[a]", "[b]")) else ""


def _lines(
    ax: Axes, trace: Drawable, field: str, columns: list[tuple[str, str]], sides: tuple[str, str] | None
) -> None:
    days = [d / YEAR for d in trace.series["day"].to_list()]
    largest, smallest = 0.0, 0.0
    ends: list[tuple[str, float, str]] = []
    names = dict(zip(("a", "b"), sides or ("a", "b"), strict=True))
    for index, (column, owner) in enumerate(columns):
        values = [math.nan if v is None else v for v in trace.series[column].to_list()]
        known = [v for v in values if math.isfinite(v)]
        largest, smallest = max([largest, *known]), min([smallest, *known])
        color = {"a": PALETTE[0], "b": PALETTE[3]}.get(owner, INK)
        ax.step(
            [*days, trace.end_day / YEAR],
            [*values, *values[-1:]],
            where="post",
            color=color,
            linestyle=DASHES[index % len(DASHES)],
            linewidth=1.3,
        )
        if known:
            ends.append((names.get(owner, owner or field), known[-1], color))
    ax.set_ylim(smallest, 1.0 if largest <= 1 else largest * 1.08)
    ax.yaxis.set_major_locator(MaxNLocator(2))
    ax.set_ylabel(readable(field), rotation=0, ha="right", va="center", size=7)
    ax.yaxis.set_label_coords(-0.055, 0.5)
    if len(ends) > 1:
        top, low = ax.get_ylim()[1], ax.get_ylim()[0]
        heights = spread([value for _, value, _ in ends], 0.17 * (top - low), low, top)
        for (name, _, color), height in zip(ends, heights, strict=True):
            ax.annotate(
                name,
                xy=(1.012, height),
                xycoords=("axes fraction", "data"),
                size=6.5,
                color=color,
                va="center",
                annotation_clip=False,
            )
