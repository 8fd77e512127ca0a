"""One look for every figure, and files that come out the same, byte for byte.

Lines differ in dash and marker and areas in hatch, so that a figure can be read in black
and white; colours are seaborn's colour-blind palette, written out: importing seaborn takes as long as
drawing a figure. Figures are made without pyplot and
inside ``rc_context``, so that nothing is left behind in matplotlib's global state.
"""

from __future__ import annotations

import functools
import io
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, date
from itertools import pairwise
from typing import Any, ParamSpec, TypeVar

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, MultipleLocator, PercentFormatter

from timeline.words import MONTH_NAMES, YEAR

P = ParamSpec("P")
Drawn = TypeVar("Drawn", bound=Figure | None)

WIDTH = 7.4
"""Width of every figure in inches: a column of the report, or the text width of A4."""

INK = "#222222"
MUTED = "#5f5f5f"
PALE = "#e3e3e3"
PALETTE = (
    "#0173b2", "#de8f05", "#029e73", "#d55e00", "#cc78bc", "#ca9161", "#fbafe4", "#949494", "#ece133", "#56b4e9"
)  # fmt: skip
ACCENT = PALETTE[0]
BASELINE = INK
DASHES: tuple[Any, ...] = ("-", (0, (5, 1.6)), (0, (1.2, 1.2)), (0, (6, 1.5, 1.2, 1.5)), (0, (9, 2)))
MARKERS = ("o", "s", "^", "D", "v")
HATCHES = ("", "////", "\\\\\\\\", "||||", "----", "xxxx", "++++", "//", "\\\\", "xx")
"""Lines only: a hatch of dots makes an SVG ten times as large."""
DASHED: Any = (0, (4, 1.8))

RC: Any = {
    "axes.facecolor": "white",
    "axes.grid": False,
    "axes.spines.left": True,
    "axes.spines.bottom": True,
    "patch.edgecolor": "white",
    "patch.force_edgecolor": True,
    "xtick.direction": "out",
    "ytick.direction": "out",
    "xtick.bottom": True,
    "xtick.top": False,
    "ytick.left": True,
    "ytick.right": False,
    "font.family": ["sans-serif"],
    "font.sans-serif": ["DejaVu Sans"],  # ships with matplotlib: no other font, no other picture
    "font.size": 8.0,
    "axes.titlesize": 8.0,
    "axes.titlelocation": "left",
    "axes.titley": 1.0,  # placed by hand: finding the place costs a tenth of the drawing time
    "axes.titlepad": 4.0,
    "axes.labelsize": 8.0,
    "axes.labelcolor": INK,
    "axes.edgecolor": "#8a8a8a",
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "text.color": INK,
    "xtick.color": "#8a8a8a",
    "ytick.color": "#8a8a8a",
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 7.5,
    "ytick.labelsize": 7.5,
    "xtick.major.size": 3.0,
    "ytick.major.size": 3.0,
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
    "grid.color": "#ececec",
    "grid.linewidth": 0.6,
    "grid.linestyle": "-",
    "lines.linewidth": 1.5,
    "lines.solid_capstyle": "butt",
    "legend.fontsize": 7.5,
    "legend.frameon": False,
    "legend.handlelength": 2.4,
    "legend.columnspacing": 1.4,
    "hatch.linewidth": 0.6,
    "hatch.color": "#444444",
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "svg.fonttype": "none",
    "path.simplify": True,
}


def styled(make: Callable[P, Drawn]) -> Callable[P, Drawn]:
    """Run a figure function under this module's settings, and put the old ones back."""

    @functools.wraps(make)
    def made(*args: P.args, **kwargs: P.kwargs) -> Drawn:
        with matplotlib.rc_context(RC):
            return make(*args, **kwargs)

    return made


