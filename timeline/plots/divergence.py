"""One crisis under two cadences as a picture: a common history that forks into two lanes around one axis."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from timeline.explaining.explanation import Course, Explanation, Row
from timeline.plots.style import INK, MUTED, PALETTE, WIDTH, Panels, calendar_ticks, styled
from timeline.words import YEAR, moment, readable, sentence

#: Labels of one world at most.
LABELLED = 7
#: How a label may be set: characters of a line, and lines at most. The first is the favourite.
_SHAPES = ((44, 2), (30, 3), (21, 4))
_CHARACTER, _LINE = 0.0545, 0.125
"""Width of a character and height of a line of a label, in inches."""
_GAP = 0.07
_LEFT, _RIGHT = 0.20, 0.20
_TOP, _BOTTOM = 0.36, 0.08
_LANE, _MIDDLE = 0.27, 0.62
#: Room for the number of a link before its text.
_DISC = 0.17
"""Height of a lane, and the room between the two, in inches."""
_COLORS = (PALETTE[0], PALETTE[3])
_SHADES = (("#d7e6f0", "#b9d3e5"), ("#f6e1d0", "#efcbaf"))
_COMMON = ("#ededed", "#dedede")


@dataclass(frozen=True)
class Label:
    """One event's label.

    Attributes
    ----------
    x
        Where the event is, in inches from the left end of the axis.
    lines
        What it says.
    left, low
        Where the text begins, in inches from the axis' left end, and from the lane.
    number
        The link of the story that it is; 0 if none.
    """

    x: float
    lines: tuple[str, ...]
    left: float
    low: float
    number: int

    @property
    def width(self) -> float:
        """How wide the text is, at most, with its number."""
        return max(len(line) for line in self.lines) * _CHARACTER + (_DISC if self.number else 0.0)

    @property
    def height(self) -> float:
        """How high the text is."""
        return len(self.lines) * _LINE


@styled
def divergence(found: Explanation) -> Figure:
    """Draw one crisis under two cadences.

    Parameters
    ----------
    found
        The crisis, explained.

    Returns
    -------
    matplotlib.figure.Figure
        The history that both share is drawn once, along the axis; from where they part, the one is drawn above and
        the other below, with phases as bands and a mark at its end. Numbers are those of the story's links.
    """
    last = max(course.end_day for course in found.courses) or 1.0
    wide = WIDTH - _LEFT - _RIGHT
    span = wide - 0.06  # the end of a lane is marked
    parted = found.parted
    placed = [() if parted is None else place(_chosen(found, world), world, wide, span / last) for world in (0, 1)]
    rooms = [max((label.low + label.height for label in labels), default=0.0) + 0.28 for labels in placed]
    height = _TOP + rooms[0] + 2 * _LANE + _MIDDLE + rooms[1] + _BOTTOM
    figure = Figure(figsize=(WIDTH, height))
    ax = figure.add_axes((_LEFT / WIDTH, _BOTTOM / height, wide / WIDTH, 1 - (_TOP + _BOTTOM) / height))
    ax.set_xlim(0, wide)
    ax.set_ylim(0, height - _TOP - _BOTTOM)
    ax.axis("off")
    page = Panels(figure, (ax,), height, _LEFT, _TOP)
    one, other = found.cadences
    page.title(f"Replication {found.replication:,} under {one} and under {other}")
    axis = rooms[1] + _LANE + _MIDDLE / 2
    scale = span / last
    _axis(ax, axis, span, found, last, None if parted is None else parted * scale)
    forks = last if parted is None else parted
    _common(ax, found, axis, scale, forks)
    for world, course in enumerate(found.courses):
        low = axis + _MIDDLE / 2 if world == 0 else axis - _MIDDLE / 2 - _LANE
        if parted is not None:
            _lane(ax, found, world, low, scale, forks)
            _labels(ax, placed[world], world, low)
            _end(ax, course, world, low, scale, last)
        head = low + _LANE + rooms[0] - 0.10 if world == 0 else low - rooms[1] + 0.10
        ax.text(
            0,
            head,
            f"Under {course.cadence}: {course.ending}",
            size=8,
            weight="bold",
            color=_COLORS[world],
            va="center",
        )
    if parted is not None:
        _fork(ax, axis, parted * scale, found)
    return figure


def divergence_caption(found: Explanation) -> str:
    """State until when the two are the same, what differed, and how each ends."""
    one, other = found.courses
    return (
        f"{found.opening} Under {one.cadence}: {one.ending} Under {other.cadence}: {other.ending} "
        "Numbers are those of the links of the story. One replication shows how, and not how often."
    )


# -- which events are labelled


def _chosen(found: Explanation, world: int) -> list[Row]:
    """Choose a world's events to label: those of the story, its last, those that begin a phase, then the rarest."""
    own = [
        row for row in found.rows if _said(row, world) and _there(row, found, world) and row.day >= (found.parted or 0)
    ]
    if not own:
        return []
    begins = {start for _, start, _ in found.courses[world].phases}
    clocks = Counter(row.clock.partition("[")[0] for row in own)
    differing = {row for line in found.differing for row in line}

    def weight(row: Row) -> tuple[int, int, float]:
        rank = 4
        if row.story or (row.day == found.parted and row.where != "both"):
            rank = 0
        elif row is own[-1]:
            rank = 1
        elif row.day in begins:
            rank = 2
        elif row in differing:
            rank = 3
        return (rank, clocks[row.clock.partition("[")[0]], row.day)

    found_: list[Row] = []
    told: Counter[str] = Counter()
    for row in sorted(own, key=weight):
        family = row.clock.partition("[")[0]
        if len(found_) == LABELLED:
            break
        # A picture that says the same thing four times leaves out what else happened.
        if row.story or told[family] < 2 or row is own[-1]:
            told[family] += 1
            found_.append(row)
    return sorted(found_, key=lambda row: row.day)


