"""Several aims: which cadences are dominated, as a scatter of two aims or a strip for each of more."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from textwrap import wrap
from typing import Any

import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator

from timeline.plots.style import ACCENT, INK, MUTED, empty, sheet, spread, styled
from timeline.words import counted, listing, number, percent

SAID = {"dominated": "dominated", "on the front": "on the front", "not told apart": "cannot be told either way"}
"""The verdicts of `timeline.analysis.aims`, and how a legend says them, the last drawn first."""

HOW = (
    "Dominated: another cadence is at least as good in every aim and better in one. A cadence is called so, or "
    "said to be on the front, only where the intervals of the paired differences say it, for all cadences and aims "
    "together (95% Monte Carlo error)."
)

_MARK: dict[str, Any] = {
    "on the front": {"marker": "o", "color": ACCENT, "markerfacecolor": ACCENT},
    "not told apart": {"marker": "D", "color": MUTED, "markerfacecolor": "white"},
    "dominated": {"marker": "x", "color": "#949494", "markerfacecolor": "#949494"},
}
_ORDER = ("on the front", "not told apart", "dominated")
_UNITS = {"share": "points", "days": "days", "index": "index, 0 to 1", "count": "count"}


@styled
def aims(frame: pl.DataFrame, verdicts: pl.DataFrame, scores: pl.DataFrame, *, scenario: str, baseline: str) -> Figure:
    """Draw what each cadence does for each aim, better always to the right (and up).

    Parameters
    ----------
    frame, verdicts, scores
        As `timeline.analysis.aims` makes them: `aims_table`, `verdicts`, `scores`.
    scenario, baseline
        Which scenario to draw; the cadence that the others are compared with.

    Returns
    -------
    matplotlib.figure.Figure
        Of two aims, a scatter in which the cadences on the front are joined; of more, a strip for each,
        the cadences in rows: those on the front first, dominated ones last. Dominated cadences are grey crosses.
    """
    rows = frame.filter(pl.col("scenario") == scenario).fill_null(math.nan)
    verdict = dict(verdicts.filter(pl.col("scenario") == scenario).select("cadence", "verdict").iter_rows())
    score = dict(
        scores.filter(pl.col("scenario") == scenario).drop_nulls("score").select("cadence", "score").iter_rows()
    )
    about = rows.unique("measure", maintain_order=True).to_dicts()
    if len(verdict) < 2:
        page = sheet(1, columns=1, panel=0.8, top=0.5, bottom=0.2)
        page.title("Several aims")
        page.axes[0].set_axis_off()
        empty(page.axes[0], "only one cadence was run: there is nothing to weigh")
        return page.figure
    if len(about) == 2:
        return _scatter(rows, about, verdict, score, baseline)
    return _strips(rows, about, verdict, score, baseline)


def aims_caption(
    frame: pl.DataFrame,
    verdicts: pl.DataFrame,
    scores: pl.DataFrame,
    sensitivity: pl.DataFrame,
    *,
    scenario: str,
    baseline: str,
) -> str:
    """State which cadences are dominated and by which, which are not, and what the weights say if there are any."""
    own = verdicts.filter(pl.col("scenario") == scenario)
    if own.height < 2:
        return "Only one cadence was run, so there is nothing to weigh."
    front, unsure, dominated = (own.filter(pl.col("verdict") == kind)["cadence"].to_list() for kind in _ORDER)
    many = counted(own.height, "cadence")
    if len(own["same_as"][0]) == own.height - 1:
        return f"{'Both cadences' if own.height == 2 else f'All {many}'} are the same in every aim."
    if dominated:
        tally = Counter(own["by"].explode().drop_nulls())
        most, number_of = tally.most_common(1)[0]
        whom = "it" if len(dominated) == 1 else "all of them" if number_of == len(dominated) else f"{number_of} of them"
        found = (
            f"Of {many}, {len(dominated)} {_are(dominated)} dominated: {listing(dominated)}; {most} dominates {whom}."
        )
    else:
        whom = "Neither of the two cadences" if own.height == 2 else f"None of the {many}"
        found = f"{whom} is dominated as far as these replications tell."
    if front:
        found += f" {listing(front)} {_are(front)} on the front: better than any one other in some aim"
        found += f"{_same(own, front)}."
    about = {row["measure"]: row for row in frame.unique("measure", maintain_order=True).to_dicts()}
    names = {key: _plain(row["title"]) for key, row in about.items()}
    if unsure:
        found += f" Of {listing(unsure)} these replications do not tell{_nearly(own, about, names)}."
    weighed = _weighed(scores, sensitivity, names, scenario)
    lines = f"Lines: the difference from {baseline}; its intervals hold for all cadences together."
    return f"{found}{weighed} {HOW} {lines}"


def _same(own: pl.DataFrame, front: list[str]) -> str:
    """Name those on the front that no aim tells from another; empty if there are none."""
    groups = [sorted((name, *others)) for name, others in own.select("cadence", "same_as").iter_rows() if others]
    alike = [listing(group) for group in dict.fromkeys(map(tuple, groups)) if group[0] in front]
    return "".join(f"; {names} are the same in every aim" for names in alike)


def _nearly(own: pl.DataFrame, about: dict[str, dict[str, str]], names: dict[str, str]) -> str:
    """Say what little stands between a cadence and being dominated, where that is a single aim."""
    said = []
    for row in own.filter(pl.col("open_in").list.len() == 1).drop_nulls("nearly_by").to_dicts():
        aim, most = row["open_in"][0], row["at_most"][0]
        if math.isfinite(most):
            better = f"may be better by {_amount(most, about[aim]['unit'])} in {names[aim]}"
            said.append(f"{row['cadence']} would be dominated by {row['nearly_by']}, but {better}")
    return f" ({'; '.join(said)})" if said else ""


def _amount(value: float, unit: str) -> str:
    """Write how far a difference may go."""
    scaled, decimals = (value * 100, 1) if unit == "share" else (value, 0 if unit == "days" else 3)
    least = 10.0**-decimals
    words = {"share": " points", "days": " days"}.get(unit, "")
    if scaled < least:
        return f"less than {number(least, decimals)}{words}"
    return f"at most {number(scaled, decimals)}{words}"


def _weighed(scores: pl.DataFrame, sensitivity: pl.DataFrame, names: dict[str, str], scenario: str) -> str:
    own = scores.filter(pl.col("scenario") == scenario).drop_nulls("score").sort("score", descending=True)
    if not own.height:
        return ""
    if own["score"].n_unique() == 1:
        return " With the weights given, no cadence scores higher than another."
    best = own["cadence"][0]
    level = own.filter(~pl.col("told").fill_null(True))["cadence"].to_list()
    shares = sensitivity.filter(pl.col("scenario") == scenario).to_dicts()
    given = listing(f"{percent(row['weight'], 0)} {names[row['measure']]}" for row in shares if row["weight"])
    said = f" With the weights given ({given}; each aim from 0 for the worst cadence to 1 for the best) "
    said += f"{best} scores highest, {number(own['score'][0], 2)}"
    said += f", but {listing(level)} cannot be told from it." if level else ", and every other can be told from it."
    turns: dict[str, list[str]] = {}
    for row in shares:
        for rival, than, share in ((row["below"], "less", row["low"]), (row["above"], "more", row["high"])):
            if rival:
                turns.setdefault(rival, []).append(f"{names[row['measure']]} weighs {than} than {percent(share, 0)}")
    if not turns:
        return f"{said} It stays ahead whatever one aim weighs, the others keeping their proportions."
    ahead = "; ".join(f"{rival} is ahead once {' or '.join(when)}" for rival, when in turns.items())
    return f"{said} Change one weight, the others keeping their proportions: {ahead}."


def _scatter(
    rows: pl.DataFrame, about: list[dict[str, str]], verdict: dict[str, str], score: dict[str, float], baseline: str
) -> Figure:
    page = sheet(1, columns=1, panel=4.3, left=0.75, right=1.7, top=0.72, bottom=0.55)
    page.title("Two aims: what more of one costs of the other")
    page.key(_key(verdict))
    ax = page.axes[0]
    across, up = (
        {row["cadence"]: row for row in rows.filter(pl.col("measure") == own["measure"]).iter_rows(named=True)}
        for own in about
    )
    scale = [100.0 if own["unit"] == "share" else 1.0 for own in about]
    place = {
        name: (across[name]["estimate"] * scale[0], up[name]["estimate"] * scale[1])
        for name in verdict
        if math.isfinite(across[name]["estimate"]) and math.isfinite(up[name]["estimate"])
    }
    front = sorted(place[name] for name in place if verdict[name] == "on the front")
    if len(front) > 1:
        ax.plot(*zip(*front, strict=True), color=ACCENT, linewidth=1.0, alpha=0.45, zorder=1)
    for name, (x, y) in place.items():
        look = _MARK[verdict[name]]
        for row, factor, horizontal in ((across[name], scale[0], True), (up[name], scale[1], False)):
            if math.isfinite(row["low"]):
                # The interval of the difference, put around the cadence: its width is what matters.
                ends = [(row["estimate"] - row["difference"] + row[end]) * factor for end in ("low", "high")]
                line = (ends, [y, y]) if horizontal else ([x, x], ends)
                ax.plot(*line, color=look["color"], linewidth=0.9, alpha=0.7, zorder=2)
        ax.plot([x], [y], linestyle="", markersize=5.5, zorder=3, markeredgewidth=1.2, **look)
    for axis, own, flip in ((ax.xaxis, about[0], ax.invert_xaxis), (ax.yaxis, about[1], ax.invert_yaxis)):
        if own["better"] == "lower":
            flip()
        axis.set_major_locator(MaxNLocator(5))
        unit = "%" if own["unit"] == "share" else own["unit"]
        axis.set_label_text(f"{own['title']}, {unit}  (better →)")
    ax.grid()
    _name_points(ax, place, verdict, score, baseline)
    return page.figure


def _name_points(
    ax: Axes, place: dict[str, tuple[float, float]], verdict: dict[str, str], score: dict[str, float], baseline: str
) -> None:
    """Write the names in a column beside the panel, each joined to its point."""
    low, high = ax.get_ylim()
    left, right = ax.get_xlim()
    names = list(place)
    heights = [(place[name][1] - low) / (high - low) for name in names]
    beside = spread(heights, 0.052, 0.02, 0.98)
    for name, height in zip(names, beside, strict=True):
        x, y = place[name]
        color = INK if verdict[name] != "dominated" else "#7a7a7a"
        ax.annotate(
            _label(name, baseline, score),
            xy=(x, y),
            xytext=(1.03, height),
            textcoords="axes fraction",
            va="center",
            size=7.2,
            color=color,
            annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": "#c4c4c4", "linewidth": 0.5, "shrinkA": 1, "shrinkB": 4},
        )
    ax.set_xlim(left, right)
    ax.set_ylim(low, high)


def _strips(
    rows: pl.DataFrame, about: list[dict[str, str]], verdict: dict[str, str], score: dict[str, float], baseline: str
) -> Figure:
    first: dict[str, float] = dict(
        rows.filter(pl.col("measure") == about[0]["measure"]).select("cadence", "scaled").iter_rows()
    )

    def rank(name: str) -> tuple[int, float]:
        height = score.get(name, first[name])
        return _ORDER.index(verdict[name]), -height if math.isfinite(height) else math.inf

    names = sorted(verdict, key=rank)
    panels = len(about) + bool(score)
    letters = {2: 34, 3: 28, 4: 22, 5: 18}.get(panels, 14)
    titles = ["\n".join(wrap(own["title"].replace(" years", "\u00a0years"), letters)) for own in about]
    lines = max(title.count("\n") + 1 for title in titles)
    page = sheet(
        panels, columns=panels, panel=0.235 * len(names) + 0.1, left=1.75, right=0.15, across=0.2,
        top=0.72 + 0.125 * lines, bottom=0.66,
    )  # fmt: skip
    page.title(f"Several aims: difference from {baseline}, better to the right")
    page.key(_key(verdict))
    for index, ax in enumerate(page.axes):
        labels = [_label(name, baseline, {}) for name in names] if index == 0 else [""] * len(names)
        ax.set_yticks(range(len(names)), labels)
        for label, name in zip(ax.get_yticklabels(), names, strict=True):
            label.set_color("#7a7a7a" if verdict[name] == "dominated" else INK)
        ax.set_ylim(len(names) - 0.4, -0.6)
        ax.tick_params(axis="y", length=0)
        ax.spines["left"].set_visible(False)
        ax.grid(axis="x")
        for at in range(1, len(names)):
            if verdict[names[at]] != verdict[names[at - 1]]:
                ax.axhline(at - 0.5, color="#bdbdbd", linewidth=0.7)
    for ax, own, title in zip(page.axes, about, titles, strict=False):
        _strip(ax, rows.filter(pl.col("measure") == own["measure"]), names, verdict, own, wide=panels < 5)
        ax.set_title(title, size=7, linespacing=1.05)
    if score:
        _score_strip(page.axes[-1], names, verdict, score)
    return page.figure


def _strip(
    ax: Axes, rows: pl.DataFrame, names: list[str], verdict: dict[str, str], own: dict[str, str], wide: bool
) -> None:
    scale = 100.0 if own["unit"] == "share" else 1.0
    ax.axvline(0, color=INK, linewidth=0.8, linestyle=(0, (4, 1.8)), zorder=1)
    for row in rows.iter_rows(named=True):
        y, look = names.index(row["cadence"]), _MARK[verdict[row["cadence"]]]
        if not math.isfinite(row["estimate"]):
            ax.text(0, y, " not known", size=6.5, va="center", color=MUTED)
            continue
        x = row["difference"] * scale if math.isfinite(row["difference"]) else 0.0
        if math.isfinite(row["low"]):
            ax.plot([row["low"] * scale, row["high"] * scale], [y, y], color=look["color"], linewidth=1.3, zorder=2)
        ax.plot([x], [y], linestyle="", markersize=4.6, markeredgewidth=1.1, zorder=3, **look)
    low, high = ax.get_xlim()
    low, high = (low, high) if rows["difference"].fill_nan(0.0).abs().max() else (-1.0, 1.0)
    room = 0.06 * (high - low)
    ax.set_xlim(min(low, -room), max(high, room))
    if own["better"] == "lower":
        ax.invert_xaxis()
    ax.xaxis.set_major_locator(MaxNLocator(3 if wide else 2))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:+g}".replace("-", "−") if v else "0"))
    ax.set_xlabel(f"{_UNITS[own['unit']]}\nbetter →", size=7)


def _score_strip(ax: Axes, names: list[str], verdict: dict[str, str], score: dict[str, float]) -> None:
    for y, name in enumerate(names):
        if name in score:
            ax.plot([0, score[name]], [y, y], color="#c9c9c9", linewidth=1.0, zorder=1)
            ax.plot(
                [score[name]], [y], linestyle="", markersize=4.6, markeredgewidth=1.1, zorder=3, **_MARK[verdict[name]]
            )
    best = max(score, key=lambda name: score[name])
    ax.plot([score[best]], [names.index(best)], marker="*", markersize=9, color=ACCENT, linestyle="", zorder=4)
    ax.set_xlim(0, 1.08)
    ax.xaxis.set_major_locator(MaxNLocator(2))
    ax.set_title("Weighted score", size=7)
    ax.set_xlabel("0 worst, 1 best\nbetter →", size=7)


def _key(verdict: dict[str, str]) -> list[Line2D]:
    return [
        Line2D([], [], linestyle="", markersize=5.5, markeredgewidth=1.2, label=SAID[kind], **_MARK[kind])
        for kind in _ORDER
        if kind in verdict.values()
    ]


def _label(name: str, baseline: str, score: dict[str, float]) -> str:
    said = f"{name} (baseline)" if name == baseline else name
    return f"{said}, {number(score[name], 2)}" if name in score else said


def _plain(title: str) -> str:
    """Write a measure's title inside a sentence."""
    title = title.removeprefix("Mean ")
    return title[0].lower() + title[1:]


def _are(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"
