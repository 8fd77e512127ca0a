"""Fates: what became of the same crises under two cadences, as flows from one fate to another."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch, PathPatch, Rectangle
from matplotlib.path import Path

from timeline.plots.style import ACCENT, INK, MUTED, PALETTE, empty, sheet, styled
from timeline.words import counted, percent, points, readable, span

PAIRED = (
    "Every crisis is played with the same luck under both cadences. Only so can it be said which agreements are saved "
    "and which are lost: two shares alone show no more than the balance."
)

IN_FORCE, LOST, UNSIGNED = "in force", "lost", "never signed"

MOST = 8
"""Fates drawn apart on each side, those that change most; the others are taken together."""

Node = tuple[str, str | None]
Moves = Sequence[tuple[Node, Node, int]]

_REST = "other causes"
_SAME = "#a9a9a9"
# Shares of the panel's height, but for the width of the bars.
_BAR = 0.018
_STRIP = 0.012
_GAP = 0.012
_NAME = 0.062
_HEAD = 0.05
_BETTER: dict[str, Any] = {"facecolor": ACCENT, "alpha": 0.55}
_WORSE: dict[str, Any] = {"facecolor": PALETTE[3], "alpha": 0.75, "hatch": "////"}
_OTHER: dict[str, Any] = {"facecolor": "#cfcfcf", "alpha": 0.7}


@dataclass
class _Stack:
    """One fate on one side: of how many it is the same on the other side, and where the next flow begins."""

    same: int = 0
    moved: int = 0
    at: float = 0.0

    def take(self, thick: float) -> float:
        self.at += thick
        return self.at - thick


@styled
def fates(table: pl.DataFrame, *, baseline: str, cadence: str) -> Figure:
    """Draw how the fates of the same replications change from one cadence to another.

    Parameters
    ----------
    table
        Columns fate, cause, other_fate, other_cause, count, as `timeline.analysis.fates` makes them.
    baseline, cadence
        Names of the two arms; the first is on the left.

    Returns
    -------
    matplotlib.figure.Figure
        Only what changes is drawn to scale: the flows. What is the same under both is a thin strip on each fate,
        with its count beside it.
    """
    rows = list(table.select("fate", "cause", "other_fate", "other_cause", "count").iter_rows())
    n = sum(count for *_, count in rows)
    moves = [((fate, cause), (other, also), count) for fate, cause, other, also, count in rows]
    still = any(one != other for one, other, _ in moves)
    page = sheet(1, columns=1, panel=5.3 if still else 0.8, left=2.05, right=2.05, top=0.98, bottom=0.12)
    page.title(f"The same {counted(n, 'crisis', 'crises')} under {baseline} and under {cadence}")
    ax = page.axes[0]
    ax.set_axis_off()
    if not still:
        empty(ax, "nothing differs: every one ends the same way under both" if n else "there are no replications")
        return page.figure
    page.key(
        [
            Patch(label=f"in force only under {cadence}", **_BETTER),
            Patch(label=f"in force only under {baseline}", **_WORSE),
            Patch(label="in force under neither", **_OTHER),
            Patch(facecolor=_SAME, label="the same under both (not to scale)"),
        ]
    )
    ax.set_xlim(0, 1)
    ax.set_ylim(1, 0)
    names = _names(moves)
    sides = [_nodes(moves, names, side) for side in (0, 1)]
    height = min(_height(nodes) for nodes in sides)
    for side, nodes in enumerate(sides):
        _stack(ax, nodes, side, height, n, under=cadence if side else f"{baseline} (baseline)")
    _ribbons(ax, moves, names, sides, height)
    return page.figure


def fates_caption(table: pl.DataFrame, net: Mapping[str, Any], *, baseline: str, cadence: str) -> str:
    """State how many agreements are saved and lost, and from what.

    Parameters
    ----------
    table
        As for `fates`.
    net
        The fields of `timeline.analysis.fates.FateTally`.
    baseline, cadence
        Names of the two arms.
    """
    n = net["n"]
    if not n:
        return "There are no replications that both arms have played."
    if not any(net[name] for name in ("saved", "gained", "lost", "forgone")):
        same = "every one ends the same way" if net["same"] == n else "the same agreements are in force"
        return f"Of {counted(n, 'crisis', 'crises')}, {same} under {baseline} and under {cadence}. {PAIRED}"
    saved = table.filter(fate=LOST, other_fate=IN_FORCE).select("cause", "count", day="day")
    lost = table.filter(fate=IN_FORCE, other_fate=LOST).select(cause="other_cause", count="count", day="other_day")
    agreements = counted(net["saved"], "agreement")
    found = (
        f"Of {counted(n, 'crisis', 'crises')}, {agreements} that {baseline} lost {_is(net['saved'])} kept under "
        f"{cadence}{_most(saved, 'from')}; {net['lost']:,} {'goes' if net['lost'] == 1 else 'go'} the other way"
        f"{_most(lost, 'by')}."
    )
    if net["gained"] or net["forgone"]:
        found += (
            f" {net['gained']:,} more {_is(net['gained'])} in force under {cadence} where {baseline} never signs, and "
            f"{net['forgone']:,} under {baseline} where {cadence} never signs."
        )
    if net["difference"] is not None and math.isfinite(net["difference"]):
        found += (
            f" The balance is {points(net['difference'])} points of all "
            f"(95% interval {points(net['low'])} to {points(net['high'])}, Monte Carlo error only)."
        )
    return f"{found} {PAIRED}"


def _most(rows: pl.DataFrame, word: str) -> str:
    """Name the most frequent cause, and when it strikes."""
    if not rows.height:
        return ""
    first = rows.sort("count", "cause", descending=[True, False]).row(0, named=True)
    when = f", half of them within {span(first['day'])} of the start" if first["count"] >= 10 else ""
    often = "" if rows.height == 1 else "most often "
    return f", {often}{word} {readable(str(first['cause']))} ({first['count']:,}{when})"


def _names(moves: Moves) -> dict[Node, Node]:
    """Return under which name each fate is drawn, in order from top to bottom; fates that hardly change share one."""
    moved: Counter[Node] = Counter()
    for one, other, count in moves:
        for node in (one, other):
            moved[node] += count if one != other else 0
    often = {node for node, _ in moved.most_common(MOST)} if len(moved) > MOST + 1 else set(moved)
    kinds = (IN_FORCE, LOST, UNSIGNED)
    order = sorted(moved, key=lambda node: (kinds.index(node[0]), node not in often, -moved[node], node[1] or ""))
    return {node: node if node in often or node[0] == IN_FORCE else (node[0], _REST) for node in order}


def _nodes(moves: Moves, names: Mapping[Node, Node], side: int) -> dict[Node, _Stack]:
    """Return what is drawn on one side, from top to bottom."""
    stacks = {name: _Stack() for name in names.values()}
    for one, other, count in moves:
        stack = stacks[names[other if side else one]]
        if one == other:
            stack.same += count
        else:
            stack.moved += count
    return {name: stack for name, stack in stacks.items() if stack.same or stack.moved}


def _height(nodes: Mapping[Node, _Stack]) -> float:
    """Return how high one replication is drawn, so that all fates fit, each with room for its name."""
    free = 1 - _HEAD - _GAP * (len(nodes) - 1)
    low, high = 0.0, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        fits = sum(max(_NAME, _STRIP + stack.moved * middle) for stack in nodes.values()) <= free
        low, high = (middle, high) if fits else (low, middle)
    return low


def _stack(ax: Axes, nodes: Mapping[Node, _Stack], side: int, height: float, n: int, under: str) -> None:
    """Draw the fates of one side with their names, and set where their flows begin."""
    left, edge, align = (0.0, -0.02, "right") if side == 0 else (1 - _BAR, 1.02, "left")
    rooms = [max(_NAME, _STRIP + stack.moved * height) for stack in nodes.values()]
    gap, y = (1 - _HEAD - sum(rooms)) / max(len(nodes) - 1, 1), _HEAD
    ax.text(edge, 0.0, f"under {under}", ha=align, va="center", weight="bold", size=8, clip_on=False)
    for (name, stack), room in zip(nodes.items(), rooms, strict=True):
        tall, middle = stack.moved * height, y + room / 2
        top = middle - (_STRIP + tall) / 2
        if stack.same:
            ax.add_patch(Rectangle((left, top), _BAR, _STRIP, facecolor=_SAME, linewidth=0))
        ax.add_patch(Rectangle((left, top + _STRIP), _BAR, tall, facecolor=INK, linewidth=0))
        stack.at = top + _STRIP
        total = stack.same + stack.moved
        ax.text(edge, middle - 0.015, _said(name), ha=align, va="center", size=7.6, clip_on=False)
        counts = f"{total:,} ({percent(total / n)}), {stack.same:,} under both"
        ax.text(edge, middle + 0.016, counts, ha=align, va="center", size=6.6, color=MUTED, clip_on=False)
        y += room + gap


def _ribbons(
    ax: Axes, moves: Moves, names: Mapping[Node, Node], sides: Sequence[Mapping[Node, _Stack]], height: float
) -> None:
    """Draw the flows between the two sides, the grey ones first."""
    flows: Counter[tuple[Node, Node]] = Counter()
    for one, other, count in moves:
        if one != other:
            flows[names[one], names[other]] += count
    places = [list(nodes) for nodes in sides]
    begin, end = {}, {}
    for pair in sorted(flows, key=lambda pair: (places[0].index(pair[0]), places[1].index(pair[1]))):
        begin[pair] = sides[0][pair[0]].take(flows[pair] * height)
    for pair in sorted(flows, key=lambda pair: (places[1].index(pair[1]), places[0].index(pair[0]))):
        end[pair] = sides[1][pair[1]].take(flows[pair] * height)
    for pair in sorted(flows, key=lambda pair: IN_FORCE in (pair[0][0], pair[1][0])):
        look = _BETTER if pair[1][0] == IN_FORCE else _WORSE if pair[0][0] == IN_FORCE else _OTHER
        thick = flows[pair] * height
        ax.add_patch(PathPatch(_ribbon(begin[pair], end[pair], thick), linewidth=0, **look))
        if look is not _OTHER and thick > 0.02:
            outer = look is _BETTER
            y = (begin if outer else end)[pair] + thick / 2
            x, align = (_BAR + 0.012, "left") if outer else (1 - _BAR - 0.012, "right")
            ax.text(x, y, f"{flows[pair]:,}", ha=align, va="center", size=7, weight="bold")


def _ribbon(begin: float, end: float, thick: float) -> Path:
    left, right = _BAR, 1 - _BAR
    middle = (left + right) / 2
    points = [
        (left, begin), (middle, begin), (middle, end), (right, end),
        (right, end + thick), (middle, end + thick), (middle, begin + thick), (left, begin + thick), (left, begin),
    ]  # fmt: skip
    curve = [Path.CURVE4] * 3
    return Path(points, [Path.MOVETO, *curve, Path.LINETO, *curve, Path.CLOSEPOLY])


def _said(node: Node) -> str:
    fate, cause = node
    if fate == IN_FORCE:
        return "in force at the end"
    if cause is None:
        return "never signed, talks go on" if fate == UNSIGNED else fate
    return f"lost by {readable(cause)}" if fate == LOST else f"never signed: {readable(cause)}"


def _is(count: int) -> str:
    return "is" if count == 1 else "are"
