"""The surface of a sweep: where the measure is best, how certain that is, and what each key does on average.

Along an axis, places are parts of a key's range between 0 and 1 (on a grid, the number of the value), so that equal
ratios are equally far where the config asks for that; ticks name the values.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap, ListedColormap, Normalize, TwoSlopeNorm
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, PathPatch
from matplotlib.path import Path
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator

from timeline.analysis.smooth import Smooth, smooth
from timeline.arrays import Flags, Floats
from timeline.model.units import LOGARITHMS, MONTH, YEAR
from timeline.model.values import unit_of
from timeline.plots.style import ACCENT, HATCHES, INK, MUTED, PALE, WIDTH, Panels, sheet, styled
from timeline.words import MONTE_CARLO, counted, listing, number, percent, points

if TYPE_CHECKING:
    from timeline.analysis.surface import Findings
    from timeline.study.sweep import Key

_FINE = 81
_MOST_PANELS = 6
#: More points are drawn as one picture, since each mark of its own would make the page heavy.
_MANY = 800
_MOST_NUMBERS = 80
_FEW_LABELS = 9
_SPANS = (
    (1.0, "1 day"), (2.0, "2 days"), (7.0, "1 week"), (14.0, "2 weeks"), (MONTH, "1 month"), (2 * MONTH, "2 months"),
    (3 * MONTH, "3 months"), (6 * MONTH, "6 months"), (YEAR, "1 year"), (2 * YEAR, "2 years"), (5 * YEAR, "5 years"),
    (10 * YEAR, "10 years"), (20 * YEAR, "20 years"),
)  # fmt: skip
_PLAIN = ("share", "index", "ratio", "count", "number", *LOGARITHMS)


def amount(found: Findings, value: float) -> str:
    """Write a value of the sweep's measure."""
    unit = found.plan.measure.unit
    if unit == "share":
        return percent(value)
    return (
        f"{number(value, 0)} days"
        if unit == "days" and abs(value) >= 100
        else _with_unit(unit, number(value, _decimals(unit)))
    )


def change(found: Findings, value: float, sign: bool = True) -> str:
    """Write a difference of the sweep's measure."""
    unit = found.plan.measure.unit
    said = points(value) if unit == "share" else number(value, _decimals(unit))
    plus = "+" if sign and not said.startswith("−") else ""
    return f"{plus}{said} points" if unit == "share" else _with_unit(unit, plus + said)


def between(found: Findings, low: float, high: float) -> str:
    """Write an interval of a difference, the unit once."""
    return f"{change(found, low).removesuffix(' days').removesuffix(' points')} to {change(found, high)}"


def _decimals(unit: str) -> int:
    return 1 if unit == "days" else 3


def _with_unit(unit: str, said: str) -> str:
    return f"{said} days" if unit == "days" else said


# --- the surface ---------------------------------------------------------------------------


@styled
def surface(found: Findings) -> Figure:
    """Draw the measure over one, two or three keys.

    Parameters
    ----------
    found
        What the sweep has found.

    Returns
    -------
    matplotlib.figure.Figure
        One key: a curve of the difference from the baseline, every point with its simultaneous interval. Two: a heat
        map of a grid, or filled contours of the smooth surface through Sobol points. Three: the same for values or
        thirds of the last key. The region that cannot be told from the best is outlined and hatched.
    """
    if len(found.plan.sweep.keys) == 1:
        return _curve(found)
    return _heat(found) if found.plan.sweep.design == "grid" else _contours(found)


