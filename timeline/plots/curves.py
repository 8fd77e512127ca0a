"""Curves over time: in force, in force with half verified, survival since signature, both sign.

Up to four cadences share one panel and are named at their line's end. More get a panel each,
in which the baseline returns as a dashed line and the range of all cadences as a grey area:
a dozen lines in one panel can be counted, but not read.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from timeline.plots.style import (
    ACCENT,
    BASELINE,
    DASHED,
    DASHES,
    INK,
    MARKERS,
    MUTED,
    PALE,
    PALETTE,
    Panels,
    empty,
    marked,
    outer_labels_only,
    share_axis,
    share_top,
    sheet,
    spread,
    star,
    styled,
    years_axis,
)
from timeline.words import MONTE_CARLO, UNKNOWN, YEAR, counted, percent, span

TOGETHER = 4
"""Up to this many cadences share one panel."""

AT_RISK_YEARS = (0.0, 0.5, 1.0, 2.0, 3.0, 5.0, 7.0, 10.0)
POINTS = 110
"""Days drawn of a curve; a finer grid cannot be seen."""


@dataclass(frozen=True)
class Curve:
    """One curve with its error, in years and shares."""

    years: list[float]
    estimate: list[float]
    low: list[float]
    high: list[float]

    @property
    def last(self) -> float:
        """The estimate at the end, NaN if there is none."""
        return self.estimate[-1] if self.estimate else math.nan

    @property
    def known(self) -> bool:
        """Whether there is anything to draw."""
        return any(math.isfinite(v) for v in self.estimate)


def curve(frame: pl.DataFrame) -> Curve:
    """Read a curve from rows of day, estimate, low and high."""
    rows = frame.sort("day").fill_null(math.nan)
    if rows.height > POINTS:
        kept = sorted({round(i * (rows.height - 1) / (POINTS - 1)) for i in range(POINTS)})
        rows = rows[kept]
    return Curve(
        (rows["day"] / YEAR).to_list(),
        rows["estimate"].to_list(),
        rows["low"].to_list(),
        rows["high"].to_list(),
    )


def in_scenario(frame: pl.DataFrame, scenario: str) -> pl.DataFrame:
    """Keep the rows of one scenario."""
    return frame.filter(pl.col("scenario") == scenario)


def cadences_of(frame: pl.DataFrame) -> list[str]:
    """Return the cadences of a frame in the order in which they come."""
    return list(frame["cadence"].unique(maintain_order=True))


def unfollowed(name: str, signing: Collection[str], follow_up: float) -> str:
    """Say why no agreement of a cadence is followed: all come too late for that, or there is none.

    Examples
    --------
    >>> unfollowed("monthly", ["monthly"], 1826.25), unfollowed("silence", ["monthly"], 1826.25)
    ('nobody signed early enough to be followed for 5 years', 'nobody signed')
    """
    return "nobody signed" + (f" early enough to be followed for {span(follow_up)}" if name in signing else "")


def in_lines(reason: str) -> str:
    """Break what `unfollowed` says so that it fits into a small panel."""
    return reason.replace(" to be followed", "\nto be followed")


# --- figures -------------------------------------------------------------------------------


@styled
def in_force(
    frame: pl.DataFrame, *, scenario: str, baseline: str, best: str | None = None, half_verified: bool = False
) -> Figure:
    """Draw the share of all timelines with an agreement in force, over time.

    Parameters
    ----------
    frame
        Columns scenario, cadence, day (since the start), estimate, low, high.
    scenario
        Which scenario to draw.
    baseline
        The cadence the others are measured against; drawn dashed.
    best
        The cadence to mark as the best, if any.
    half_verified
        Whether the frame counts only agreements with at least half of their steps verified;
        changes the title.

    Returns
    -------
    matplotlib.figure.Figure
    """
    what = "Agreement in force with at least half of it verified" if half_verified else "Agreement in force"
    page, _ = _panels(
        _split(in_scenario(frame, scenario)),
        title=f"{what}, share of all timelines",
        baseline=baseline,
        best=best,
        foot="years since the start",
    )
    return page.figure


@styled
def since_signature(
    frame: pl.DataFrame, *, scenario: str, baseline: str, best: str | None = None, signing: Collection[str] = ()
) -> Figure:
    """Draw survival since signature among timelines that sign, with the numbers at risk beneath.

    Parameters
    ----------
    frame
        Columns scenario, cadence, day (since signature), estimate, low, high, at_risk.
    scenario, baseline, best
        As in :func:`in_force`.
    signing
        The cadences under which somebody signs, early enough to be followed or not.

    Returns
    -------
    matplotlib.figure.Figure
    """
    rows = in_scenario(frame, scenario)
    names = cadences_of(rows)
    page, last = _panels(
        _split(rows),
        title="Agreement still standing, share of the timelines that signed under that cadence",
        baseline=baseline,
        best=best,
        foot="years since signature",
        nothing={name: unfollowed(name, signing, _last_day(rows)) for name in names},
        extra=0.42 + 0.155 * len(names),
    )
    _at_risk(page, rows, names, last)
    return page.figure


@styled
def both_sign(
    frame: pl.DataFrame,
    counts: pl.DataFrame,
    *,
    scenario: str,
    baseline: str,
    best: str | None = None,
) -> Figure:
    """Draw survival since signature among replications that sign under both arms.

    Parameters
    ----------
    frame
        Columns scenario, cadence, arm ("cadence" or "baseline"), day, estimate, low, high.
    counts
        Columns scenario, cadence, both, only_cadence, only_baseline, neither_or_too_late, late_cadence,
        late_baseline; see `timeline.analysis.survival.count_signings`.
    scenario, baseline, best
        As in :func:`in_force`.

    Returns
    -------
    matplotlib.figure.Figure
    """
    rows = in_scenario(frame, scenario).filter(pl.col("cadence") != baseline)
    names = cadences_of(rows)
    columns = _columns(len(names))
    page = sheet(max(len(names), 1), columns=columns, left=0.5, top=1.02, panel=1.12 if len(names) > 2 else 2.3)
    page.title("Agreement still standing, where both the cadence and the baseline sign")
    page.key(
        [
            Line2D([], [], color=ACCENT, label="the panel's cadence"),
            Line2D([], [], color=BASELINE, linestyle=DASHED, label=f"{baseline}, same replications"),
            Patch(facecolor=ACCENT, alpha=0.25, label="95% Monte Carlo interval"),
            *star(best, names),
        ]
    )
    page.foot("years since signature")
    last = _last_day(rows)
    numbers = in_scenario(counts, scenario)
    for ax, name in zip(page.axes, names, strict=False):
        own = rows.filter(pl.col("cadence") == name)
        _frame_panel(ax, name, last, best=name == best)
        curves = {arm: curve(own.filter(pl.col("arm") == arm)) for arm in ("baseline", "cadence")}
        both = numbers.filter(pl.col("cadence") == name)
        if not any(c.known for c in curves.values()):
            late = both.height and both["late_cadence"][0] + both["late_baseline"][0] > 0
            empty(ax, "no replication signs under both" + (f"\n{_in_time(last)}" if late else ""))
            continue
        _draw(ax, curves["baseline"], color=BASELINE, dashes=DASHED)
        _draw(ax, curves["cadence"], color=ACCENT)
        _end_value(ax, curves["cadence"])
        if both.height:
            ax.text(
                0.03,
                0.06,
                f"{int(both['both'][0]):,} followed under both",
                transform=ax.transAxes,
                size=7,
                color=MUTED,
            )
    if not names:
        _frame_panel(page.axes[0], "", last, best=False)
        why = "no replication signs under both" if numbers.height else "only the baseline was run: there is no pair"
        empty(page.axes[0], why)
    outer_labels_only(page.axes, columns)
    return page.figure


# --- captions ------------------------------------------------------------------------------


def in_force_caption(frame: pl.DataFrame, *, scenario: str, baseline: str, half_verified: bool = False) -> str:
    """State what the curves of :func:`in_force` show at their end.

    Returns
    -------
    str
        Two or three sentences, the last on what the intervals mean.
    """
    rows = in_scenario(frame, scenario)
    end = _last_day(rows)
    what = "in force with at least half of it verified" if half_verified else "in force"
    last = {name: c.last for name, c in _split(rows).items() if math.isfinite(c.last)}
    if not last:
        return f"No curve: there is no timeline to count. {MONTE_CARLO}"
    after = f"after {span(end)}"
    top = max(last, key=lambda name: last[name])
    if len(last) == 1:
        found = f"With {top}, {percent(last[top])} of all timelines have an agreement {what} {after}."
    elif max(last.values()) == 0:
        found = f"Under no cadence is an agreement {what} {after}."
    elif len({round(v, 12) for v in last.values()}) == 1:
        found = f"Under every cadence, {percent(last[top])} of all timelines have an agreement {what} {after}."
    elif top == baseline:
        low = min(last, key=lambda name: last[name])
        found = (
            f"With {top}, the baseline, {percent(last[top])} of all timelines have an agreement {what} "
            f"{after}: no other cadence has more. The lowest is {low} with {percent(last[low])}."
        )
    else:
        low = min(last, key=lambda name: last[name])
        against = f", against {percent(last[baseline])} with {baseline}, the baseline" if baseline in last else ""
        lowest = f" The lowest is {low} with {percent(last[low])}." if low != baseline else ""
        found = f"With {top}, {percent(last[top])} of all timelines have an agreement {what} {after}{against}.{lowest}"
    return f"{found} {MONTE_CARLO}"


def since_signature_caption(frame: pl.DataFrame, *, scenario: str, baseline: str, signing: Collection[str] = ()) -> str:
    """State what the curves of :func:`since_signature` show at their end."""
    rows = in_scenario(frame, scenario)
    follow_up = _last_day(rows)
    end = span(follow_up)
    last = {name: c.last for name, c in _split(rows).items() if math.isfinite(c.last)}
    silent = [name for name in cadences_of(rows) if name not in last]
    if not last:
        why = "No timeline signs under any cadence"
        if signing:
            why = f"Under no cadence is an agreement signed {_in_time(follow_up)}"
        return f"{why}, so there is nothing to follow. {MONTE_CARLO}"
    top = max(last, key=lambda name: last[name])
    found = f"Of the agreements signed under {top}, {percent(last[top])} still stand {end} after signature"
    if len(last) == 1:
        found += "."
    elif top == baseline:
        tied = sum(share == last[top] for share in last.values()) > 1
        found += ": no other cadence keeps more." if tied else ", more than under any other cadence."
    elif baseline in last:
        found += f", against {percent(last[baseline])} of those signed under {baseline}, the baseline."
    else:
        found += f"; under {baseline}, the baseline, {unfollowed(baseline, signing, follow_up)}."
    reasons = [unfollowed(name, signing, follow_up) for name in silent if name != baseline]
    for reason in dict.fromkeys(reasons):
        found += f" Under {counted(reasons.count(reason), 'other cadence')} {reason}."
    if len({tuple(c.estimate) for c in _split(rows).values() if c.known}) > 1:
        found += (
            " The cadences sign in different replications, so this compares different agreements "
            "and not only different policies."
        )
    return f"{found} {MONTE_CARLO}"


def both_sign_caption(frame: pl.DataFrame, counts: pl.DataFrame, *, scenario: str, baseline: str) -> str:
    """State where the like-with-like comparison of :func:`both_sign` differs most."""
    rows = in_scenario(frame, scenario).filter(pl.col("cadence") != baseline)
    numbers = in_scenario(counts, scenario)
    end = span(_last_day(rows))
    gaps: dict[str, tuple[float, float]] = {}
    for name in cadences_of(rows):
        own = rows.filter(pl.col("cadence") == name)
        pair = [curve(own.filter(pl.col("arm") == arm)).last for arm in ("cadence", "baseline")]
        if all(math.isfinite(v) for v in pair):
            gaps[name] = (pair[0], pair[1])
    tail = f"Which replications these are depends on the pairing of the random numbers. {MONTE_CARLO}"
    if not gaps:
        late = numbers.select("late_cadence", "late_baseline").sum_horizontal().sum() > 0
        when = f" {_in_time(_last_day(rows))}" if late else ""
        return f"No replication signs both under {baseline}, the baseline, and under another cadence{when}. {tail}"
    top = max(gaps, key=lambda name: abs(gaps[name][0] - gaps[name][1]))
    both = numbers.filter(pl.col("cadence") == top)
    who = f"Among the {int(both['both'][0]):,} replications" if both.height else "Among the replications"
    cadence, against = gaps[top]
    if cadence == against and all(c == b for c, b in gaps.values()):
        found = f"Among replications that sign under both arms, every cadence does as {baseline} does."
    else:
        found = (
            f"{who} that sign both under {top} and under {baseline}, {percent(cadence)} of the agreements "
            f"still stand after {end} under {top} and {percent(against)} under {baseline}: "
            "the largest gap of all cadences."
        )
    if both.height:
        in_time, late, late_base = (both[name][0] for name in ("only_cadence", "late_cadence", "late_baseline"))
        found += (
            f" Only agreements signed {_in_time(_last_day(rows))} count: {in_time:,} replications have one under {top} "
            f"alone, {both['only_baseline'][0]:,} under {baseline} alone."
        )
        if late or late_base:
            found += f" Signed too late for that are {late:,} under {top} and {late_base:,} under {baseline}."
    return f"{found} {tail}"


# --- drawing -------------------------------------------------------------------------------


def _split(rows: pl.DataFrame) -> dict[str, Curve]:
    return {name: curve(rows.filter(pl.col("cadence") == name)) for name in cadences_of(rows)}


def _last_day(rows: pl.DataFrame) -> float:
    last = rows["day"].max() if rows.height else None
    return float(last) if isinstance(last, int | float) else YEAR


def _in_time(follow_up: float) -> str:
    return f"early enough to be followed for {span(follow_up)}"


def _columns(count: int) -> int:
    return max(count, 1) if count <= 2 else 3 if count <= 9 else 4


def _panels(
    curves: dict[str, Curve],
    *,
    title: str,
    baseline: str,
    best: str | None,
    foot: str,
    nothing: Mapping[str, str] | None = None,
    extra: float = 0.0,
) -> tuple[Panels, float]:
    """Draw curves together if they are few, else one panel each; return the last day too.

    Of a cadence that has no curve, `nothing` says why.
    """
    nothing = dict.fromkeys(curves, "nothing to show") | dict(nothing or {})
    last = max((c.years[-1] for c in curves.values() if c.years), default=1.0) * YEAR
    if len(curves) <= TOGETHER:
        return _together(curves, title, baseline, best, foot, nothing, extra, last), last
    columns = _columns(len(curves))
    page = sheet(len(curves), columns=columns, panel=1.12, top=1.02, bottom=0.52 + extra, left=0.5)
    page.title(title)
    page.key(
        [
            Line2D([], [], color=ACCENT, label="the panel's cadence"),
            Line2D([], [], color=BASELINE, linestyle=DASHED, label=f"{baseline} (baseline)"),
            Patch(facecolor=PALE, label="range of all cadences"),
            Patch(facecolor=ACCENT, alpha=0.25, label="95% Monte Carlo interval"),
            *star(best, list(curves)),
        ]
    )
    top = share_top([v for c in curves.values() for v in c.high])
    envelope = _envelope(curves)
    reference = curves.get(baseline)
    for ax, (name, own) in zip(page.axes, curves.items(), strict=True):
        _frame_panel(ax, name, last, best=name == best, top=top, baseline=name == baseline)
        if envelope is not None:
            ax.fill_between(*envelope, color=PALE, linewidth=0)
        if not own.known:
            empty(ax, in_lines(nothing[name]))
            continue
        if reference is not None and reference.known:
            _draw(ax, reference, color=BASELINE, dashes=DASHED, band=name == baseline, width=1.1)
        if name != baseline:
            _draw(ax, own, color=ACCENT)
        _end_value(ax, own)
    outer_labels_only(page.axes, columns)
    page.figure.text(0.5, (0.07 + extra) / page.height, foot, ha="center", va="bottom", size=8)
    return page, last


def _together(
    curves: dict[str, Curve],
    title: str,
    baseline: str,
    best: str | None,
    foot: str,
    nothing: Mapping[str, str],
    extra: float,
    last: float,
) -> Panels:
    page = sheet(
        1,
        columns=1,
        panel=2.7,
        right=2.0,
        top=0.66 if best in curves else 0.45,
        bottom=0.52 + extra,
        left=0.5,
    )
    page.title(title)
    page.key(star(best, list(curves)))
    ax = page.axes[0]
    top = share_top([v for c in curves.values() for v in c.high])
    _frame_panel(ax, "", last, best=False, top=top, wide=True)
    known = {name: c for name, c in curves.items() if c.known}
    places = spread([c.last if c.last == c.last else 0.0 for c in known.values()], 0.065 * top, 0.0, top)
    for index, (name, c) in enumerate(curves.items()):
        if not c.known:
            continue
        color = BASELINE if name == baseline else PALETTE[index % len(PALETTE)]
        dashes = DASHED if name == baseline else DASHES[index % len(DASHES)]
        marker = MARKERS[index % len(MARKERS)]
        _draw(ax, c, color=color, dashes=dashes)
        marks = slice(len(c.years) // 12, None, max(1, len(c.years) // 6))
        ax.plot(c.years[marks], c.estimate[marks], linestyle="", marker=marker, color=color, markersize=4)
        ax.annotate(
            f"{percent(c.last, 0)} {marked(name, baseline, best)}",
            xy=(last / YEAR, c.last),
            xytext=(1.03, places[list(known).index(name)] / top),
            textcoords="axes fraction",
            va="center",
            color=color,
            size=7.5,
            annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": color, "linewidth": 0.5, "shrinkA": 1, "shrinkB": 1},
        )
    absent: dict[str, list[str]] = {}
    for name in curves:
        if name not in known:
            absent.setdefault(nothing[name], []).append(name)
    if not known and len(absent) == 1:
        empty(ax, in_lines(*absent))
    elif absent:
        said = "\n".join(f"{why}: {', '.join(names)}" for why, names in absent.items())
        ax.text(0.02, 0.05, said, transform=ax.transAxes, size=7, color=MUTED)
    page.figure.text(0.5, (0.07 + extra) / page.height, foot, ha="center", va="bottom", size=8)
    return page


def _frame_panel(
    ax: Axes,
    name: str,
    last: float,
    *,
    best: bool,
    top: float = 1.0,
    wide: bool = False,
    baseline: bool = False,
) -> None:
    label = marked(name, name if baseline else "", name if best else None) if name else ""
    ax.set_title(_short(label), color=ACCENT if best else INK, size=7.5)
    years_axis(ax, last, wide=wide, room=0.0 if wide else 0.17)
    share_axis(ax, top)


def _short(name: str, most: int = 32) -> str:
    return name if len(name) <= most else name[: most - 1] + "…"


def _draw(ax: Axes, c: Curve, *, color: str, dashes: object = "-", band: bool = True, width: float = 1.6) -> None:
    if band:
        ax.fill_between(c.years, c.low, c.high, color=color, alpha=0.22, linewidth=0)
    ax.plot(c.years, c.estimate, color=color, linestyle=dashes, linewidth=width)


def _end_value(ax: Axes, c: Curve) -> None:
    """Write the last value at the curve's end, in the room left for it."""
    if not math.isfinite(c.last):
        return
    ax.annotate(
        percent(c.last, 0),
        xy=(c.years[-1], c.last),
        xytext=(2, 0),
        textcoords="offset points",
        ha="left",
        va="center",
        size=7,
        weight="bold",
        color=INK,
    )