def _there(row: Row, found: Explanation, world: int) -> bool:
    return row.where in ("both", "both, otherwise", found.cadences[world])


def _said(row: Row, world: int) -> str:
    return row.other if world else row.one


# -- where labels go


def place(rows: Sequence[Row], world: int, wide: float, scale: float) -> tuple[Label, ...]:
    """Place labels so that no two overlap, and leaders run through other texts as seldom as can be.

    Parameters
    ----------
    rows
        The events, in order of time.
    world
        0 or 1.
    wide
        How wide the axis is, in inches.
    scale
        Inches a day.
    """
    placed: list[Label] = []
    events = [row.day * scale for row in rows]
    # From the right: a text runs to the right over the leaders of later events, which end below it.
    for x, row in reversed(list(zip(events, rows, strict=True))):
        free = [
            label
            for shape in _SHAPES
            for label in _candidates(x, _said(row, world), shape, row.story, wide)
            if not any(_overlap(label, other) for other in placed)
        ]
        earlier = [event for event in events if event < x]
        best = min(free, key=lambda label: _cost(label, placed, earlier))
        # What is no link of the story is told only where there is room.
        if row.story or not _crossings(best, placed):
            placed.append(best)
    return tuple(placed)


def _candidates(x: float, text: str, shape: tuple[int, int], number: int, wide: float) -> Iterator[Label]:
    """Yield a label at every height, right and left of its event."""
    wrapped = textwrap.wrap(sentence(text).rstrip("."), shape[0], max_lines=shape[1], placeholder=" …")
    lines = tuple(wrapped)
    width = Label(x, lines, 0.0, 0.0, number).width
    for left in (x + 0.05, x - 0.05 - width):
        if left >= 0.0 and left + width <= wide:
            yield from (Label(x, lines, left, 0.12 + 0.02 * k, number) for k in range(150))


def _cost(label: Label, placed: Sequence[Label], earlier: Sequence[float]) -> tuple[float, ...]:
    """Prefer a label that crosses nothing, then one that says all, then one to the right, then a low one."""
    to_come = sum(label.left - 0.03 < event for event in earlier) if label.left < label.x else 0
    cut = label.lines[-1].endswith("…")
    return (_crossings(label, placed) + 0.5 * to_come, cut, label.left < label.x, label.low + label.height)


def _crossings(label: Label, placed: Sequence[Label]) -> int:
    """Count the leaders that run through another text, which hides them there."""
    return sum(_crosses(label, other) + _crosses(other, label) for other in placed)


def _overlap(one: Label, other: Label) -> bool:
    return (
        one.left < other.left + other.width + _GAP
        and other.left < one.left + one.width + _GAP
        and one.low < other.low + other.height + _GAP
        and other.low < one.low + one.height + _GAP
    )


def _crosses(leader: Label, text: Label) -> bool:
    """Say whether a label's leader, upright from its event to its text, runs through another text."""
    return text.left - 0.03 < leader.x < text.left + text.width + 0.03 and leader.low + leader.height > text.low


# -- drawing


def _axis(ax: Axes, axis: float, wide: float, found: Explanation, last: float, fork: float | None) -> None:
    """Draw the axis of both; a label where the histories fork would be struck out."""
    ax.plot([0, wide], [axis, axis], color="#8a8a8a", linewidth=0.7, zorder=1)
    for day, text in _ticks(last) if found.starts is None else calendar_ticks(found.starts, last, 12):
        x = day / last * wide
        ax.plot([x, x], [axis - 0.03, axis + 0.03], color="#8a8a8a", linewidth=0.7, zorder=2)
        if fork is not None and abs(x - fork) < 0.12:
            continue
        ax.text(x, axis - 0.22, text, size=7, color=MUTED, ha="center" if day else "left", va="center")


def _ticks(last: float) -> list[tuple[float, str]]:
    years = last / YEAR
    step = next((s for s in (0.25, 0.5, 1, 2, 5, 10) if years / s <= 12), 20)
    return [(k * step * YEAR, f"{k * step:g}" if k else "0 years") for k in range(int(years / step + 1e-6) + 1)]


