"""The influence diagram: which mechanism moves and heeds which variable, and what drives the endings.

A network of twenty mechanisms and forty variables is a knot. As a table every influence has a place
of its own: rows are variables, columns mechanisms; a square moves, a circle heeds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from timeline.derived.influence import Ending, InfluenceTable, Mark
from timeline.plots.style import MUTED, PALETTE, WIDTH, styled
from timeline.words import counted, listing, readable

COLORS = {"+": PALETTE[0], "-": PALETTE[3], "±": "#4a4a4a", "": "#a9a9a9"}
ROW = 0.165
"""Height of a row in inches."""
MANY = 4
"""A variable that so many mechanisms move belongs to none of them."""
EDGE = 0.13
"""Room for one line at its end, in inches."""


@styled
def influence_table(found: InfluenceTable) -> Figure:
    """Draw the table of variables and mechanisms.

    Parameters
    ----------
    found
        What bears on what.

    Returns
    -------
    matplotlib.figure.Figure
    """
    return _page([_Table(found)])


@styled
def ways_to_an_end(found: InfluenceTable) -> Figure:
    """Draw what drives the events that can end the timeline, and which mechanisms move the drivers."""
    return _page([_Ends(found)])


@styled
def diagram(found: InfluenceTable) -> Figure:
    """Draw both, one under the other."""
    return _page([_Table(found), *([_Ends(found)] if found.endings else [])])


def influence_caption(found: InfluenceTable) -> str:
    """Say through which variables the mechanisms meet, and what the picture leaves out."""
    shared = {name for name, _ in found.variables} - {"outcome"}
    moved = Counter(m.variable for m in found.marks if m.writes and m.variable in shared)
    heeded = Counter(m.variable for m in found.marks if m.reads and m.variable in shared)
    many = len(found.mechanisms)
    said = [f"{many} mechanisms act on one another through {counted(len(shared), 'variable')}."]
    if many < 2 or not shared:
        said = [f"{counted(many, 'mechanism')}: none acts on another."]
    for start, counts in (("Moved by the most mechanisms", moved), ("Heeded by the most", heeded)):
        if named := _most(counts):
            said.append(f"{start}: {named}.")
    said.append("What is moved and heeded is derived from the model's code; + and − are as its parameters declare.")
    if found.inner or found.noted:
        left_out = len(found.inner) + len(found.noted)
        said.append(f"Left out: {counted(left_out, 'variable')} by which no mechanism bears on another.")
    if found.unknown:
        said.append(f"Not everything could be followed in {listing(found.unknown)}.")
    return " ".join(said)


def ends_caption(found: InfluenceTable) -> str:
    """Say which variables bear on the most endings."""
    bears = Counter(name for ending in found.endings for name, _ in ending.drivers)
    said = f"{counted(len(found.endings), 'event')} can end the timeline: {listing(e.clock for e in found.endings)}."
    if named := _most(bears):
        said += f" What bears on the most of them: {named}."
    return (
        f"{said} Beside each variable stand the mechanisms that move it: a plus raises it, a minus lowers it. "
        "A line with a plus makes the event likelier the more there is of the variable, one with a minus less likely."
    )


def _most(counts: Counter[str], most: int = 4) -> str:
    """Name the most frequent, all that share a place or none; nothing where too many share the first.

    Examples
    --------
    >>> _most(Counter(trust=8, pressure=6, alarm=3, rumour=3, support=3))
    'trust (8) and pressure (6)'
    """
    ranked = counts.most_common()
    if len(ranked) > most:
        ranked = [(name, n) for name, n in ranked[:most] if n > ranked[most][1]]
    return listing(f"{readable(name)} ({n})" for name, n in ranked)


# --- the page ------------------------------------------------------------------------------


def _page(parts: Sequence[_Table | _Ends]) -> Figure:
    """Put parts under each other; one unit of the axes is an inch, counted from the top."""
    height = sum(part.height for part in parts)
    figure = Figure(figsize=(WIDTH, height))
    top = 0.0
    for part in parts:
        ax = figure.add_axes((0, 1 - (top + part.height) / height, 1, part.height / height))
        ax.set_xlim(0, WIDTH)
        ax.set_ylim(part.height, 0)
        ax.set_axis_off()
        part.draw(ax)
        top += part.height
    return figure


def _sign(ax: Axes, x: float, y: float, sign: str, color: str) -> None:
    """Draw a plus, a minus or both as strokes: sharper than letters at this size, and centred."""
    for marker, lift in {"+": [("+", 0.0)], "-": [("_", 0.0)], "±": [("+", -0.012), ("_", 0.03)]}.get(sign, []):
        ax.plot(
            [x], [y + lift], linestyle="", marker=marker, color=color, markersize=4.6, markeredgewidth=1.1, zorder=6
        )


def _square(ax: Axes, x: float, y: float, sign: str) -> None:
    ax.plot([x], [y], linestyle="", marker="s", markersize=7, color=COLORS[sign], markeredgewidth=0, zorder=5)
    _sign(ax, x, y, sign, "white")


def _circle(ax: Axes, x: float, y: float, sign: str) -> None:
    ax.plot(
        [x], [y], linestyle="", marker="o", markersize=7, markerfacecolor="white", markeredgecolor=COLORS[sign],
        markeredgewidth=1.0, zorder=5,
    )  # fmt: skip
    _sign(ax, x, y, sign, COLORS[sign])


def _heading(ax: Axes, text: str) -> None:
    ax.text(0.08, 0.10, text, va="top", weight="bold", size=9.5)


# --- the table -----------------------------------------------------------------------------


class _Table:
    """Variables by mechanisms."""

    def __init__(self, found: InfluenceTable) -> None:
        self.found = found
        self.rows = _grouped(found)
        names = [readable(name) for group in self.rows for name in group]
        self.left = 0.12 + 0.062 * max((len(name) for name in names), default=8)
        columns = max(1, len(found.mechanisms))
        self.cell = min(0.30, (WIDTH - self.left - 1.6) / columns)
        self.top = 0.75 + 0.052 * max((len(m) for m in found.mechanisms), default=0)
        self.height = self.top + ROW * len(names) + 0.07 * len(self.rows) + 0.1

    def draw(self, ax: Axes) -> None:
        _heading(ax, "What moves what: variables by mechanism")
        self._key(ax)
        meanings = dict(self.found.variables)
        marks = {(m.variable, m.mechanism): m for m in self.found.marks}
        right = self.left + self.cell * len(self.found.mechanisms)
        y = self.top
        for number, group in enumerate(self.rows):
            high = ROW * len(group)
            if number % 2 == 0:
                ax.add_patch(Rectangle((0.05, y), WIDTH - 0.1, high, facecolor="#f4f5f6", edgecolor="none", zorder=0))
            for name in group:
                middle = y + ROW / 2
                ax.text(self.left - 0.06, middle, readable(name), ha="right", va="center", size=7.2)
                ax.text(
                    right + 0.08,
                    middle,
                    _fitted(meanings[name], WIDTH - right - 0.12),
                    va="center",
                    size=6,
                    color=MUTED,
                )
                ax.plot([self.left, right], [y + ROW] * 2, color="#e4e4e4", linewidth=0.5, zorder=1)
                for k, mechanism in enumerate(self.found.mechanisms):
                    if (name, mechanism) in marks:
                        self._mark(ax, self.left + (k + 0.5) * self.cell, middle, marks[name, mechanism])
                y += ROW
            y += 0.07
        for k, mechanism in enumerate(self.found.mechanisms):
            x = self.left + (k + 0.5) * self.cell
            ax.text(x - 0.03, self.top - 0.05, readable(mechanism), rotation=52, ha="left", va="bottom", size=7.2,
                rotation_mode="anchor")  # fmt: skip
            ax.plot([x - self.cell / 2] * 2, [self.top, y - 0.07], color="#e4e4e4", linewidth=0.5, zorder=1)
        ax.plot([right] * 2, [self.top, y - 0.07], color="#e4e4e4", linewidth=0.5, zorder=1)

    def _mark(self, ax: Axes, x: float, y: float, mark: Mark) -> None:
        apart = min(0.062, self.cell / 4) if mark.writes and mark.reads else 0.0
        if mark.writes:
            _square(ax, x - apart, y, mark.moved)
        if mark.reads:
            _circle(ax, x + apart, y, mark.heeded)

    def _key(self, ax: Axes) -> None:
        rows = (
            (_square, "the mechanism", ("raises it", "lowers it", "does both", "sets it, or direction undeclared")),
            (
                _circle,
                "more of it",
                ("quickens or raises", "slows or lowers", "does both", "bears on it, direction undeclared"),
            ),
        )
        for k, (shape, start, meanings) in enumerate(rows):
            x, y = 0.12, 0.42 + 0.16 * k
            ax.text(x, y, start, va="center", size=6.8, color=MUTED)
            x += 0.92
            for sign, words in zip(("+", "-", "±", ""), meanings, strict=True):
                shape(ax, x, y, sign)
                ax.text(x + 0.09, y, words, va="center", size=6.8)
                x += 0.34 + 0.056 * max(len(words), 9)


def _grouped(found: InfluenceTable) -> list[list[str]]:
    """Put each variable with the mechanism that moves it; those that many move come first, endings last."""
    writers = {
        name: [m.mechanism for m in found.marks if m.variable == name and m.writes] for name, _ in found.variables
    }
    many = [name for name, of in writers.items() if len(of) >= MANY and name != "outcome"]
    groups = [sorted(many, key=lambda name: -len(writers[name]))]
    for mechanism in (*found.mechanisms, None):
        groups.append(
            [n for n, of in writers.items() if n not in (*many, "outcome") and (of[0] if of else None) == mechanism]
        )
    groups.append([name for name in writers if name == "outcome"])
    return [group for group in groups if group]


def _fitted(words: str, inches: float) -> str:
    """Shorten an explanation to the room there is.

    Examples
    --------
    >>> _fitted("pressure against concessions", 3.0), _fitted("private accord, dated", 0.82)
    ('pressure against concessions', 'private accord …')
    """
    most = int(inches / 0.047)
    return words if len(words) <= most else words[:most].rsplit(" ", 1)[0].rstrip(",;") + " …"


# --- the endings ---------------------------------------------------------------------------


class _Ends:
    """Drivers, each with the mechanisms that move it, and the events they bear on."""

    boxes = (2.92, 4.42)
    events = 6.02

    def __init__(self, found: InfluenceTable) -> None:
        self.found = found
        self.lines = [(name, e.clock, sign) for e in found.endings for name, sign in e.drivers]
        self.drivers, self.endings = _untangled(found.endings)
        longest = max((len(m) for m in found.mechanisms), default=8)
        self.column = 0.2 + 0.051 * longest
        self.columns = max(1, int((self.boxes[0] - 0.1) / self.column))
        self.movers = {name: self._listed(name) for name in self.drivers}
        self.high = {
            name: max(0.13 * len(self.movers[name]), EDGE * sum(line[0] == name for line in self.lines)) + 0.05
            for name in self.drivers
        }
        self.end_high = {e: max(0.2, EDGE * sum(line[1] == e for line in self.lines) + 0.03) for e in self.endings}
        self.top = 0.82
        body = max(
            sum(self.high.values()) + 0.04 * len(self.high), sum(self.end_high.values()) + 0.1 * len(self.endings)
        )
        self.height = self.top + body + 0.12

    def draw(self, ax: Axes) -> None:
        _heading(ax, "The ways to an end: what drives the events that can end the timeline")
        heads = ((0.08, "moved by"), (self.boxes[0], "variable"), (self.events, "event that can end it"))
        for x, head in heads:
            ax.text(x, self.top - 0.1, head, va="bottom", size=7.2, style="italic", color=MUTED)
        self._key(ax)
        room = self.height - self.top - 0.12
        places = _stacked(self.high, room)
        ends = _stacked(self.end_high, room)
        out = {name: [line for line in self.lines if line[0] == name] for name in self.drivers}
        into = {end: [line for line in self.lines if line[1] == end] for end in self.endings}
        for name, y in places.items():
            self._variable(ax, name, self.top + y)
            out[name].sort(key=lambda line: ends[line[1]])
        for end, y in ends.items():
            height = self.end_high[end]
            ax.add_patch(
                Rectangle((self.events, self.top + y), WIDTH - self.events - 0.08, height, facecolor="#e9edf2",
                    edgecolor="none", zorder=2)
            )  # fmt: skip
            ax.text(self.events + 0.08, self.top + y + height / 2, end, va="center", size=7.4, weight="bold")
            into[end].sort(key=lambda line: places[line[0]])
        for line in sorted(self.lines, key=lambda line: line[2] != ""):
            name, end, sign = line
            start = _port(self.top + places[name], self.high[name], out[name].index(line), len(out[name]))
            stop = _port(self.top + ends[end], self.end_high[end], into[end].index(line), len(into[end]))
            self._line(ax, start, stop, sign)

    def _variable(self, ax: Axes, name: str, y: float) -> None:
        left, right = self.boxes
        height = self.high[name]
        ax.add_patch(Rectangle((left, y), right - left, height, facecolor="#f4f5f6", edgecolor="none", zorder=2))
        ax.text((left + right) / 2, y + height / 2, readable(name), ha="center", va="center", size=7.4)
        rows = self.movers[name]
        for k, row in enumerate(rows):
            middle = y + height / 2 + 0.13 * (k - (len(rows) - 1) / 2)
            x = left - 0.02 - self.column * len(row)
            for word, sign in row:
                _square(ax, x + 0.06, middle, sign)
                ax.text(x + 0.13, middle, readable(word), va="center", size=6.5)
                x += self.column

    def _listed(self, name: str) -> list[list[tuple[str, str]]]:
        """Return (mechanism, sign) of those that move a variable, a line each few."""
        movers = [(m.mechanism, m.moved) for m in self.found.marks if m.variable == name and m.writes]
        return [movers[k : k + self.columns] for k in range(0, len(movers), self.columns)]

    def _line(self, ax: Axes, start: float, stop: float, sign: str) -> None:
        left, right = self.boxes[1], self.events
        middle = (left + right) / 2
        curve = Path(
            [(left, start), (middle, start), (middle - 0.1, stop), (right - 0.2, stop), (right, stop)],
            [Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4, Path.LINETO],
        )
        ax.add_patch(
            PathPatch(curve, facecolor="none", edgecolor=COLORS[sign], linewidth=1.1 if sign else 0.8, zorder=3)
        )
        if sign:
            _circle(ax, right - 0.13, stop, sign)

    def _key(self, ax: Axes) -> None:
        x = 0.12
        for shape, sign, words in (
            (_square, "+", "raises it"),
            (_square, "-", "lowers it"),
            (_circle, "+", "more of it makes the event likelier"),
            (_circle, "-", "less likely"),
            (_square, "", "direction undeclared"),
        ):
            shape(ax, x, 0.42, sign)
            ax.text(x + 0.09, 0.42, words, va="center", size=6.8)
            x += 0.34 + 0.056 * len(words)


def _untangled(endings: Iterable[Ending]) -> tuple[list[str], list[str]]:
    """Order variables and endings so that few lines cross: each near the middle of what it is tied to."""
    ties = {ending.clock: [name for name, _ in ending.drivers] for ending in endings}
    right = list(ties)
    left = list(dict.fromkeys(name for names in ties.values() for name in names))
    best = (_crossings(left, right, ties), left, right)
    for _ in range(24):
        left = sorted(left, key=lambda name: _middle([right.index(e) for e in right if name in ties[e]]))
        right = sorted(right, key=lambda end: _middle([left.index(name) for name in ties[end]]))
        best = min(best, (_crossings(left, right, ties), left, right), key=lambda found: found[0])
    return best[1], best[2]


def _middle(places: Sequence[int]) -> float:
    return sum(places) / len(places) if places else 0.0


def _crossings(left: Sequence[str], right: Sequence[str], ties: dict[str, list[str]]) -> int:
    """Count the pairs of lines that cross."""
    lines = sorted((left.index(name), k) for k, end in enumerate(right) for name in ties[end])
    return sum(a[0] < b[0] and a[1] > b[1] for i, a in enumerate(lines) for b in lines[i + 1 :])


def _stacked(heights: dict[str, float], room: float) -> dict[str, float]:
    """Place boxes under each other, the free room spread evenly between them."""
    free = (room - sum(heights.values())) / max(1, len(heights) - 1) if len(heights) > 1 else 0.0
    places, y = {}, 0.0
    for name, height in heights.items():
        places[name] = y
        y += height + free
    return places


def _port(top: float, height: float, number: int, of: int) -> float:
    """Return where the line of this number meets its box."""
    return top + height / 2 + EDGE * (number - (of - 1) / 2)
