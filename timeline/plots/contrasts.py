"""Contrasts: how far each cadence lies from the baseline, with simultaneous intervals."""

from __future__ import annotations

import math

import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator

from timeline.plots.curves import in_scenario
from timeline.plots.style import ACCENT, MUTED, empty, marked, sheet, star, styled
from timeline.words import counted, listing, number, visible

PREFERRED = ("in_force_end", "in_force_verified_end", "rmst_in_force", "hostility")
"""Measures drawn if they were computed; a prefix stands for its longest window."""

SIMULTANEOUS = (
    "The 95% intervals hold for all cadences together, one measure at a time (they are simultaneous), and contain "
    "Monte Carlo error only: they shrink with more replications and say nothing of how unsure the assumptions are."
)


def choose(measures: pl.DataFrame, preferred: tuple[str, ...] = PREFERRED) -> list[str]:
    """Return the keys of the preferred measures that exist, the longest window of each.

    Examples
    --------
    >>> frame = pl.DataFrame({"measure": ["in_force_end", "rmst_in_force_1826", "rmst_in_force_3652"]})
    >>> choose(frame)
    ['in_force_end', 'rmst_in_force_3652']
    """
    keys: list[str] = measures["measure"].to_list()
    chosen = []
    for wanted in preferred:
        family = [k for k in keys if k == wanted or (k.startswith(wanted + "_") and k[len(wanted) + 1 :].isdigit())]
        if family:
            chosen.append(max(family, key=lambda k: int(k.rsplit("_", 1)[1]) if k[-1].isdigit() else -1))
    return chosen


@styled
def contrasts(
    frame: pl.DataFrame, measures: pl.DataFrame, *, scenario: str, baseline: str, best: str | None = None,
    preferred: tuple[str, ...] = PREFERRED,
) -> Figure:  # fmt: skip
    """Draw a forest of differences from the baseline, a column per measure.

    Parameters
    ----------
    frame
        Columns scenario, cadence, measure, difference, low, high, distinguishable.
    measures
        Columns measure, title, unit ("share", "days" or "index"), better ("higher", "lower" or
        "neither").
    scenario, baseline, best
        Which scenario to draw; the cadence subtracted; the cadence to mark.
    preferred
        Keys of the measures to draw, as far as they were computed.

    Returns
    -------
    matplotlib.figure.Figure
        Filled markers are distinguishable from the baseline, hollow ones are not. Rows are
        ordered by the first measure.
    """
    rows = in_scenario(frame, scenario).filter(pl.col("cadence") != baseline).fill_null(math.nan)
    about = {row["measure"]: row for row in measures.to_dicts()}
    keys = [k for k in choose(measures, preferred) if (rows["measure"] == k).any()]
    names = _order(rows, keys)
    panel = max(0.225 * len(names), 0.6)
    page = sheet(max(len(keys), 1), columns=4, panel=panel, left=1.75, across=0.2, top=0.98, bottom=0.66)
    page.title(f"Difference from {baseline}, the same replications compared")
    page.key(
        [
            Line2D([], [], color=ACCENT, marker="o", markersize=5, label="differs from the baseline"),
            Line2D(
                [],
                [],
                color=MUTED,
                marker="o",
                markersize=5,
                markerfacecolor="white",
                label="cannot be told from the baseline",
            ),
            *star(best, names),
        ]
    )
    if not names or not keys:
        page.axes[0].set_axis_off()
        empty(page.axes[0], "only the baseline was run: there is nothing to compare")
        return page.figure
    for index, (ax, key) in enumerate(zip(page.axes, keys, strict=True)):
        _forest(ax, rows.filter(pl.col("measure") == key), names, about[key])
        labels = [marked(n, baseline, best) for n in names]
        ax.set_yticks(range(len(names)), labels if index == 0 else [""] * len(names))
        ax.set_ylim(len(names) - 0.4, -0.6)
        ax.tick_params(axis="y", length=0)
        ax.set_title(_wrapped(str(about[key]["title"])), size=7.5)
    return page.figure