def _bands(
    ax: Axes,
    phases: Iterable[tuple[str, float, float]],
    low: float,
    scale: float,
    span: tuple[float, float],
    shades: tuple[str, str],
    at: float,
) -> None:
    """Draw phases as bands, with their names where there is room."""
    for index, (name, start, end) in enumerate(phases):
        begin, stop = max(start, span[0]) * scale, min(end, span[1]) * scale
        if stop <= begin:
            continue
        ax.fill_between([begin, stop], low, low + _LANE, facecolor=shades[index % 2], edgecolor="none", zorder=1)
        words = readable(name)
        if len(words) * _CHARACTER + 0.1 < stop - begin:
            ax.text(begin + 0.05, low + _LANE * at, words, size=6.8, style="italic", color=INK, va="center", zorder=4)


def _common(ax: Axes, found: Explanation, axis: float, scale: float, until: float) -> None:
    """Draw the history that both share, once and muted, along the axis."""
    low = axis - _LANE / 2
    _bands(ax, found.courses[0].phases, low, scale, (0.0, until), _COMMON, 0.68)
    days = [row.day for row in found.rows if row.where == "both" and row.one and row.day <= until]
    ax.vlines([day * scale for day in days], low, low + _LANE * 0.35, color="#9a9a9a", linewidth=0.5, zorder=2)


def _lane(ax: Axes, found: Explanation, world: int, low: float, scale: float, since: float) -> None:
    """Draw a world's own history: its phases, and a stroke for each event."""
    course = found.courses[world]
    _bands(ax, course.phases, low, scale, (since, course.end_day), _SHADES[world], 0.72 if world else 0.28)
    near = low if world else low + _LANE
    differing = {row for line in found.differing for row in line}
    for color, tall, rows in (
        ("#9a9a9a", 0.25, [row for row in found.rows if row not in differing]),
        (_COLORS[world], 0.42, [row for row in found.rows if row in differing]),
    ):
        days = [r.day for r in rows if r.day > since and _said(r, world) and _there(r, found, world)]
        end = near + (tall if world else -tall) * _LANE
        ax.vlines([day * scale for day in days], near, end, color=color, linewidth=0.6, zorder=2)


def _labels(ax: Axes, labels: Sequence[Label], world: int, low: float) -> None:
    """Write labels away from the lane, each with a leader to its event."""
    near = low if world else low + _LANE
    way = -1 if world else 1
    for label in labels:
        own = label.number > 0
        top = label.low + label.height
        ax.plot(
            [label.x, label.x],
            [near, near + way * top],
            color=_COLORS[world] if own else "#a8a8a8",
            linewidth=0.9 if own else 0.6,
            zorder=2,
        )
        out = 1 if label.left > label.x else -1  # on which side of its leader the text stands
        height = near + way * (label.low + label.height / 2)
        ax.text(
            label.x + out * (0.05 + (_DISC if own else 0.0)),
            height,
            "\n".join(label.lines),
            size=6.8,
            color=INK if own else "#4a4a4a",
            va="center",
            linespacing=1.1,
            bbox={"boxstyle": "square,pad=0.12", "facecolor": "white", "edgecolor": "none"},
            ha="left" if out > 0 else "right",
            zorder=3,
        )
        ax.plot(
            [label.x], [near], linestyle="", marker="o", markersize=3.4, zorder=6,
            color=_COLORS[world], markerfacecolor=_COLORS[world] if own else "white", markeredgewidth=0.8,
        )  # fmt: skip
        if own:
            disc = {"boxstyle": "circle,pad=0.16", "facecolor": _COLORS[world], "edgecolor": "white", "linewidth": 0.6}
            place_ = (label.x + out * 0.12, height)
            ax.annotate(
                str(label.number), place_, ha="center", va="center", size=6.2, weight="bold", color="white", zorder=7,
                bbox=disc,
            )  # fmt: skip


def _end(ax: Axes, course: Course, world: int, low: float, scale: float, last: float) -> None:
    """Mark how a history ends: a bar across its lane."""
    x = course.end_day * scale
    ax.plot([x, x], [low - 0.05, low + _LANE + 0.05], color=_COLORS[world], linewidth=2.2, zorder=5)


def _fork(ax: Axes, axis: float, x: float, found: Explanation) -> None:
    """Mark where the two part."""
    for way, color in zip((1, -1), _COLORS, strict=True):
        ax.plot(
            [x, x], [axis + way * _LANE / 2, axis + way * _MIDDLE / 2], color=color, linewidth=1.6, zorder=5,
            solid_capstyle="round",
        )  # fmt: skip
    ax.plot([x], [axis], linestyle="", marker="D", markersize=5, color=INK, markeredgecolor="white", zorder=8)
    words = f"they part: {moment(found.parted or 0.0, found.starts)}"
    roomy = x + len(words) * _CHARACTER * 1.2 + 0.2 < ax.get_xlim()[1]
    ax.text(
        x + (0.1 if roomy else -0.1), axis + 0.22, words, size=7, weight="bold", va="center", zorder=8,
        ha="left" if roomy else "right",
    )  # fmt: skip