def surface_caption(found: Findings) -> str:
    """Say what the surface shows."""
    plan, keys = found.plan, found.plan.sweep.keys
    tied = int(found.tied.sum())
    many = counted(len(plan.places), "point")
    if tied == len(plan.places):
        region = f"None of the {many} can be told from the point that looks best"
    elif tied == 1:
        region = f"The point that looks best can be told from all others of the {many}"
    else:
        marked = "filled" if len(keys) == 1 else "outlined and hatched"
        region = f"{tied:,} of the {many}, {marked}, cannot be told from the point that looks best"
    shows = (
        "difference from the baseline in the same world" if found.shown == "difference" else plan.measure.title.lower()
    )
    if len(keys) == 1:
        how = "Bars are simultaneous 95% intervals of the difference from the baseline"
    elif plan.sweep.design == "grid":
        how = f"Colours are the {shows}"
    else:
        fit = fitted(found)
        how = f"Colours are the {shows}, smoothed (thin-plate spline through the points)"
        if math.isfinite(fit.explained):
            how += f"; it tells {percent(max(fit.explained, 0.0), 0)} of the variance among points that were left out"
    return f"{region} ({plan.said(found.best)}). {how}. {MONTE_CARLO}"


def fitted(found: Findings) -> Smooth:
    """Return the smooth surface through Sobol points of what maps show."""
    return smooth(_parts(found), found.points[found.shown].to_numpy())


def _parts(found: Findings) -> Floats:
    """Return where each point lies along each key, shape (points, keys)."""
    keys = found.plan.sweep.keys
    return np.array(
        [[_place(key, value) for key, value in zip(keys, place, strict=True)] for place in found.plan.places]
    )


def _place(key: Key, value: Any) -> float:
    return float(key.values.index(value)) if key.values else key.part(value)


def _contours(found: Findings) -> Figure:
    keys = found.plan.sweep.keys
    thirds = len(keys) == 3
    places, values, tied = _parts(found), found.points[found.shown].to_numpy(), found.tied
    top, edge = fitted(found), smooth(places, _odds(found))
    fine = np.linspace(0, 1, _FINE)
    across, up = np.meshgrid(fine, fine)
    page, bar = _page(found, 3 if thirds else 1, 1.75 if thirds else 3.4)
    middles = (1 / 6, 1 / 2, 5 / 6) if thirds else (0.0,)
    shown = []
    for middle in middles:
        at = np.column_stack([across.ravel(), up.ravel(), *([np.full(across.size, middle)] if thirds else [])])
        shown.append((top.at(at).reshape(across.shape), edge.at(at).reshape(across.shape)))
    scale, colours = _scale(found, np.concatenate([z.ravel() for z, _ in shown]))
    low, high = scale.vmin or 0.0, scale.vmax or 0.0
    flat = not low < high
    levels = MaxNLocator(9).tick_values(low, high)
    for panel, (ax, (surface_, distance)) in enumerate(zip(page.axes, shown, strict=True)):
        ax.set_facecolor(PALE)
        if not flat:
            ax.contourf(across, up, surface_, levels=levels, norm=scale, cmap=colours, extend="both")
            lines = ax.contour(across, up, surface_, levels=levels, colors="white", linewidths=0.5)
            for text in ax.clabel(lines, fmt=lambda x: _tick(found, x), fontsize=6.5, colors=INK):
                text.set_bbox({"facecolor": "white", "edgecolor": "none", "pad": 0.5, "alpha": 0.75})
        if distance.min() < 1:
            ax.contourf(across, up, distance, levels=[-np.inf, 1.0], colors="none", hatches=["////"])
            ax.contour(across, up, distance, levels=[1.0], colors=INK, linewidths=1.6)
        inside = np.full(len(values), True)
        if thirds:
            inside = (places[:, 2] * 3).astype(int).clip(max=2) == panel
            from_, to = (keys[2].said(keys[2].at(end / 3)) for end in (panel, panel + 1))
            ax.set_title(f"{_short(keys[2])} {from_} to {to}")
        _dots(ax, places[inside], tied[inside])
        if inside[found.best]:
            _star(ax, places[found.best])
        ax.set_xlim(0, 1)
        ax.set_ylim(0, 1)
    _label(page, keys, 3 if thirds else 1)
    _colour_bar(found, page, bar, scale, colours)
    page.key(_legend(tied, cells=False))
    return page.figure


