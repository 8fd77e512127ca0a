"""What is not known, as it is kept beside a run's results and told on its page: ignorance, beside chance.

Worlds are drawn and played with the model at hand; what they say is kept as plain tables, so that a page needs no
model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

import polars as pl

from timeline.analysis.ignorance.findings import WorldFindings
from timeline.errors import StoreError
from timeline.pages.tables import Table
from timeline.study.keys import key_of
from timeline.words import counted, listing, measure_words, number, percent, points

if TYPE_CHECKING:
    from timeline.keeping.store import Store

UNKNOWN = "unknown.json"
#: A smaller share of idle worlds than this is not spoken of.
_WORTH_SAYING = 0.005
#: Columns that a page reads.
_NEEDED = {
    "differences": ("world", "arm", "value", "difference", "se"),
    "split": ("measure", "arm", "of", "part", "deviation", "share"),
    "quantiles": ("measure", "arm", "of", "at", "quantile", "low", "high"),
    "best": ("measure", "arm", "best", "within", "ahead", "regret", "far", "worst"),
    "dominance": ("arm", "over", "order", "sure", "shortfall"),
    "information": ("name", "kind", "value", "se", "floor", "stands_out"),
    "drivers": ("driver", "score", "low", "high", "floor", "stands_out"),
    "boxes": ("rule", "coverage", "density", "mass", "base", "p_value"),
    "tree": ("rule", "mean", "mass"),
    "bands": ("target", "low", "high", "inside", "source"),
}
_FRAMES = tuple(f.name for f in fields(WorldFindings) if f.type == "pl.DataFrame")


@dataclass(frozen=True)
class Unknown:
    """What worlds say of an advice, and where they come from.

    Attributes
    ----------
    key
        Stands for all that decides it.
    scenario
        The scenario that was played in each world.
    found
        What the worlds say.
    worlds
        How they were drawn and which were accepted, in words.
    directions
        Whether ratios kept to the side on which the essays see them.
    bands
        Targets, and how the worlds drawn first lay to them.
    differing
        How the accepted worlds differ from those that were drawn.
    """

    key: str
    scenario: str
    found: WorldFindings
    worlds: str
    directions: str
    bands: pl.DataFrame
    differing: pl.DataFrame

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        plain = {
            name: getattr(self.found, name) for name in (f.name for f in fields(WorldFindings)) if name not in _FRAMES
        }
        frames = {name: getattr(self.found, name) for name in _FRAMES} | {
            "bands": self.bands,
            "differing": self.differing,
        }
        return {
            "key": self.key,
            "scenario": self.scenario,
            "worlds": self.worlds,
            "directions": self.directions,
            "found": plain,
            "frames": {name: frame.to_dict(as_series=False) for name, frame in frames.items()},
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Unknown:
        """Return what `to_json` has written.

        Raises
        ------
        StoreError
            If it has another shape.
        """
        try:
            frames = {name: pl.DataFrame(columns) for name, columns in content["frames"].items()}
            for name, needed in _NEEDED.items():
                frames[name].select(needed if frames[name].width else [])
            plain: dict[str, Any] = {
                name: tuple(v) if isinstance(v, list) else v for name, v in content["found"].items()
            }
            found = WorldFindings(**plain | {name: frames[name] for name in _FRAMES})
            named = {name: str(content[name]) for name in ("key", "scenario", "worlds", "directions")}
            if (
                not {found.baseline, found.advice, found.rival}
                <= set(found.arms)
                == set(found.best.filter(measure=found.measure)["arm"])
            ):
                raise ValueError("given other cadences in its tables than it names")
            return cls(found=found, bands=frames["bands"], differing=frames["differing"], **named)
        except (KeyError, TypeError, ValueError, AttributeError, pl.exceptions.PolarsError) as problem:
            raise StoreError(f"{UNKNOWN}: has another shape than it should have ({problem})") from None


def keep_unknown(store: Store, unknown: Unknown) -> None:
    """Keep it in a run's folder."""
    store.write_json(UNKNOWN, unknown.to_json())


def kept_unknown(store: Store) -> Unknown | None:
    """Return what is kept in a run's folder, if it is what the run's config asks for and can be read."""
    key = unknown_key(store)
    if key is None or not store.holds(UNKNOWN):
        return None
    try:
        found = Unknown.from_json(store.read_json(UNKNOWN))
    except StoreError:
        return None
    return found if found.key == key else None


def played_key(store: Store) -> str | None:
    """Return what stands for the worlds that a run's config asks for, and for what they are played under, if any."""
    resolved = store.resolved
    config = resolved.config
    if config.uncertainty is None:
        return None
    first = next(iter(config.scenarios))
    arms = [(cadence, key) for (scenario, cadence), key in resolved.keys.items() if scenario == first]
    return key_of([store.run, config.uncertainty, asdict(config.analysis), arms])


def unknown_key(store: Store) -> str | None:
    """Return what stands for what those worlds say: against which baseline, and what difference matters."""
    config, played = store.resolved.config, played_key(store)
    if played is None:
        return None
    return key_of([played, config.baseline, None if config.selection is None else asdict(config.selection)])


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
        "split_table": _split(found),
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
    return number(value, 3)


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
