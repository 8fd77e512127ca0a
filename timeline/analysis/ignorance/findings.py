"""What many worlds say of an advice: how wrong it could be, what it hangs on, what to find out, and when it fails.

Each measure speaks for itself. What asks for one number a world, such as the value of knowing a driver, is asked of the
measure that the answer speaks of, and of its difference from the baseline.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from scipy.special import ndtri

from timeline.analysis.ignorance.best_in_worlds import probability_best
from timeline.analysis.ignorance.discovery import find_failures
from timeline.analysis.ignorance.dominance import dominance_table
from timeline.analysis.ignorance.idle_worlds import idle_worlds
from timeline.analysis.ignorance.information import information_table, perfect_information
from timeline.analysis.ignorance.moment_free import moment_free_table
from timeline.analysis.ignorance.pawn import pawn
from timeline.analysis.ignorance.quantiles_between import quantiles_between_worlds
from timeline.analysis.ignorance.ranking import ranking_of
from timeline.analysis.ignorance.regret import regret_table
from timeline.analysis.ignorance.satisficing import above_threshold, within_margin
from timeline.analysis.ignorance.split import split
from timeline.analysis.ignorance.tree import tree_table
from timeline.analysis.ignorance.weights import effective_size, shares_of
from timeline.analysis.ignorance.world_draws import WorldDraws, draw_worlds
from timeline.analysis.intervals import CONFIDENCE
from timeline.arrays import Floats
from timeline.errors import TimelineError

if TYPE_CHECKING:
    from timeline.study.yardsticks import Yardstick

#: Dummies for each assumption: that one of those that do nothing exceeds all of them has a chance of a twentieth.
_DUMMIES_EACH = 20
#: Worlds that a measure needs to be told at all.
FEWEST = 10
#: Measures are shares of timelines; an analyst who names no margin is taken to care for half a point.
MARGIN = 0.005


@dataclass(frozen=True, eq=False)
class Played:
    """One measure in all worlds.

    Attributes
    ----------
    yardstick
        The measure.
    mean, inside
        Shape (worlds, arms); see `timeline.playing.between.WorldMeans`.
    covariance
        Shape (worlds, arms, arms).
    luck
        Shape (arms, replications).
    """

    yardstick: Yardstick
    mean: Floats
    covariance: Floats
    inside: Floats
    luck: Floats

    def against(self, place: int) -> tuple[Floats, Floats, Floats, Floats]:
        """Return differences from one arm: values, covariances, variances inside a world, squared error in common."""
        turn = np.eye(self.mean.shape[1])
        turn[:, place] -= 1.0
        sign = -1.0 if self.yardstick.better == "lower" else 1.0
        covariance = np.einsum("ab,wbc,dc->wad", turn, self.covariance, turn)
        many = self.luck.shape[1]
        spread = np.einsum("waa->wa", covariance) * many
        shared = ((turn @ self.luck / len(self.mean)) ** 2).sum(axis=1) * many / (many - 1)
        return sign * (self.mean @ turn.T), covariance, spread, shared


@dataclass(frozen=True)
class WorldFindings:
    """What was found, as tables.

    Attributes
    ----------
    arms, baseline
        Names of the cadences, and the one that others are compared with.
    measure, title, unit
        The measure that the answer speaks of.
    advice, rival
        The cadence that is best on average over the worlds, and the one whose difference from the baseline is asked
        about below: the same, or the next best where the baseline is the best.
    worlds, effective, replications
        How many worlds, how many equally weighted ones they are worth, and timelines of each under each cadence.
    margin
        How much the analyst cares for, in the measure's unit.
    idle
        Share of worlds in which the measure stays below a hundredth under every cadence.
    perfect
        What it would be worth to know the world before choosing: value, low, high.
    ranking
        Whether so many worlds can rank assumptions, in words.
    differences
        world, arm, value (its mean), difference (from the baseline), se.
    split
        measure, arm, of (outcome or difference), part, variance, deviation, share.
    quantiles
        measure, arm, of, at, quantile, low, high.
    best
        measure, arm, best, low, high; within (the margin of the best), ahead (of the baseline by more than it), regret
        (mean), far (95%), worst.
    dominance
        arm, over, order, sure, shortfall.
    perfect_by
        measure, unit, value, low, high: what it would be worth to know the world, by each measure.
    information
        measure (that of the answer, and the analyst's own if it is another), name, kind (assumption or mechanism),
        value, se, cross_fitted, floor (95% of what chance shows of one),
        stands_out (from what it shows of all).
    drivers
        driver, score (PAWN of the rival's difference), low, high, floor, stands_out.
    boxes
        rule, coverage, density, mass, p_value.
    tree
        rule, mean (difference of the rival), mass.
    few
        What could not be had of so few worlds, and how many it takes.
    """

    arms: tuple[str, ...]
    baseline: str
    measure: str
    title: str
    unit: str
    advice: str
    rival: str
    worlds: int
    effective: float
    replications: int
    margin: float
    idle: tuple[float, float, float]
    perfect: tuple[float, float, float]
    ranking: str
    differences: pl.DataFrame
    split: pl.DataFrame
    quantiles: pl.DataFrame
    best: pl.DataFrame
    dominance: pl.DataFrame
    perfect_by: pl.DataFrame
    information: pl.DataFrame
    drivers: pl.DataFrame
    boxes: pl.DataFrame
    tree: pl.DataFrame
    few: tuple[str, ...] = ()


def find(
    arms: Sequence[str],
    baseline: str,
    measures: Sequence[Played],
    names: Sequence[str],
    x: Floats,
    mechanisms: Mapping[str, Sequence[int]],
    *,
    seed: int,
    weights: Floats | None = None,
    margin: float = MARGIN,
    aim: str = "",
) -> WorldFindings:
    """Work out what many worlds say.

    Parameters
    ----------
    arms, baseline
        The cadences, and the one that others are compared with.
    measures
        The first is the one that the answer speaks of.
    names, x
        Assumptions and what was drawn of them, shape (worlds, assumptions).
    mechanisms
        By name the columns of `x` that belong to it.
    seed
        Of all resampling.
    weights
        How much each world counts, shape (worlds,).
    margin
        How much the analyst cares for.
    aim
        The measure by which the analyst chooses, if it is another than the first: what knowing an assumption would be
        worth is asked of it too.
    """
    place = list(arms).index(baseline)
    first = measures[0]
    shares = shares_of(weights, len(first.mean))
    # What too few worlds can tell of is left out: a measure of signed agreements where hardly any world signs.
    every = [(measure, _known(measure, shares)) for measure in measures]
    told = [(measure, own) for measure, own in every if np.count_nonzero(own) >= FEWEST or measure is first]
    measures, known = [measure for measure, _ in told], [own for _, own in told]
    drawn = [_drawn(arms, measure, place, own, seed) for measure, own in zip(measures, known, strict=True)]
    (differences, _, _, _), own = first.against(place), known[0]
    values, counted, x = differences[own > 0], own[own > 0], x[own > 0]
    advice = int(np.argmax(counted @ values))
    rival = advice if advice != place else int(np.argsort(counted @ values)[-2])
    gap = values[:, rival]
    idle, perfect = idle_worlds(first.mean[own > 0], weights=counted), perfect_information(drawn[0])
    few: list[str] = []

    own_aim = [k for k, measure in enumerate(measures) if measure.yardstick.key == aim and k]
    information = [_information(names, x, values, mechanisms, seed, counted, first.yardstick.key)]
    for k in own_aim:
        of_aim = known[k][own > 0] / known[k][own > 0].sum()
        gained = np.nan_to_num(measures[k].against(place)[0][own > 0])
        information.append(_information(names, x, gained, mechanisms, seed, of_aim, aim))

    def unless_few(table: Callable[[], pl.DataFrame]) -> pl.DataFrame:
        try:
            return table()
        except TimelineError as problem:
            few.append(str(problem))
            return pl.DataFrame()

    return WorldFindings(
        arms=tuple(arms),
        baseline=baseline,
        measure=first.yardstick.key,
        title=first.yardstick.title,
        unit=first.yardstick.unit,
        advice=arms[advice],
        rival=arms[rival],
        worlds=len(first.mean),
        effective=effective_size(shares),
        replications=first.luck.shape[1],
        margin=margin,
        idle=(idle.share, idle.low, idle.high),
        perfect=(perfect.value, perfect.low, perfect.high),
        ranking=str(ranking_of(x, gap, pawn, seed=seed, weights=counted)),
        differences=_differences(arms, first, place, own),
        split=_by_measure(measures, known, lambda measure, of: _splits(arms, measure, place, of, seed)),
        quantiles=_by_measure(measures, known, lambda measure, of: _quantiles(arms, measure, place, of, seed)),
        best=pl.concat([_bests(measure, of, margin) for measure, of in zip(measures, drawn, strict=True)]),
        dominance=dominance_table(drawn[0]),
        information=pl.concat(information),
        perfect_by=_perfect_by(measures, drawn),
        drivers=unless_few(lambda: _drivers(names, x, gap, seed, counted)),
        boxes=unless_few(lambda: _boxes(names, x, _fails(drawn[0], advice, margin), seed, counted)),
        tree=unless_few(lambda: tree_table(names, x, gap, seed=seed, weights=counted)),
        few=tuple(few),
    )


def outline(
    arms: Sequence[str],
    baseline: str,
    measure: Played,
    *,
    seed: int,
    weights: Floats | None = None,
    margin: float = MARGIN,
) -> pl.DataFrame:
    """Return what worlds say of one measure in few columns; for the arguments see `find`.

    Returns
    -------
    polars.DataFrame
        arm, low, middle, high (nine worlds of ten of its difference from the baseline), best, within, regret.
    """
    place = list(arms).index(baseline)
    own = _known(measure, shares_of(weights, len(measure.mean)))
    quantiles = _quantiles(arms, measure, place, own, seed).filter(of="difference")
    wide = quantiles.pivot(on="at", index="arm", values="quantile")
    told = wide.select("arm", low=pl.col("0.05"), middle=pl.col("0.5"), high=pl.col("0.95"))
    bests = _bests(measure, _drawn(arms, measure, place, own, seed), margin)
    return told.join(bests.select("arm", "best", "within", "regret"), on="arm", maintain_order="left")


def draws_of(
    arms: Sequence[str], baseline: str, measure: Played, *, seed: int, weights: Floats | None = None
) -> WorldDraws:
    """Return draws of each arm's difference from the baseline in each world; for the arguments see `find`."""
    own = _known(measure, shares_of(weights, len(measure.mean)))
    return _drawn(arms, measure, list(arms).index(baseline), own, seed)


def _known(measure: Played, shares: Floats) -> Floats:
    """Return how much each world counts for a measure: where it has no value under some arm, nothing."""
    known = np.isfinite(measure.mean).all(axis=1) & np.isfinite(measure.inside).all(axis=1)
    own = np.where(known, shares, 0.0)
    return own / own.sum() if own.any() else own


def _drawn(arms: Sequence[str], measure: Played, place: int, own: Floats, seed: int) -> WorldDraws:
    values, covariance, _, shared = measure.against(place)
    counted = own > 0
    errors = np.einsum("waa->wa", covariance[counted])
    common = float(np.sum(shared) / max(np.sum(errors.mean(axis=0)), np.finfo(float).tiny))
    return draw_worlds(
        arms, values[counted], covariance[counted], seed=seed, weights=own[counted], shared=min(common, 1.0)
    )


def _fails(drawn: WorldDraws, advice: int, margin: float) -> Floats:
    """Return how probably the advice loses more than the margin to the best, shape (worlds,)."""
    lost = drawn.values.max(axis=2) - drawn.values[:, :, advice]
    return np.asarray((lost > margin).mean(axis=0))


def _differences(arms: Sequence[str], measure: Played, place: int, own: Floats) -> pl.DataFrame:
    values, covariance, _, _ = measure.against(place)
    errors = np.sqrt(np.einsum("waa->wa", covariance))
    worlds = np.flatnonzero(own > 0)
    return pl.concat(
        [
            pl.DataFrame(
                {
                    "world": worlds,
                    "arm": name,
                    "value": measure.mean[worlds, arm],
                    "difference": values[worlds, arm],
                    "se": errors[worlds, arm],
                }
            )
            for arm, name in enumerate(arms)
        ]
    )


def _by_measure(
    measures: Sequence[Played], known: Sequence[Floats], table: Callable[[Played, Floats], pl.DataFrame]
) -> pl.DataFrame:
    return pl.concat(
        [
            table(measure, own).select(pl.lit(measure.yardstick.key).alias("measure"), pl.all())
            for measure, own in zip(measures, known, strict=True)
        ]
    )


def _parts(measure: Played, place: int, own: Floats) -> Iterator[tuple[str, Floats, Floats, Floats, Floats]]:
    """Yield outcomes and differences: what they are, means, squared errors, variances inside, error in common."""
    counted, many = own > 0, measure.luck.shape[1]
    alone = ((measure.luck / len(measure.mean)) ** 2).sum(axis=1) * many / (many - 1)
    errors = np.einsum("waa->wa", measure.covariance)
    yield "outcome", measure.mean[counted], errors[counted], measure.inside[counted], alone
    values, covariance, spread, shared = measure.against(place)
    errors = np.einsum("waa->wa", covariance)
    yield "difference", values[counted], errors[counted], spread[counted], shared


def _splits(arms: Sequence[str], measure: Played, place: int, own: Floats, seed: int) -> pl.DataFrame:
    tables = [
        split(arms, mean, error, inside, seed=seed, weights=own[own > 0], shared_error=shared).select(
            "arm", pl.lit(of).alias("of"), "part", "variance", "low", "high", "deviation", "share"
        )
        for of, mean, error, inside, shared in _parts(measure, place, own)
    ]
    return pl.concat(tables)


def _quantiles(arms: Sequence[str], measure: Played, place: int, own: Floats, seed: int) -> pl.DataFrame:
    tables = [
        quantiles_between_worlds(
            arms, mean, error, seed=seed, weights=own[own > 0], shared_error=shared, like_errors=of == "difference"
        ).select("arm", pl.lit(of).alias("of"), "at", "quantile", "low", "high", "as_seen")
        for of, mean, error, _, shared in _parts(measure, place, own)
    ]
    return pl.concat(tables)


def _bests(measure: Played, drawn: WorldDraws, margin: float) -> pl.DataFrame:
    best, regret = probability_best(drawn), regret_table(drawn)
    return best.with_columns(
        within=within_margin(drawn, margin)["share"],
        ahead=above_threshold(drawn, margin)["share"],
        regret=regret["mean"],
        far=regret["far"],
        worst=regret["worst"],
    ).select(pl.lit(measure.yardstick.key).alias("measure"), pl.all())


def _information(
    names: Sequence[str],
    x: Floats,
    values: Floats,
    mechanisms: Mapping[str, Sequence[int]],
    seed: int,
    own: Floats,
    measure: str,
) -> pl.DataFrame:
    """Return what knowing each assumption, and each mechanism's assumptions together, would be worth."""
    kinds: dict[str, Mapping[str, Sequence[int]]] = {
        "assumption": {name: [place] for place, name in enumerate(names)},
        "mechanism": mechanisms,
    }
    tables = [
        information_table(groups, x, values, seed=seed, weights=own).select(
            pl.lit(measure).alias("measure"),
            "name",
            pl.lit(kind).alias("kind"),
            "value",
            "se",
            "cross_fitted",
            "floor",
            # Many are looked at (Bonferroni), and what is fitted to worlds and valued on the same is too large.
            stands_out=pl.col("above_all") & (pl.col("cross_fitted") > _critical(groups) * pl.col("cross_fitted_se")),
        )
        for kind, groups in kinds.items()
        if groups
    ]
    return pl.concat(tables).sort("value", "name", descending=[True, False])


def _perfect_by(measures: Sequence[Played], drawn: Sequence[WorldDraws]) -> pl.DataFrame:
    rows = []
    for measure, draws in zip(measures, drawn, strict=True):
        found = perfect_information(draws)
        rows.append((measure.yardstick.key, measure.yardstick.unit, found.value, found.low, found.high))
    return pl.DataFrame(rows, schema=["measure", "unit", "value", "low", "high"], orient="row")


def _critical(groups: Sized) -> float:
    """Return how many standard errors above 0 one of so many has to be, with 95% confidence in all of them."""
    return -float(ndtri((1 - CONFIDENCE) / len(groups)))


def _drivers(names: Sequence[str], x: Floats, gap: Floats, seed: int, own: Floats) -> pl.DataFrame:
    """Return how much each assumption moves a difference; what stands out is more than chance shows of so many."""
    many = _DUMMIES_EACH * len(names)
    table = moment_free_table(names, x, gap, pawn, seed=seed, weights=own, dummies=many)
    return table.select("driver", "score", "low", "high", "floor", stands_out="above_all")


def _boxes(names: Sequence[str], x: Floats, fails: Floats, seed: int, own: Floats) -> pl.DataFrame:
    schema = ("rule", "coverage", "density", "mass", "base", "p_value")
    found = find_failures(names, x, fails, seed=seed, weights=own)
    rows = [tuple(getattr(box, name) for name in schema) for box in found]
    kinds = {name: pl.String if name == "rule" else pl.Float64 for name in schema}
    return pl.DataFrame(rows, schema=kinds, orient="row")