def _odds(found: Findings) -> Floats:
    """Return how far each point is behind the best, in critical distances: above 1 it can be told from it."""
    behind, margin = found.points["behind_best"].to_numpy(), found.points["behind_margin"].to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        odds = np.where(behind == 0, 0.0, behind / margin)
    # Far away it does not matter how far, and a smooth surface should not bend for it.
    return np.clip(odds, 0.0, 3.0)


def _heat(found: Findings) -> Figure:
    keys = found.plan.sweep.keys
    shape = [len(key.values) for key in keys] + [1] * (3 - len(keys))
    values = found.points[found.shown].to_numpy().reshape(shape)
    tied = found.tied.reshape(shape)
    star = np.unravel_index(found.best, shape)
    panels = np.unique(np.linspace(0, shape[2] - 1, min(shape[2], _MOST_PANELS)).round().astype(int))
    if star[2] not in panels:
        panels[int(np.argmin(np.abs(panels - star[2])))] = star[2]
    columns = min(3, len(panels))
    page, bar = _page(found, len(panels), (1.75 if columns > 1 else 3.2), columns)
    scale, colours = _scale(found, values.ravel())
    for ax, panel in zip(page.axes, panels, strict=True):
        image = values[:, :, panel].T
        ax.imshow(image, cmap=colours, norm=scale, aspect="auto", origin="lower", interpolation="nearest")
        _outline(ax, tied[:, :, panel])
        if image.size * columns <= _MOST_NUMBERS:
            for (y, x), value in np.ndenumerate(image):
                ax.text(
                    x, y - 0.28 * ((x, y) == (star[0], star[1]) and panel == star[2]), _cell(found, value),
                    ha="center", va="center", size=7, color=INK,
                    bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8, "alpha": 0.75},
                )  # fmt: skip
        if panel == star[2]:
            _star(ax, np.array(star[:2], float))
        if len(keys) == 3:
            ax.set_title(f"{_short(keys[2])} {keys[2].labels[panel]}")
    _label(page, keys, columns)
    _colour_bar(found, page, bar, scale, colours)
    page.key(_legend(found.tied, cells=True))
    return page.figure


def _outline(ax: Axes, tied: Flags) -> None:
    """Hatch the cells that are tied with the best and draw a line around them; shape (across, up)."""
    if not tied.any():
        return
    corners = np.array([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5), (-0.5, -0.5)])
    cells = [Path(corners + cell, closed=True) for cell in np.argwhere(tied)]
    together = Path.make_compound_path(*cells)
    ax.add_patch(PathPatch(together, fill=False, edgecolor="#444444", linewidth=0, hatch="////"))
    padded = np.pad(tied, 1)
    edges: list[list[tuple[float, float]]] = []
    for x, y in np.argwhere(padded[1:, 1:-1] != padded[:-1, 1:-1]):
        edges.append([(x - 0.5, y - 0.5), (x - 0.5, y + 0.5)])
    for x, y in np.argwhere(padded[1:-1, 1:] != padded[1:-1, :-1]):
        edges.append([(x - 0.5, y - 0.5), (x + 0.5, y - 0.5)])
    for edge in edges:
        ax.plot(*zip(*edge, strict=True), color=INK, linewidth=1.6, solid_capstyle="projecting", clip_on=False)


