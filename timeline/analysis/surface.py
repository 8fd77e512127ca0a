r"""What a sweep has found: every point against its baseline and against the best, replication by replication.

**Error.** All points play the same replications with the same luck. A mean over all replications or among those
that sign is, to first order, the mean of one influence a replication, :math:`\psi = I (Y - \theta) / \bar I` (see
`timeline.analysis.influences`); the error of a difference is that of the differences of influences.

**Simultaneous.** The difference from the baseline is looked at for all points at once, and so is the distance to the
best. Each has one critical value: the 95% point of the largest :math:`|t|` among all points, by a Gaussian multiplier
bootstrap of the influences: it follows their correlations however many points there are, and needs
no matrix of them (Chernozhukov, Chetverikov & Kato 2013, Annals of Statistics 41(6):2786-2819). No correlation can
ask for more than independence does (Sidak 1967), so that is the most it can be.

**The region.** A point is *tied with the best* if the simultaneous interval of its distance to the point that looks
best contains 0. To hold the truly best point with 95%, one side of that interval would do (Hsu 1984, Annals of
Statistics 12(3):1136-1144); the other side is the allowance for having chosen the best in the same replications.

**Rare jumps.** Two points that are close together live through the same events but for a few replications in which
one small difference changes everything that follows. In a thousand replications none may have jumped yet, and the
usual error would be far too small. So every interval and every tie allows for two further replications, one each
way, that differ by as much as the measure allows, as contrasts do (`timeline.analysis.intervals.bounded_mean`); for
a measure that nothing bounds, by as much as any did. Where many replications differ that adds next to nothing.

**The winner's curse.** The point that looks best of many has been lucky, so its estimate is too good. Up to ten points
of the region are therefore played again, with replication numbers not used before; what these say is not chosen by
luck, and is what is reported of the best.

Everything is computed from the values as they are kept (32-bit floats), block by block, so that neither the number
of points nor that of replications is bounded by memory, and an interrupted sweep ends in the same numbers.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl
from scipy import stats

from timeline.analysis.intervals import CONFIDENCE, Z, bounded_mean
from timeline.arrays import Flags, Floats, Places
from timeline.errors import ConfigError
from timeline.keeping.archive import Archive, Shelf, shelves
from timeline.model.values import shown
from timeline.study.sweep import Key, Written
from timeline.study.sweep_arms import Block, SweepPlan, blocks_of
from timeline.words import measure_words

#: Points that are looked at together.
_TOGETHER = 128
_DRAWS = 1_000
#: How many points of the best region are played afresh.
MOST_FRESH = 10
#: A Sobol sequence is cut along each key into so many groups, a power of two, of at least so many points.
_GROUPS, _FEWEST = 8, 4


@dataclass(frozen=True)
class Findings:
    """What a sweep has found.

    Attributes
    ----------
    plan
        What was played.
    points
        One row a point: point (from 1), one column a key in its declared unit, n, estimate, se, difference (from
        the baseline), difference_se, low, high (simultaneous, with the allowance for jumps), differs_from_baseline,
        behind_best, behind_se, behind_margin (how far behind it may be and still be tied), tied_with_best.
    best
        The place of the point that looks best.
    baseline, baseline_se
        The baseline's own estimate in the config's world; NaN where each world has its own.
    margins
        One row a key and group: key, group, low, high, middle (declared unit), points, difference, se, lower, upper.
    against_baseline, against_best
        The critical values.
    idle
        Names of the keys that change nothing in any replication.
    fresh
        The points played afresh, those that looked best first: point, n, estimate, se, difference, difference_se,
        low, high; empty before they are played.
    """

    plan: SweepPlan
    points: pl.DataFrame
    best: int
    baseline: float
    baseline_se: float
    margins: pl.DataFrame
    against_baseline: float
    against_best: float
    idle: tuple[str, ...]
    fresh: pl.DataFrame

    @property
    def shown(self) -> str:
        """The column that maps show: the estimate, or the difference where each world has a baseline of its own."""
        return "difference" if self.plan.worlds_differ else "estimate"

    @property
    def sign(self) -> int:
        """1 if more is better, else -1."""
        return -1 if self.plan.measure.better == "lower" else 1

    @property
    def tied(self) -> Flags:
        """Which points cannot be told from the best; shape (points,)."""
        return self.points["tied_with_best"].to_numpy()


def chosen_afresh(found: Findings) -> list[int]:
    """Return the points to play afresh: the best, then those tied with it that look best."""
    gains = found.sign * found.points["difference"].to_numpy()
    order = np.lexsort((np.arange(len(gains)), -gains))
    return [int(k) for k in order if found.tied[k]][:MOST_FRESH]


def fresh_blocks(plan: SweepPlan, points: Sequence[int]) -> list[Block]:
    """Return the blocks of the second stage: an arm each, with replication numbers not used before."""
    first = plan.sweep.replications
    arms = sorted({int(arm) for point in points for arm in (plan.own[point], plan.base[point])})
    return [Block(arm, 1, first + block.first, block.count) for block in blocks_of(1, plan.sweep.fresh) for arm in arms]


def compare(archive: Archive, plan: SweepPlan) -> Findings:
    """Compare all points, from the blocks of the first stage.

    Raises
    ------
    ConfigError
        If nobody belongs to the measure's population at some point.
    StoreError
        If a block is missing or damaged.
    """
    replications = plan.sweep.replications
    blocks = blocks_of(len(plan.arms), replications)
    arms = np.arange(len(plan.arms))
    totals = _totals(archive, blocks, arms)
    if (totals.counted < 2).any():
        point = int(np.flatnonzero((totals.counted[plan.own] < 2) | (totals.counted[plan.base] < 2))[0])
        raise ConfigError(
            f"{plan.experiment.path}: sweep.measure: given {shown(measure_words(plan.sweep.measure))}, but fewer than "
            f"two of {replications:,} replications count at {plan.said(point)} or under its baseline; give more "
            "replications, or a measure over all replications"
        )
    theta = totals.means
    gain = theta[plan.own] - theta[plan.base]
    sign = -1 if plan.measure.better == "lower" else 1
    best = int(np.argmax(sign * gain))
    groups, margins = _groups(plan)
    own, base, behind = (np.zeros(len(gain)) for _ in range(3))
    base_own = 0.0
    jumps = np.zeros(2)
    along = np.zeros(len(groups))
    draws: tuple[Floats32, Floats32] = (
        np.zeros((len(gain), _DRAWS), np.float32),
        np.zeros((len(gain), _DRAWS), np.float32),
    )
    for number, shelf in enumerate(shelves(archive, blocks)):
        stream = np.random.Generator(np.random.Philox(key=[plan.experiment.seed, number]))
        normals = stream.standard_normal((shelf.count, _DRAWS), dtype=np.float32)
        top = _gains(shelf, plan, totals, np.array([best]))[1][0]
        sums = np.zeros((len(groups), shelf.count))
        for start in range(0, len(gain), _TOGETHER):
            some = np.arange(start, min(start + _TOGETHER, len(gain)))
            psi, gains = _gains(shelf, plan, totals, some)
            away = gains - top
            own[some] += (psi**2).sum(axis=1)
            base[some] += (gains**2).sum(axis=1)
            behind[some] += (away**2).sum(axis=1)
            jumps = np.maximum(jumps, [np.abs(gains).max(), np.abs(away).max()])
            draws[0][some] += gains.astype(np.float32) @ normals
            draws[1][some] += away.astype(np.float32) @ normals
            sums += groups[:, some] @ gains
        along += (sums**2).sum(axis=1)
        base_own += float((totals.influences(shelf, plan.base[:1])[0] ** 2).sum())
    errors = _error(own, replications), _error(base, replications), _error(behind, replications)
    critical = [_critical(t, ss) for t, ss in zip(draws, (base, behind), strict=True)]
    distance = sign * (gain[best] - gain)
    smaller = np.minimum(totals.counted[plan.own], totals.counted[plan.base])
    low, high = _limits(plan, gain, base, totals.n, smaller, float(jumps[0]), critical[0])
    least = np.minimum(smaller, smaller[best])
    nearest = _limits(plan, distance, behind, totals.n, least, float(jumps[1]), critical[1])[0]
    margin = distance - nearest
    margin_se = _error(along, replications)
    margin_gain = groups @ gain
    one_baseline = not plan.worlds_differ
    keys = {_column(key): [place[k] for place in plan.places] for k, key in enumerate(plan.sweep.keys)}
    return Findings(
        plan=plan,
        points=pl.DataFrame(
            {
                "point": np.arange(1, len(gain) + 1),
                **keys,
                "n": totals.counted[plan.own],
                "estimate": theta[plan.own],
                "se": errors[0],
                "difference": gain,
                "difference_se": errors[1],
                "low": low,
                "high": high,
                "differs_from_baseline": (low > 0) | (high < 0),
                "behind_best": distance,
                "behind_se": errors[2],
                "behind_margin": margin,
                "tied_with_best": distance <= margin,
            }
        ),
        best=best,
        baseline=float(theta[plan.base[0]]) if one_baseline else np.nan,
        baseline_se=float(_error(np.array(base_own), replications)) if one_baseline else np.nan,
        margins=margins.with_columns(
            difference=pl.Series(margin_gain),
            se=pl.Series(margin_se),
            lower=pl.Series(margin_gain - Z * margin_se),
            upper=pl.Series(margin_gain + Z * margin_se),
        ),
        against_baseline=critical[0],
        against_best=critical[1],
        idle=_idle(plan, totals.digests),
        fresh=pl.DataFrame(),
    )


def compare_afresh(archive: Archive, plan: SweepPlan, points: Sequence[int]) -> pl.DataFrame:
    """Estimate some points from the blocks of the second stage; 95% intervals, each for itself.

    Returns
    -------
    DataFrame
        point, n, estimate, se, difference, difference_se, low, high; in the order given.
    """
    blocks, some, n = fresh_blocks(plan, points), np.array(points), plan.sweep.fresh
    totals = _totals(archive, blocks, np.unique([plan.own[some], plan.base[some]]))
    own, base, jump = np.zeros(len(some)), np.zeros(len(some)), 0.0
    for shelf in shelves(archive, blocks):
        psi, gains = _gains(shelf, plan, totals, some)
        own += (psi**2).sum(axis=1)
        base += (gains**2).sum(axis=1)
        jump = max(jump, float(np.abs(gains).max()))
    gain = totals.means[plan.own[some]] - totals.means[plan.base[some]]
    smaller = np.minimum(totals.counted[plan.own[some]], totals.counted[plan.base[some]])
    low, high = _limits(plan, gain, base, n, smaller, jump, Z)
    return pl.DataFrame(
        {
            "point": some + 1,
            "n": totals.counted[plan.own[some]],
            "estimate": totals.means[plan.own[some]],
            "se": _error(own, n),
            "difference": gain,
            "difference_se": _error(base, n),
            "low": low,
            "high": high,
        }
    )


Floats32 = np.ndarray[tuple[int, ...], np.dtype[np.float32]]


@dataclass(frozen=True)
class _Totals:
    """Of each arm how many replications count, the mean of their values, and a digest of them."""

    n: int
    counted: Places
    means: Floats
    digests: Places

    def influences(self, shelf: Shelf, arms: Places) -> Floats:
        """Return the influences (arms, replications) on the means of some arms."""
        values = shelf.rows(arms)
        away = (values - self.means[arms, None]) * (self.n / self.counted[arms, None])
        return np.where(np.isnan(values), 0.0, away)


def _totals(archive: Archive, blocks: Sequence[Block], arms: Places) -> _Totals:
    size = int(arms.max()) + 1
    counted, sums, digests, n = np.zeros(size, np.int64), np.zeros(size), np.zeros(size, np.int64), 0
    for shelf in shelves(archive, blocks):
        n += shelf.count
        for start in range(0, len(arms), _TOGETHER):
            some = arms[start : start + _TOGETHER]
            values = shelf.rows(some)
            counted[some] += (~np.isnan(values)).sum(axis=1)
            sums[some] += np.nansum(values, axis=1)
            for arm, row in zip(some, values, strict=True):
                digests[arm] = zlib.crc32(row.tobytes(), int(digests[arm]))
    with np.errstate(invalid="ignore", divide="ignore"):
        return _Totals(n, counted, sums / counted, digests)


def _gains(shelf: Shelf, plan: SweepPlan, totals: _Totals, points: Places) -> tuple[Floats, Floats]:
    """Return the influences (points, replications) on the estimates of some points, and on their gains."""
    psi = totals.influences(shelf, plan.own[points])
    bases, which = np.unique(plan.base[points], return_inverse=True)
    return psi, psi - totals.influences(shelf, bases)[which]


def _error(squares: Floats, n: int) -> Floats:
    found: Floats = np.sqrt(squares / (n - 1) / n)
    return found


def _limits(
    plan: SweepPlan, mean: Floats, squares: Floats, n: int, smaller: Places, jump: float, critical: float
) -> tuple[Floats, Floats]:
    """Return the intervals of differences, with two further replications that differ by as much as they can.

    Parameters
    ----------
    plan
        Its measure says how much that is.
    mean, squares
        The differences, and the sums of squares of their influences; shape (points,).
    n, smaller
        How many replications there are; how many count in the smaller population of each difference.
    jump
        The largest influence on any of them, for a measure that nothing bounds.
    critical
        Critical value.
    """
    span = plan.measure.span if np.isfinite(plan.measure.span) else jump
    limits = [
        bounded_mean(float(d), float(s) * (int(m) / n) ** 2, int(m), (-span, span), critical)
        for d, s, m in zip(mean, squares, smaller, strict=True)
    ]
    found = np.array(limits)
    return found[:, 0], found[:, 1]


def _critical(draws: Floats32, squares: Floats) -> float:
    """Return the 95% point of the largest |t| among all points that differ at all."""
    varies = squares > 0
    if not varies.any():
        return Z
    largest = np.zeros(_DRAWS)
    for line, scale in zip(draws[varies], np.sqrt(squares[varies]), strict=True):
        np.maximum(largest, np.abs(line) / scale, out=largest)
    independent = float(stats.norm.ppf(0.5 + CONFIDENCE ** (1 / int(varies.sum())) / 2))
    return min(max(float(np.quantile(largest, CONFIDENCE)), Z), independent)


def _column(key: Key) -> str:
    return f"{key.name} ({key.unit})" if key.unit else key.name


# The mean over the other keys.


def _groups(plan: SweepPlan) -> tuple[Floats, pl.DataFrame]:
    """Cut the points along each key; returns weights (groups, points) that average a group, and what they are."""
    rows, weights = [], []
    for axis, key in enumerate(plan.sweep.keys):
        values = [place[axis] for place in plan.places]
        for number, (members, low, high, middle) in enumerate(_cuts(key, values)):
            weights.append(members / members.sum())
            rows.append((key.name, number, low, high, middle, int(members.sum())))
    names = ("key", "group", "low", "high", "middle", "points")
    columns = {name: [row[k] for row in rows] for k, name in enumerate(names)}
    # Values of flags and choices are words; numbers are written as such.
    texts = {
        name: [str(x).lower() if isinstance(x, (bool, str)) else repr(x) for x in columns[name]] for name in names[2:5]
    }
    return np.array(weights), pl.DataFrame({**columns, **texts})


def _cuts(key: Key, values: Sequence[Written]) -> list[tuple[Floats, Written, Written, Written]]:
    """Return (members, low, high, middle) of each group along a key."""
    if key.values:
        return [(np.array([v == x for v in values], np.float64), x, x, x) for x in key.values]
    many = 1
    while many < _GROUPS and len(values) >= _FEWEST * many * 2:
        many *= 2
    parts = np.array([key.part(value) for value in values])
    edges = np.linspace(0, 1, many + 1)
    place = np.clip(np.searchsorted(edges, parts, side="right") - 1, 0, many - 1)
    return [
        ((place == g).astype(np.float64), key.at(low), key.at(high), key.at((low + high) / 2))
        for g, (low, high) in enumerate(pairwise(edges.tolist()))
        if (place == g).any()
    ]


def _idle(plan: SweepPlan, digests: Places) -> tuple[str, ...]:
    """Return the keys that change nothing: on a grid, each by itself; else, all if no two points differ."""
    rows = digests[plan.own]
    keys = plan.sweep.keys
    if plan.sweep.design == "grid":
        table = rows.reshape([len(key.values) for key in keys])
        return tuple(key.name for axis, key in enumerate(keys) if (table == table.take([0], axis)).all())
    return tuple(key.name for key in keys) if (rows == rows[0]).all() else ()
