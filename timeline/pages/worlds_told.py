"""What is not known, told: the sentence beside the answer, and the tables of how wrong it could be."""

from __future__ import annotations

import polars as pl

from timeline.analysis.ignorance.dominance import ORDERS
from timeline.analysis.ignorance.findings import WorldFindings
from timeline.pages.tables import Table
from timeline.pages.unknown import Unknown
from timeline.study.ablation import WHOLE
from timeline.words import counted, listing, measure_words, number, percent, points

#: A smaller share of idle worlds than this is not spoken of.
_WORTH_SAYING = 0.005
#: Rows of what knowing would be worth by the analyst's own measure; the files hold all.
_MOST_OF_AIM = 10
#: Twice as far from 0 as this error is told from nothing.
_ERRORS = 2.0


def unknown_sentence(unknown: Unknown, cadence: str | None = None) -> str:
    """Say in one sentence what ignorance does to the answer.

    Parameters
    ----------
    unknown
        What worlds say.
    cadence
        Of which cadence the answer speaks; of the one that is best over all worlds if none stands out.
    """
    found = unknown.found
    arm = cadence if cadence is not None and cadence != found.baseline else found.rival
    at = dict(_of(found.quantiles, found, arm).select("at", "quantile").iter_rows())
    luck = _of(found.quantiles, found, arm).filter(at=0.5).row(0, named=True)
    best = _of(found.best, found, arm, difference=False).row(0, named=True)
    share = found.unit == "share"

    def told(value: float) -> str:
        return points(value) if share else number(value, 3)

    reach = max(luck["high"] - luck["quantile"], luck["quantile"] - luck["low"])
    off = number(100 * reach, 1) if share else number(reach, 3)
    margin = f"within {number(100 * found.margin, 1)} points" if share else f"within {number(found.margin, 3)}"
    return (
        f"Over {counted(found.worlds, 'world')} that could be ours, {arm} against {found.baseline} comes "
        f"to {told(at[0.5])}"
        f"{' points' if share else ''} in the middle one (luck ±{off}); what we do not know takes it from "
        f"{told(at[0.05])} to "
        f"{told(at[0.95])} in nine worlds of ten. It is the best, or {margin} of it, in "
        f"{100 * best['within']:.0f} of 100 worlds."
    )


def _of(table: pl.DataFrame, found: WorldFindings, arm: str, *, difference: bool = True) -> pl.DataFrame:
    own = table.filter(measure=found.measure, arm=arm)
    return own.filter(of="difference") if difference else own


def unknown_details(unknown: Unknown) -> list[str]:
    """Say what else must be known: where the worlds come from, idle ones, and what knowing more would be worth."""
    found = unknown.found
    sides = (
        "Ratios keep to the side on which the essays see them, so that worlds restate the essays' directions"
        if unknown.directions == "essays"
        else "Ratios are as likely to work against the essays as with them"
        if unknown.directions == "free"
        else "Ratios keep to the essays' side in some mechanisms and not in others"
    )
    share = found.unit == "share"
    worth = points(found.perfect[0]) if share else number(found.perfect[0], 3)
    said = [f"{unknown.worlds} {sides}."]
    if found.idle[0] >= _WORTH_SAYING:
        said.append(
            f"In {100 * found.idle[0]:.0f}% of the worlds the measure stays below a hundredth, whatever is told."
        )
    said.append(
        f"Whoever knew which world is ours would gain {worth}{' points' if share else ''} on average by "
        f"choosing the cadence to fit."
    )
    return said + [f"{listing(list(found.few))}." for _ in found.few[:1]]


def unknown_tables(unknown: Unknown) -> dict[str, Table | None]:
    """Return what a page shows of it as tables, by the names that the page gives them."""
    found = unknown.found
    return {
        "bands_table": _bands(unknown),
        "unknown_table": _by_cadence(found),
        "estimands_table": _by_measure(found),
        "dominance_table": _dominance(found),
        "other_table": _other(unknown),
        "split_table": _split(found),
        "structures_table": _structures(unknown),
        "aim_table": _by_aim(found),
        "studies_table": _studies(unknown),
        "tree_table": _tree(found),
    }


def box_rules(found: WorldFindings) -> list[str]:
    """Tell each region in which the advice fails, as a rule."""
    if "rule" not in found.boxes.columns:
        return []
    return [
        f"{row['rule']}: it loses in {percent(row['density'], 0)} of the {percent(row['mass'], 0)} of "
        f"worlds there, against "
        f"{percent(row['base'], 0)} everywhere; {percent(row['coverage'], 0)} of all its losses lie here "
        f"(chance of such a box by luck: "
        f"{number(row['p_value'], 2)})."
        for row in found.boxes.iter_rows(named=True)
    ]


def _told(found: WorldFindings, value: float | None, decimals: int = 1, *, signed: bool = True) -> str:
    if value is None:
        return "unknown"
    if found.unit == "share":
        return points(value, decimals) if signed else number(100 * value, decimals)
    return number(value, 3 if found.unit == "index" else 1)