def _curve(found: Findings) -> Figure:
    (key,) = found.plan.sweep.keys
    at, gain = _parts(found)[:, 0], found.points["difference"].to_numpy()
    order = np.argsort(at, kind="stable")
    tied = found.tied
    low, high = (found.points[name].to_numpy() for name in ("low", "high"))
    page = sheet(1, columns=1, panel=2.9, left=0.85, right=0.2, top=0.85, bottom=0.6)
    page.title(f"{found.plan.measure.title}: difference from {found.plan.experiment.baseline}")
    ax = page.axes[0]
    ax.axhline(0, color=MUTED, linewidth=0.8, linestyle=(0, (4, 2)))
    for run in _runs(tied[order]):
        ax.axvspan(*_stretch(at[order], run), color="#f0f0f0", linewidth=0)
    many = len(at) > _MANY
    ax.vlines(at, low, high, color=ACCENT, linewidth=0.9, alpha=0.25 if many else 0.7, rasterized=many)
    if key.values:
        ax.plot(at[order], gain[order], color=ACCENT)
    else:
        fine = np.linspace(0, 1, 201)
        ax.plot(fine, smooth(at[:, None], gain).at(fine[:, None]), color=ACCENT, linewidth=1.8)
    ax.plot(at[~tied], gain[~tied], "o", markersize=3.6, color="white", markeredgecolor=ACCENT, rasterized=many)
    ax.plot(at[tied], gain[tied], "o", markersize=3.6, color=ACCENT, markeredgecolor=ACCENT, rasterized=many)
    _star(ax, np.array([at[found.best], gain[found.best]]))
    ax.set_ylabel(f"difference from {found.plan.experiment.baseline} ({_difference_unit(found)})")
    ax.yaxis.set_label_coords(-0.62 / (WIDTH - 1.05), 0.5)
    ax.yaxis.set_major_formatter(FuncFormatter(lambda x, _: _tick(found, x)))
    ax.grid(axis="y")
    ax.set_xlim((-0.4, len(key.values) - 0.6) if key.values else (-0.02, 1.02))
    _axis(ax.xaxis, key)
    ax.set_xlabel(_axis_label(key))
    page.key([
        Patch(facecolor="#e8e8e8", label="region of the best"),
        Line2D([], [], linestyle="", marker="o", color=ACCENT, label="cannot be told from the best"),
        Line2D([], [], linestyle="", marker="o", color="white", markeredgecolor=ACCENT, label="can be told from it"),
        Line2D([], [], linestyle="", marker="*", markersize=9, color="white", markeredgecolor=INK, label="looks best"),
    ])  # fmt: skip
    return page.figure


def _runs(flags: Flags) -> list[tuple[int, int]]:
    """Return (first, last) of each stretch of flags that are up."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(int)))
    return [(int(a), int(b) - 1) for a, b in edges.reshape(-1, 2)]


def _stretch(at: Floats, run: tuple[int, int]) -> tuple[float, float]:
    """Return where a stretch of points begins and ends: halfway to those beside it."""
    first, last = run
    low = (at[first] + at[first - 1]) / 2 if first else at[0]
    high = (at[last] + at[last + 1]) / 2 if last + 1 < len(at) else at[-1]
    return float(low), float(high)


# --- the mean over the other keys ----------------------------------------------------------


@styled
def margins(found: Findings) -> Figure:
    """Draw for each key the mean difference from the baseline, the other keys averaged, with its paired band.

    Parameters
    ----------
    found
        What a sweep of two or three keys has found.
    """
    keys = found.plan.sweep.keys
    page = sheet(len(keys), columns=len(keys), panel=2.1, left=0.72, right=0.18, top=0.55, bottom=0.62, across=0.25)
    page.title(f"{found.plan.measure.title}: mean difference along each key")
    table = found.margins
    low, high = min(0.0, float(table["lower"].min())), max(0.0, float(table["upper"].max()))  # type: ignore[arg-type]
    room = 0.06 * ((high - low) or 1.0)
    for panel, (ax, key) in enumerate(zip(page.axes, keys, strict=True)):
        own = table.filter(table["key"] == key.name)
        at = _middles(key, own["middle"].to_list())
        ax.axhline(0, color=MUTED, linewidth=0.8, linestyle=(0, (4, 2)))
        ax.fill_between(at, own["lower"], own["upper"], color=ACCENT, alpha=0.18, linewidth=0)
        ax.plot(at, own["difference"], "o-", color=ACCENT, markersize=3.6)
        ax.set_ylim(low - room, high + room)
        ax.grid(axis="y")
        ax.yaxis.set_major_formatter(FuncFormatter(lambda x, _: _tick(found, x)))
        if panel:
            ax.tick_params(left=False, labelleft=False)
        else:
            ax.set_ylabel(f"difference from {found.plan.experiment.baseline} ({_difference_unit(found)})")
            ax.yaxis.set_label_coords(-0.5 / (ax.get_position().width * WIDTH), 0.5)
        ax.set_xlim((-0.4, len(key.values) - 0.6) if key.values else (-0.02, 1.02))
        _axis(ax.xaxis, key, most=4 if len(keys) > 2 else 6)
        ax.set_xlabel(_axis_label(key, 70 // len(keys)))
    return page.figure


def margins_caption(found: Findings) -> str:
    """Say along which key the mean difference moves most."""
    moved = {}
    for key in found.plan.sweep.keys:
        own = found.margins.filter(found.margins["key"] == key.name)
        gains = own["difference"].to_numpy()
        moved[key] = (float(gains.max() - gains.min()), own["middle"][int(np.argmax(found.sign * gains))])
    order = sorted(moved, key=lambda key: -moved[key][0])
    parts = [
        f"along “{_short(key)}” it moves by {change(found, moved[key][0], sign=False)} and is best about "
        f"{key.said(_typed(key, moved[key][1]))}"
        for key in order
        if moved[key][0] > 0
    ]
    said = f"Averaged over the others, {listing(parts)}." if parts else "On average, no key moves the measure."
    return (
        f"{said} Bands are 95% intervals of the mean difference, paired by replication, each for itself. {MONTE_CARLO}"
    )


def _typed(key: Key, text: str) -> Any:
    """Return the value that a group's text in the table of margins stands for."""
    by_text = {str(v).lower() if isinstance(v, (bool, str)) else repr(v): v for v in key.values}
    return by_text[text] if key.values else float(text)