def _envelope(curves: dict[str, Curve]) -> tuple[list[float], list[float], list[float]] | None:
    """Return years, lowest and highest estimate over all cadences on the same grid."""
    known = [c for c in curves.values() if c.known]
    if not known or any(c.years != known[0].years for c in known):
        return None
    at = [[v for v in values if math.isfinite(v)] for values in zip(*(c.estimate for c in known), strict=True)]
    years = [y for y, values in zip(known[0].years, at, strict=True) if values]
    values = [v for v in at if v]
    return years, [min(v) for v in values], [max(v) for v in values]


def _at_risk(page: Panels, rows: pl.DataFrame, names: list[str], last: float) -> None:
    """Write how many agreements each cadence still follows, at chosen years."""
    marks = [y for y in AT_RISK_YEARS if y * YEAR <= last + 1]
    size = 0.155
    foot = 0.08
    block = size * (len(names) + 1)
    ax = page.figure.add_axes((0.0, foot / page.height, 1.0, block / page.height))
    ax.set_axis_off()
    ax.set_xlim(0, 1)
    ax.set_ylim(len(names) + 1, 0)
    ax.text(0.012, 0.5, "still followed after", size=7, va="center", color=MUTED)
    start, width = 0.36, 0.62
    places = [start + width * (i + 0.5) / len(marks) for i in range(len(marks))]
    for place, year in zip(places, marks, strict=True):
        label = "signature" if year == 0 else f"{year:g} y"
        ax.text(place, 0.5, label, size=7, ha="right", va="center", color=MUTED)
    ax.axhline(1.0, xmin=0.012, xmax=0.99, color="#bbbbbb", linewidth=0.5)
    for row, name in enumerate(names):
        own = rows.filter(pl.col("cadence") == name).sort("day")
        ax.text(0.012, row + 1.5, name, size=7, va="center")
        days, risk = own["day"].to_list(), own["at_risk"].to_list()
        for place, year in zip(places, marks, strict=True):
            ax.text(place, row + 1.5, _followed(days, risk, year * YEAR), size=7, ha="right", va="center")


def _followed(days: list[float], risk: list[float | None], day: float) -> str:
    """Return the number at risk on the last day of the grid that is not after ``day``."""
    held = [r for d, r in zip(days, risk, strict=True) if d <= day + 0.5]
    if not held or held[-1] is None or not math.isfinite(held[-1]):
        return "–" if held else UNKNOWN
    return f"{int(held[-1]):,}"