def _bands(unknown: Unknown) -> Table | None:
    if not unknown.bands.height:
        return None
    heads = (("from", True), ("to", True), ("of the worlds drawn first inside", True), ("source", False))
    rows = tuple(
        (
            row["target"],
            (
                number(row["low"], 2),
                number(row["high"], 2),
                "unknown" if row["inside"] is None else percent(row["inside"], 0),
                "as above" if row["source"] and row["source"] == above else row["source"] or "the config",
            ),
        )
        for row, above in zip(
            unknown.bands.iter_rows(named=True), [None, *unknown.bands["source"].to_list()], strict=False
        )
    )
    return Table("Bands in which a world has to lie, measured under the baseline", heads, rows, first="band")


def _by_cadence(found: WorldFindings) -> Table:
    heads = (
        ("middle world", True), ("nine worlds of ten", True), ("the best in", True), ("within the margin in", True),
        ("mean regret", True), ("regret, worst of twenty", True), ("worst", True),
    )  # fmt: skip
    at = {
        (row["arm"], row["at"]): row["quantile"]
        for row in found.quantiles.filter(measure=found.measure, of="difference").iter_rows(named=True)
    }
    rows = tuple(
        (
            row["arm"],
            (
                _told(found, at[row["arm"], 0.5]),
                f"{_told(found, at[row['arm'], 0.05])} to {_told(found, at[row['arm'], 0.95])}",
                percent(row["best"], 0),
                percent(row["within"], 0),
                *(_told(found, row[name], 2, signed=False) for name in ("regret", "far", "worst")),
            ),
        )
        for row in found.best.filter(measure=found.measure).sort("regret").iter_rows(named=True)
    )
    unit = ", in percentage points" if found.unit == "share" else ""
    return Table(f"{found.title}, less {found.baseline}, over {found.worlds:,} worlds{unit}", heads, rows)


def _by_measure(found: WorldFindings) -> Table | None:
    """Tell for each measure by itself which cadence is the best: they need not agree."""
    worth = {row["measure"]: row for row in found.perfect_by.iter_rows(named=True)}
    rows = []
    for (measure,), own in found.best.group_by("measure", maintain_order=True):
        least, often = own.sort("regret").row(0, named=True), own.sort("best", descending=True).row(0, named=True)
        gain = worth[measure]
        told = f"{number(100 * gain['value'], 2)} points" if gain["unit"] == "share" else number(gain["value"], 2)
        rows.append((measure_words(str(measure)), (least["arm"], often["arm"], percent(often["best"], 0), told)))
    if len(rows) < 2:
        return None
    heads = (
        ("least regret on average", False),
        ("the best most often", False),
        ("in", True),
        ("knowing the world would be worth", True),
    )
    return Table("Each measure by itself", heads, tuple(rows), first="measure")


def _by_aim(found: WorldFindings) -> Table | None:
    """Tell what knowing would be worth by the measure by which the analyst chooses, if it is another."""
    own = found.information.filter(pl.col("measure") != found.measure).sort("value", descending=True)
    if not own.height:
        return None
    (measure,) = own["measure"].unique()
    share = dict(found.perfect_by.select("measure", "unit").iter_rows())[measure] == "share"
    scale, unit = (100, ", in percentage points") if share else (1, "")
    rows = tuple(
        (
            row["name"],
            (
                row["kind"],
                number(scale * row["value"], 2),
                number(scale * row["se"], 2),
                "yes" if row["stands_out"] else "no",
            ),
        )
        for row in own.head(_MOST_OF_AIM).iter_rows(named=True)
    )
    heads = (("what it is", False), ("worth", True), ("standard error", True), ("stands out from chance", False))
    return Table(f"What knowing would be worth by {measure_words(str(measure))}{unit}", heads, rows, first="of")


def _dominance(found: WorldFindings) -> Table | None:
    """Tell how surely the advice is ahead of each other cadence, whatever one thinks of risk."""
    if not found.dominance.height:
        return None
    own = found.dominance.filter(arm=found.advice)
    sure = {(row["over"], row["order"]): row["sure"] for row in own.iter_rows(named=True)}
    heads = (("in every world", True), ("for all who prefer more", True), ("for all who also shun risk", True))
    rows = tuple(
        (arm, tuple(percent(sure[arm, order], 0) for order in ORDERS)) for arm in found.arms if arm != found.advice
    )
    return Table(f"How surely {found.advice} is the better choice over worlds (stochastic dominance)", heads, rows)


def other_sentence(unknown: Unknown) -> str:
    """Say what worlds say whose ratios lie the other way; nothing if none were asked for."""
    if not unknown.other:
        return ""
    free = unknown.directions == "essays"
    which = (
        "Ratios may also work against the essays: worlds were drawn too in which they do so as often as not."
        if free
        else "Worlds were drawn too whose ratios keep to the essays' side."
    )
    if not unknown.other_worlds.height:
        return f"{which} None could be had: {unknown.other}."
    found, rows = unknown.found, {row["arm"]: row for row in unknown.other_worlds.iter_rows(named=True)}
    row, best = rows[found.rival], min(rows.values(), key=lambda one: one["regret"])
    unit = " points" if found.unit == "share" else ""
    leads = "still the best choice over all" if best["arm"] == found.advice else f"beaten over all by {best['arm']}"
    return (
        f"{which} {unknown.other} There {found.rival} against {found.baseline} comes to {_told(found, row['middle'])}"
        f"{unit} in the middle world, {_told(found, row['low'])} to {_told(found, row['high'])} in nine of ten; it is "
        f"the best, or within the margin of it, in {100 * row['within']:.0f} of 100. {found.advice} is {leads}."
    )