def contrasts_caption(
    frame: pl.DataFrame, measures: pl.DataFrame, *, scenario: str, baseline: str,
    preferred: tuple[str, ...] = PREFERRED,
) -> str:  # fmt: skip
    """State how many cadences differ from the baseline in the first measure, and the largest gap."""
    rows = in_scenario(frame, scenario).filter(pl.col("cadence") != baseline).fill_null(math.nan)
    keys = [k for k in choose(measures, preferred) if (rows["measure"] == k).any()]
    if not keys:
        return "Only one cadence was run, so there is no difference to show."
    about = next(row for row in measures.to_dicts() if row["measure"] == keys[0])
    own = rows.filter(pl.col("measure") == keys[0])
    differs = own.filter(pl.col("distinguishable"))
    what = str(about["title"])
    total = counted(own.height, "other cadence")
    if not differs.height:
        found = f"{what}: none of the {total} can be told from {baseline}, the baseline."
        if own.height == 2:
            found = f"{what}: neither of the two other cadences can be told from {baseline}, the baseline."
        if own.height == 1:
            found = f"{what}: {own['cadence'][0]} cannot be told from {baseline}, the baseline."
    else:
        up = differs.filter(pl.col("difference") > 0).height
        down = differs.height - up
        counts = listing([f"{n} {word}" for n, word in ((up, "higher"), (down, "lower")) if n])
        far = differs.sort(pl.col("difference").abs(), descending=True, maintain_order=True).row(0, named=True)
        who = f"{differs.height} of the {total} can be told from {baseline}, the baseline: {counts}"
        which = f"largest difference is {far['cadence']},"
        if own.height == 1:
            who = f"{far['cadence']} can be told from {baseline}, the baseline"
            which = "difference is"
        found = (
            f"{what}: {who}. The {which} "
            f"{_signed(far['difference'], about['unit'])} ({_reach(far['low'], far['high'], about['unit'])})."
        )
    ends = " Hostility is that of the day on which each timeline ends." if "hostility" in keys else ""
    return f"{found}{ends} {SIMULTANEOUS}"


def _order(rows: pl.DataFrame, keys: list[str]) -> list[str]:
    names: list[str] = rows["cadence"].unique(maintain_order=True).to_list()
    if not keys:
        return names
    first = rows.filter(pl.col("measure") == keys[0])
    size = dict(first.select("cadence", "difference").iter_rows())
    return sorted(names, key=lambda n: -size[n] if math.isfinite(size.get(n, math.nan)) else math.inf)


def _forest(ax: Axes, rows: pl.DataFrame, names: list[str], about: dict[str, str]) -> None:
    scale = 100.0 if about["unit"] == "share" else 1.0
    unit = {"share": "percentage points", "days": "days", "count": ""}.get(about["unit"], "index, 0 to 1")
    ax.axvline(0, color="#222222", linewidth=0.8, linestyle=(0, (4, 1.8)), zorder=1)
    for row in rows.iter_rows(named=True):
        y, x = names.index(row["cadence"]), row["difference"] * scale
        if not math.isfinite(x):
            ax.text(0, y, " not known", size=6.5, va="center", color=MUTED)
            continue
        sure = bool(row["distinguishable"])
        color = ACCENT if sure else MUTED
        ax.plot([row["low"] * scale, row["high"] * scale], [y, y], color=color, linewidth=1.4, zorder=2)
        ax.plot(
            [x],
            [y],
            marker="o",
            markersize=4.5,
            color=color,
            zorder=3,
            linestyle="",
            markerfacecolor=color if sure else "white",
            markeredgewidth=1.1,
        )
    ax.grid(axis="x")
    ax.spines["left"].set_visible(False)
    reach = [abs(v) * scale for v in (*rows["low"].to_list(), *rows["high"].to_list()) if math.isfinite(v)]
    low, high = ax.get_xlim()
    if not reach or max(reach) == 0:
        low, high = -1.0, 1.0
    ax.set_xlim(min(low, -0.06 * (high - low)), max(high, 0.06 * (high - low)))
    ax.xaxis.set_major_locator(MaxNLocator(3))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:+g}".replace("-", "−") if v else "0"))
    better = {"higher": "better →", "lower": "← better"}.get(about["better"], "")
    ax.set_xlabel("\n".join(filter(None, (unit, better))), size=7.5)


def _wrapped(title: str, width: int = 26) -> str:
    lines = [""]
    for word in title.replace(" years", "\u00a0years").split(" "):
        if len(lines[-1]) + len(word) >= width and lines[-1]:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return "\n".join(lines[:3])


def _signed(value: float, unit: str) -> str:
    word = {"share": " points", "days": " days", "count": ""}.get(unit, " on the index")
    side = "more" if value > 0 else "less"
    return f"{_amount(abs(value), unit)}{word} {side}"


def _amount(value: float, unit: str) -> str:
    scale, decimals = _scale(unit)
    return number(value * scale, visible([value * scale], decimals))


def _reach(low: float, high: float, unit: str) -> str:
    """Write an interval; no limit is rounded to 0."""
    scale, decimals = _scale(unit)
    d = visible([low * scale, high * scale], decimals)
    return f"{number(low * scale, d)} to {number(high * scale, d)}"


def _scale(unit: str) -> tuple[float, int]:
    """What a number is multiplied by, and how many decimals it has at least."""
    return {"share": (100.0, 1), "days": (1.0, 0), "count": (1.0, 2)}.get(unit, (1.0, 3))