@dataclass(frozen=True)
class Panels:
    """A figure with its panels, and the inches it was laid out in."""

    figure: Figure
    axes: tuple[Axes, ...]
    height: float
    left: float
    top: float

    def title(self, text: str) -> None:
        """Write the figure's title flush left at its top."""
        self.figure.text(0.08 / WIDTH, 1 - 0.10 / self.height, text, va="top", weight="bold", size=9.5)

    def key(self, handles: Sequence[Line2D | Patch], below: float = 0.32) -> None:
        """Put the legend under the title, in as few lines as it needs."""
        lines = key_lines([str(handle.get_label()) for handle in handles])
        if not handles:
            return
        self.figure.legend(
            handles=list(handles),
            loc="upper left",
            bbox_to_anchor=(0.05 / WIDTH, 1 - below / self.height),
            ncols=max(1, -(-len(handles) // lines)),
            borderaxespad=0.0,
            borderpad=0.3,
        )

    def foot(self, text: str) -> None:
        """Write a centred label under all panels."""
        self.figure.text(0.5, 0.07 / self.height, text, ha="center", va="bottom", size=8)

    def side(self, text: str) -> None:
        """Write an upright label left of all panels."""
        middle = (self.axes[0].get_position().y1 + self.axes[-1].get_position().y0) / 2
        self.figure.text(0.10 / WIDTH, middle, text, ha="left", va="center", rotation=90, size=8)


def marked(name: str, baseline: str, best: str | None) -> str:
    """Write a cadence's name with its star, if it is the best, and the word baseline, if it is that.

    Examples
    --------
    >>> marked("silence", "silence", "silence"), marked("monthly", "silence", None)
    ('★ silence (baseline)', 'monthly')
    """
    return ("★ " if name == best else "") + name + (" (baseline)" if name == baseline else "")


def star(best: str | None, names: Sequence[str]) -> list[Line2D]:
    """Return the legend's entry for the star, if one is drawn."""
    if best not in names:
        return []
    return [
        Line2D(
            [],
            [],
            linestyle="",
            marker="*",
            markersize=7,
            color=ACCENT,
            label="most often in force at the end",
        )
    ]


def key_lines(labels: Sequence[str]) -> int:
    """Return how many lines a legend with these labels takes.

    Examples
    --------
    >>> key_lines(["talks", "accord"]), key_lines(["a rather long label"] * 6)
    (1, 2)
    """
    return max(1, math.ceil(sum(0.52 + 0.062 * len(label) for label in labels) / (WIDTH - 0.2)))


def sheet(
    count: int,
    *,
    columns: int,
    panel: float,
    left: float = 0.62,
    right: float = 0.12,
    top: float = 0.85,
    bottom: float = 0.52,
    across: float = 0.22,
    down: float = 0.30,
) -> Panels:
    """Lay out ``count`` panels on a page of fixed width; every measure is in inches.

    Placing by hand is several times faster than matplotlib's layout engines and does not
    depend on how wide a text turns out.
    """
    columns = max(1, min(columns, count))
    rows = -(-count // columns)
    height = top + bottom + rows * panel + (rows - 1) * down
    width = (WIDTH - left - right - (columns - 1) * across) / columns
    figure = Figure(figsize=(WIDTH, height))
    axes = []
    for index in range(count):
        row, column = divmod(index, columns)
        x = left + column * (width + across)
        y = height - top - (row + 1) * panel - row * down
        ax = figure.add_axes((x / WIDTH, y / height, width / WIDTH, panel / height))
        ax.xaxis.set_label_coords(0.5, -0.25 / panel)
        ax.yaxis.set_label_coords(-0.42 / width, 0.5)
        axes.append(ax)
    return Panels(figure, tuple(axes), height, left, top)


def outer_labels_only(axes: Sequence[Axes], columns: int) -> None:
    """Keep ticks and their labels at the left edge and under the last panel of each column."""
    for index, ax in enumerate(axes):
        if index % columns:
            ax.tick_params(left=False, labelleft=False)
        if index + columns < len(axes):
            ax.tick_params(bottom=False, labelbottom=False)


def years_axis(ax: Axes, last_day: float, *, wide: bool = False, room: float = 0.0, starts: date | None = None) -> None:
    """Scale a day axis whose data are given in years; ``room`` leaves a share free at its end.

    With the date of the start it is labelled by the calendar.
    """
    last = last_day / YEAR
    ax.set_xlim(0, (last if last > 0 else 1) * (1 + room))
    if starts is not None:
        ticks = calendar_ticks(starts, last_day, 9 if wide else 5.5)
        ax.set_xticks([day / YEAR for day, _ in ticks], [label for _, label in ticks])
        return
    step = next((s for s in (0.25, 0.5, 1, 2, 5, 10, 20, 50) if last / s <= (9 if wide else 5.5)), 100)
    if last < 1.5:
        ax.xaxis.set_major_locator(MaxNLocator(4))
    elif room:
        ax.xaxis.set_major_locator(FixedLocator([step * i for i in range(int(last / step + 1e-6) + 1)]))
    else:
        ax.xaxis.set_major_locator(MultipleLocator(step))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))


def calendar_ticks(starts: date, last_day: float, most: float) -> list[tuple[float, str]]:
    """Return (days since the start, label) for an axis of calendar dates: first days of years, or of months.

    Parameters
    ----------
    starts
        The date of day 0.
    last_day
        Days that the axis covers.
    most
        About how many labels it has room for.

    Examples
    --------
    >>> calendar_ticks(date(1993, 1, 20), 5 * 365.25, 5)
    [(346.0, '1994'), (711.0, '1995'), (1076.0, '1996'), (1442.0, '1997'), (1807.0, '1998')]
    >>> calendar_ticks(date(1993, 1, 20), 200.0, 4)
    [(40.0, 'Mar 1993'), (101.0, 'May 1993'), (162.0, 'Jul 1993')]
    """
    months = last_day / (YEAR / 12)
    step = next((s for s in (1, 2, 3, 6, 12, 24, 60, 120, 240, 600) if months / s <= most), 1200)
    first = 12 * starts.year + starts.month - 1
    ticks = []
    for month in range(first + -first % step, min(first + int(months) + 2, 12 * MAXYEAR + 12), step):
        on = date(month // 12, month % 12 + 1, 1)
        day = float((on - starts).days)
        if 0 <= day <= last_day:
            ticks.append((day, f"{on.year}" if step >= 12 else f"{MONTH_NAMES[on.month - 1][:3]} {on.year}"))
    return ticks


def share_axis(ax: Axes, top: float = 1.0) -> None:
    """Scale an axis of shares as percentages, from zero."""
    ax.set_ylim(0, top)
    ax.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))
    ax.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    ax.grid(axis="y")