def _middles(key: Key, texts: Sequence[str]) -> list[float]:
    return [_place(key, _typed(key, text)) for text in texts]


# --- what all of them share ----------------------------------------------------------------


def _page(found: Findings, count: int, panel: float, columns: int = 3) -> tuple[Panels, Axes]:
    """Lay out panels with room for a colour bar beside them."""
    page = sheet(
        count, columns=columns, panel=panel, left=0.95, right=1.35, top=0.78, bottom=0.54, across=0.14, down=0.34
    )
    what = found.plan.measure.title
    page.title(f"{what}: difference from {found.plan.experiment.baseline}" if found.shown == "difference" else what)
    bottom = page.axes[-1].get_position().y0
    top = page.axes[0].get_position().y1
    bar = page.figure.add_axes(((WIDTH - 1.22) / WIDTH, bottom, 0.14 / WIDTH, top - bottom))
    return page, bar


def _scale(found: Findings, values: Floats) -> tuple[Normalize, Colormap]:
    """Return how values become colours, the baseline's among them, and the palette."""
    if found.shown == "difference":
        most = float(np.abs(values).max()) or 1.0
        # The ends are too dark for a hatch to be seen on them.
        both = colormaps["RdBu"](np.linspace(0.12, 0.88, 256))
        return TwoSlopeNorm(0.0, -most, most), ListedColormap(both[:: found.sign])
    low, high = min(float(values.min()), found.baseline), max(float(values.max()), found.baseline)
    # The best is light, so that hatch and points stand out where it matters.
    rising = colormaps["cividis"](np.linspace(0.18, 1.0, 256))
    return Normalize(low, high), ListedColormap(rising[:: found.sign])