def _other(unknown: Unknown) -> Table | None:
    if not unknown.other_worlds.height:
        return None
    found = unknown.found
    heads = (("middle world", True), ("nine worlds of ten", True), ("the best in", True), ("mean regret", True))
    rows = tuple(
        (
            row["arm"],
            (
                _told(found, row["middle"]),
                f"{_told(found, row['low'])} to {_told(found, row['high'])}",
                percent(row["best"], 0),
                _told(found, row["regret"], 2, signed=False),
            ),
        )
        for row in unknown.other_worlds.sort("regret").iter_rows(named=True)
    )
    turned = (
        "as likely to work against the essays as with them" if unknown.directions == "essays" else "the essays' way"
    )
    return Table(f"The same where ratios lie {turned}, less {found.baseline}", heads, rows)


def structures_sentence(unknown: Unknown) -> str:
    """Say whether the advice holds in other structures of the model; nothing if none was played."""
    table, found = unknown.structures, unknown.found
    if not table.height:
        return ""
    others = table.filter(pl.col("structure") != WHOLE)
    ahead = others.filter((pl.col("best") != found.advice) & (pl.col("lead_low") > 0))
    if not ahead.height:
        return (
            f"In none of {counted(others.height, 'other structure')} of the model is another cadence beyond doubt "
            "ahead of "
            f"{found.advice} on average."
        )
    named = listing([f"{row['structure']} ({row['best']})" for row in ahead.head(4).iter_rows(named=True)])
    return (
        f"In {ahead.height} of {counted(others.height, 'other structure')} of the model another cadence is beyond "
        "doubt ahead "
        f"of {found.advice} on average: {named}."
    )


def _structures(unknown: Unknown) -> Table | None:
    if not unknown.structures.height:
        return None
    found = unknown.found
    heads = (
        ("the best on average", False),
        (f"{found.advice} is the best", True),
        ("or within the margin", True),
        ("the best leads it by", True),
        ("at least", True),
    )
    rows = tuple(
        (
            "the model as it is" if row["structure"] == WHOLE else row["structure"],
            (
                row["best"],
                percent(row["advice_best"], 0),
                percent(row["advice_does"], 0),
                _told(found, row["lead"], 2, signed=False),
                _told(found, max(row["lead_low"], 0.0), 2, signed=False) if row["lead"] else "",
            ),
        )
        for row in unknown.structures.iter_rows(named=True)
    )
    return Table("The advice in other structures of the model, over the same worlds", heads, rows, first="structure")


def _studies(unknown: Unknown) -> Table | None:
    if not unknown.studies.height:
        return None
    found = unknown.found
    heads = (("observations", True), ("worth", True), ("standard error", True), ("told from nothing", False))
    rows = tuple(
        (
            row["of"],
            (
                f"{row['size']:,}",
                _told(found, row["value"], 2, signed=False),
                _told(found, row["se"], 2, signed=False),
                "yes" if min(row["value"], row["cross_fitted"]) > _ERRORS * row["se"] else "no",
            ),
        )
        for row in unknown.studies.iter_rows(named=True)
    )
    unit = ", in percentage points" if found.unit == "share" else ""
    return Table(f"What a study would be worth{unit}", heads, rows, first="study of")


def _split(found: WorldFindings) -> Table:
    heads = (
        ("measure", False),
        ("Monte Carlo error", True),
        ("chance", True),
        ("ignorance", True),
        ("ignorance, of all that one timeline varies", True),
    )
    rows = []
    own = found.split.filter(of="difference").filter(pl.col("arm") != found.baseline)
    for (measure, arm), part in own.group_by("measure", "arm", maintain_order=True):
        of = {row["part"]: row for row in part.iter_rows(named=True)}
        shares = of["ignorance"]["share"]
        cells = [number(of[name]["deviation"], 4) for name in ("Monte Carlo error", "chance", "ignorance")]
        rows.append(
            (str(arm), (measure_words(str(measure)), *cells, "unknown" if shares is None else percent(shares, 0)))
        )
    return Table(
        f"Standard deviations of the difference from {found.baseline}: of a world's mean by luck, between "
        f"two timelines of one "
        "world, and between worlds",
        heads,
        tuple(rows),
    )


def _tree(found: WorldFindings) -> Table | None:
    if "rule" not in found.tree.columns:
        return None
    heads = ((f"{found.rival} less {found.baseline}", True), ("share of the worlds", True))
    rows = tuple(
        (row["rule"], (_told(found, row["mean"]), percent(row["mass"], 0))) for row in found.tree.iter_rows(named=True)
    )
    return Table("Groups of worlds that differ most, by a small tree tested against chance", heads, rows, first="where")