def share_top(values: Sequence[float]) -> float:
    """Return a round upper end for an axis of shares, so that small shares are not flattened."""
    largest = max((v for v in values if v == v), default=0.0)
    return next((top for top in (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8) if largest <= top * 0.96), 1.0)


def empty(ax: Axes, text: str) -> None:
    """Say in a panel why it holds no curve."""
    ax.text(0.5, 0.5, text, transform=ax.transAxes, ha="center", va="center", color=MUTED, size=7.5)


def spread(places: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Move labels apart until each two are at least ``gap`` from each other.

    Examples
    --------
    >>> [round(p, 2) for p in spread([0.5, 0.5], 0.1, 0.0, 1.0)]
    [0.45, 0.55]
    """
    order = sorted(range(len(places)), key=lambda i: (places[i], i))
    moved = list(places)
    for _ in range(200):
        still = True
        for lower, upper in pairwise(order):
            lack = gap - (moved[upper] - moved[lower])
            if lack > 1e-9:
                moved[lower] -= lack / 2
                moved[upper] += lack / 2
                still = False
        moved = [min(max(place, low), high) for place in moved]
        if still:
            break
    return moved


# --- files ---------------------------------------------------------------------------------


def png(figure: Figure, *, dpi: int = 150) -> bytes:
    """Return the figure as a PNG, the same bytes each time."""
    stream = io.BytesIO()
    with matplotlib.rc_context(RC):
        figure.savefig(stream, format="png", dpi=dpi, metadata={"Software": None})
    return stream.getvalue()


def svg(figure: Figure, name: str) -> str:
    """Return the figure as a stand-alone SVG, the same text each time.

    Parameters
    ----------
    figure
        What to write.
    name
        The figure's name. It salts the ids inside, so that two figures can stand in one page.

    Returns
    -------
    str
        Text stays text, in the reader's own sans-serif font: smaller than outlines, searchable,
        and safe, since the layout was made with a wider font than the usual ones.
    """
    stream = io.StringIO()
    settings: Any = {**RC, "svg.hashsalt": f"crisis-timeline {name}"}
    with matplotlib.rc_context(settings):
        figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    return _slim(stream.getvalue())


_OPENING = re.compile(r"<svg [^>]*>")
_GROUP_ID = re.compile(r'<g id="[^"]*"')
_FONT = re.compile(r"\s*font-family: [^;\"]*;?")
_STYLE = re.compile(r"<defs>\s*<style[^>]*>[^<]*</style>\s*</defs>\s*")
_DRAWN = re.compile(r' (?:d|x|y|width|height|transform)="[^"]*"')
_LONG = re.compile(r"-?\d+\.\d{3,}")
_TURN = re.compile(r' transform="rotate\(-?0 [^)]*\)"')


def _slim(text: str) -> str:
    """Drop what a reader does not need: doctype, group ids, font lists, far decimals."""
    start = _OPENING.search(text)
    if start is None:
        raise ValueError("given a text without an <svg> element, expected matplotlib's SVG output")
    body = text[start.end() :]
    for pattern, new in ((_STYLE, ""), (_GROUP_ID, "<g"), (_FONT, ""), (_TURN, "")):
        body = pattern.sub(new, body)
    body = _DRAWN.sub(lambda found: _straight(_LONG.sub(_shorter, found[0]).replace("\n", "")), body)
    body = re.sub(r"\n\s+", "\n", body)
    opening = start[0].replace(
        "<svg ", '<svg font-family="sans-serif" stroke-linejoin="round" stroke-linecap="butt" ', 1
    )
    return f"{opening}{body.rstrip()}\n"


def _straight(path: str) -> str:
    """Leave out the letter L, which SVG takes as read after M, from a path without curves."""
    if " C " in path or " Q " in path or not path.startswith(' d="M'):
        return path
    return path.replace(" L ", " ")


def _shorter(found: re.Match[str]) -> str:
    """Round a coordinate to a tenth of a point, or to a hundredth inside small marks."""
    value = float(found[0])
    short = f"{value:.{1 if abs(value) >= 20 else 2}f}".rstrip("0").rstrip(".")
    return "0" if short == "-0" else short