def _colour_bar(found: Findings, page: Panels, bar: Axes, scale: Normalize, colours: Colormap) -> None:
    drawn = page.figure.colorbar(ScalarMappable(scale, colours), cax=bar)
    drawn.outline.set_visible(False)
    baseline = 0.0 if found.shown == "difference" else found.baseline
    bar.yaxis.set_major_locator(MaxNLocator(6))
    bar.yaxis.set_major_formatter(FuncFormatter(lambda x, _: _tick(found, x)))
    bar.axhline(baseline, color="white", linewidth=3.4)
    bar.axhline(baseline, color=INK, linewidth=1.6)
    low, high = bar.get_ylim()
    for near in bar.get_yticks():
        # The baseline's own label takes the place of a tick's that it would cover.
        if abs(near - baseline) < 0.075 * (high - low):
            bar.yaxis.set_major_locator(_Without(bar.yaxis.get_major_locator(), near))
    unit = (
        _difference_unit(found)
        if found.shown == "difference"
        else ("%" if found.plan.measure.unit == "share" else found.plan.measure.unit)
    )
    name = found.plan.experiment.baseline
    name = name if len(name) <= 13 else name[:12] + "…"
    bar.annotate(
        f"{name}\n{_tick(found, baseline)}", (1.0, baseline), xycoords=("axes fraction", "data"), xytext=(5, 0),
        textcoords="offset points", va="center", size=7.5, weight="bold", annotation_clip=False,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
    )  # fmt: skip
    bar.set_title(unit, loc="left", size=7.5, pad=5)


class _Without(MaxNLocator):
    """The ticks of a colour bar but for one."""

    def __init__(self, ticks: Any, left_out: float) -> None:
        super().__init__(6)
        self._left_out = (*(getattr(ticks, "_left_out", ())), left_out)

    def tick_values(self, vmin: float, vmax: float) -> Any:
        return [x for x in super().tick_values(vmin, vmax) if x not in self._left_out]


def _cell(found: Findings, value: float) -> str:
    """Write a value in a cell, without its unit."""
    return points(value) if found.plan.measure.unit == "share" else number(value, _decimals(found.plan.measure.unit))


def _tick(found: Findings, value: float) -> str:
    """Write a value at an axis, without its unit."""
    share = found.plan.measure.unit == "share"
    scaled = value * 100 if share else value
    return f"{scaled:.4g}".replace("-", "−")


def _difference_unit(found: Findings) -> str:
    unit = found.plan.measure.unit
    return "points" if unit == "share" else unit


def _dots(ax: Axes, places: Floats, tied: Flags) -> None:
    many = len(places) > _MANY
    size = 2.6 if len(places) > 200 else 3.4
    kinds: tuple[tuple[Flags, dict[str, Any]], ...] = (
        (~tied, {"markersize": size, "color": "white", "markeredgecolor": INK, "markeredgewidth": 0.6}),
        (tied, {"markersize": size + 0.6, "color": INK, "markeredgecolor": "white", "markeredgewidth": 0.3}),
    )
    for which, look in kinds:
        if many:  # thousands of marks with edges would hide the surface
            look = {"markersize": 0.9, "color": look["color"], "markeredgewidth": 0, "alpha": 0.6}
        ax.plot(places[which, 0], places[which, 1], "o", rasterized=many, clip_on=False, zorder=3, **look)


def _star(ax: Axes, place: Floats) -> None:
    ax.plot(
        *place[:2], "*", markersize=11, color="white", markeredgecolor=INK, markeredgewidth=0.9, clip_on=False, zorder=4
    )


def _legend(tied: Flags, cells: bool) -> list[Line2D | Patch]:
    made: list[Line2D | Patch] = [
        Line2D([], [], linestyle="", marker="*", markersize=9, color="white", markeredgecolor=INK, label="looks best"),
        Patch(facecolor="white", edgecolor=INK, hatch=HATCHES[1], label="cannot be told from the best"),
    ]
    if not cells:
        made += [
            Line2D([], [], linestyle="", marker="o", markersize=4, color=INK, label="point in that region"),
            Line2D(
                [], [], linestyle="", marker="o", markersize=4, color="white", markeredgecolor=INK, label="worse point"
            ),
        ]
    return made


def _label(page: Panels, keys: Sequence[Key], columns: int) -> None:
    """Name the axes: values at the left edge and under the last panel of each column."""
    count = len(page.axes)
    for index, ax in enumerate(page.axes):
        _axis(ax.xaxis, keys[0], most=3 if columns > 2 else 5 if columns > 1 else _FEW_LABELS)
        if columns > 1 and not keys[0].values:
            _inside(ax)
        _axis(ax.yaxis, keys[1])
        ax.tick_params(labelleft=index % columns == 0, labelbottom=index + columns >= count)
        for spine in ax.spines.values():
            spine.set_visible(False)
    page.figure.text(
        (page.left + (WIDTH - page.left - 1.35) / 2) / WIDTH, 0.1 / page.height, _axis_label(keys[0], 80),
        ha="center", va="bottom", size=8,
    )  # fmt: skip
    middle = (page.axes[0].get_position().y1 + page.axes[-1].get_position().y0) / 2
    tall = page.height * (page.axes[0].get_position().y1 - page.axes[-1].get_position().y0)
    page.figure.text(
        0.10 / WIDTH, middle, _axis_label(keys[1], int(tall * 17)), ha="left", va="center", rotation=90, size=8
    )


def _inside(ax: Axes) -> None:
    """Keep the first and last label from reaching into the panels beside."""
    for part, label in zip(ax.get_xticks(), ax.get_xticklabels(), strict=True):
        label.set_horizontalalignment("left" if part < 0.12 else "right" if part > 0.85 else "center")


def _axis(axis: Any, key: Key, most: int = _FEW_LABELS) -> None:
    """Put ticks with the names of values on an axis of parts, or of a grid's numbers."""
    if key.values:
        step = -(-len(key.values) // most)
        at = range(0, len(key.values), step)
        axis.set_ticks(list(at), [_plain(key.labels[i]) for i in at])
        return
    axis.set_ticks(*zip(*_ticks(key, most), strict=True))


def _plain(label: str) -> str:
    return label if len(label) <= 16 else label[:15] + "…"


def _ticks(key: Key, most: int) -> list[tuple[float, str]]:
    """Return (part, text) of some round values of a range."""
    unit = unit_of(key.leaf)
    if key.log and unit.dimension == (("time", 1),):
        known = [(days / unit.factor, text) for days, text in _SPANS]
        inside = [(key.part(value), text) for value, text in known if key.low * 0.999 <= value <= key.high * 1.001]
        if len(inside) >= 2:
            return _apart(inside, 1.05 / most)
    locator: Any = LogLocator(subs=(1.0, 2.0, 5.0)) if key.log else MaxNLocator(min(most, 6), steps=[1, 2, 5, 10])
    values = [float(x) for x in locator.tick_values(key.low, key.high)]
    slack = 1e-9 * (key.high - key.low)
    inside = [
        (key.part(v), f"{v:g}") for v in values if key.low - slack <= v <= key.high + slack and (v > 0 or not key.log)
    ]
    return _apart(inside or [(0.0, f"{key.low:g}"), (1.0, f"{key.high:g}")], 0.9 / most)


def _apart(ticks: list[tuple[float, str]], gap: float) -> list[tuple[float, str]]:
    """Leave out ticks that come too close to one before."""
    kept: list[tuple[float, str]] = []
    for part, text in ticks:
        if not kept or part - kept[-1][0] >= gap:
            kept.append((part, text))
    return kept


def _axis_label(key: Key, room: int = 80) -> str:
    """Say what an axis is, with its unit unless the ticks say it."""
    meaning = key.leaf.meaning
    words = meaning if 0 < len(meaning) <= room else _short(key)
    in_ticks = (
        bool(key.values) or (key.log and unit_of(key.leaf).dimension == (("time", 1),)) or key.unit in words.split()
    )
    return words if in_ticks or not key.unit or key.unit in ("number", "count") else f"{words} ({key.unit})"


def _short(key: Key) -> str:
    from timeline.study.sweep_arms import short

    return short(key.name)
