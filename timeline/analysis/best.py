r"""The best: how far each cadence lies from the best of the others, and which one to choose.

**Against the best.** Whether one cadence is the best is a question about it and the best of the others, not about every
two. So *multiple comparisons with the best* need narrower intervals than all pairwise comparisons do: for each cadence
an interval of its value less that of the best of the others, all of them true together with 95% (Hsu 1981, Annals of
Statistics 9:1026-1034; 1984, Annals of Statistics 12:1136-1144). They are constrained: an interval that would end on
the wrong side of 0 ends at 0. A cadence whose interval reaches above 0 may be the best; one that ends at 0 is not.
Where its interval begins is the most that choosing it can cost.

They follow from one-sided intervals of each cadence against all others, as if it were the control (Edwards & Hsu 1983,
JASA 78:965-971). If those of the true best hold, which they do with 95%, all intervals do. With

.. math:: U_i = \min_{j \ne i} (\hat\theta_i - \hat\theta_j + d_i s_{ij}), \qquad G = \{i : U_i \ge 0\},

the interval ends at :math:`\max(U_i, 0)`, and begins at 0 if :math:`G = \{i\}`, else at
:math:`\min\{0, \min_{j \in G, j \ne i} (\hat\theta_i - \hat\theta_j - d_j s_{ij})\}`.

**Shared luck.** Yang & Nelson (1991, Operations Research 39:583-591) and Nelson & Matejcik (1995, Management Science
41:1935-1945) let the cadences share their luck, under assumptions on how they are correlated. With thousands of
replications the correlations need no assumption: :math:`d_i` is the 95% point of the largest of the
:math:`k - 1` correlated errors, see `timeline.analysis.critical`.

**Each limit by itself.** Whether a cadence may be the best hangs on one limit, so that limit must be good by itself.
Shares have score limits (`timeline.analysis.score_limits`), means with bounds an imaginary replication at the bound to
which the limit looks (`timeline.analysis.intervals.limits_of_bounded_means`).

**One rule.** Of differences from the baseline a report shows the simultaneous interval of `Comparison.contrasts`. A
sentence that calls one of the two better rests on it: where it contains 0, both stay among the best, so that no two
sentences of a report contradict each other. Their intervals then reach as far as that difference does: they only
become wider, so they still hold together.

**Choosing** is for `timeline.analysis.selection`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from timeline.analysis.contrasts import Comparison
from timeline.analysis.histories import Histories, common_rows
from timeline.analysis.intervals import CONFIDENCE, without_nan
from timeline.analysis.pieces import Pieces
from timeline.analysis.reading import ScenarioRows, go_through
from timeline.analysis.samples import Sample, sample
from timeline.analysis.selection import Duels, drop, left, retained
from timeline.analysis.side_by_side import SideBySide
from timeline.arrays import Flags, Floats, Places
from timeline.errors import TimelineError, nearest
from timeline.model.endpoints import Endpoints
from timeline.study.window import Window
from timeline.study.yardsticks import Yardstick, declare_yardsticks, no_ranking, no_selection
from timeline.words import listing

SAME = "the same in every replication"
"""Noted of all cadences where nothing tells any two of them apart, so that none can look best."""

_TEXT, _NUMBER, _WHOLE, _FLAG = pl.String(), pl.Float64(), pl.Int64(), pl.Boolean()
_LABELS = {"scenario": _TEXT, "measure": _TEXT}
_SCHEMAS: dict[str, dict[str, pl.DataType]] = {
    "against_best": _LABELS
    | {"cadence": _TEXT, "difference": _NUMBER, "low": _NUMBER, "high": _NUMBER, "may_be_best": _FLAG}
    | {"critical": _NUMBER, "n": _WHOLE, "note": _TEXT},
    "race": _LABELS | {"cadence": _TEXT, "retained": _FLAG, "beaten_by": _TEXT, "beaten_at": _WHOLE, "left_at": _WHOLE},
    "decisions": _LABELS
    | {"indifference": _NUMBER, "probability": _NUMBER, "replications": _WHOLE, "decided": _FLAG}
    | {"decided_at": _WHOLE, "likely": _WHOLE, "latest": _WHOLE, "note": _TEXT},
}


@dataclass(frozen=True)
class Best:
    """Which cadences may be the best in one measure. Undefined values are null.

    Attributes
    ----------
    measure
        Its key, title, unit and better direction.
    against_best
        scenario, measure, cadence, difference (cadence minus the best of the others), low, high (constrained at 0,
        simultaneous over the cadences of a scenario), may_be_best, critical, n, note (why there is no interval, why
        a cadence is kept in, or `SAME`).
    race
        scenario, measure, cadence, retained, beaten_by and beaten_at (by which rival and after how many replications
        KN dropped it), left_at (after how many it was out for good). Empty without a selection.
    decisions
        A row a scenario: indifference, probability, replications (played an arm), decided (one cadence is left, or
        several that are the same in every replication; null where no selection is possible, and `note` says why),
        decided_at, likely and latest (after how many replications an open one will probably be decided, and at the
        latest). Empty without a selection.
    """

    measure: Yardstick
    against_best: pl.DataFrame
    race: pl.DataFrame
    decisions: pl.DataFrame

    def alike(self, scenario: str) -> bool:
        """Whether several cadences were compared and nothing tells any two of them apart, so that none looks best."""
        return self.against_best.filter(scenario=scenario, note=SAME).height > 0

    def kept_in(self, scenario: str) -> str:
        """Say who may be the best although the comparison with the best would leave them out, and why; else empty."""
        own = self.against_best.filter(pl.col("may_be_best") & (pl.col("note") != ""), scenario=scenario)
        if self.alike(scenario) or not own.height:
            return ""
        if own.height == 1:
            return f"{own['cadence'][0]} is {own['note'][0]}"
        note = str(own["note"][0]).replace("its own difference", "their own differences").replace("does not", "do not")
        return f"{listing(own['cadence'].to_list())} are {note}"


class Place(NamedTuple):
    """A cadence against the best of the others; NaN and None where undefined, and then `note` says why."""

    difference: float
    low: float
    high: float
    may_be_best: bool | None
    critical: float
    n: int
    note: str


def find_best(
    arms: Mapping[tuple[str, str], Pieces],
    *,
    endpoints: Endpoints,
    window: Window,
    baseline: str,
    measure: str,
    indifference: float | None = None,
    probability: float = CONFIDENCE,
) -> Best:
    """Compare all cadences with the best of the others, and choose one.

    Parameters
    ----------
    arms
        For each (scenario, cadence), a function that reads its rows; see `timeline.analysis.pieces`.
    endpoints, window, baseline
        As for `timeline.analysis.analysis.analyse`.
    measure
        Key of the measure that decides.
    indifference
        The smallest difference that matters, in days, as a share or on the index; without one, none is chosen.
    probability
        That a retained cadence is the best or within the indifference of it.

    Returns
    -------
    Best

    Raises
    ------
    TimelineError
        If there is no such measure, or an arm's rows are not as described.

    Examples
    --------
    Under one cadence every second agreement lasts, under the other every fourth.

    >>> from timeline.analysis.pieces import cut
    >>> ends = Endpoints(phases=(("talks", None), ("signed", "signed_day")), accord=None,
    ...                  half_verified=None, hostility=None)
    >>> def arm(every):
    ...     rows = pl.DataFrame({"replication": range(4000), "signed_day": 10.0})
    ...     lost = pl.col("replication") % every > 0
    ...     return cut(rows.with_columns(day=pl.when(lost).then(30.0).otherwise(100.0), outcome=pl.when(lost)
    ...         .then(pl.lit("collapsed")).otherwise(pl.lit("open")), cause=pl.lit("none")))
    >>> found = find_best({("calm", "silence"): arm(4), ("calm", "monthly"): arm(2)}, endpoints=ends,
    ...     window=Window(100.0, 80.0, (80.0,)), baseline="silence", measure="in_force_end", indifference=0.05)
    >>> found.against_best.select("cadence", "low", "high").with_columns(pl.col("low", "high").round(3)).rows()
    [('silence', -0.261, 0.0), ('monthly', 0.0, 0.261)]
    >>> found.race.select("cadence", "retained", "beaten_by", "left_at").rows()
    [('silence', False, 'monthly', 2000), ('monthly', True, None, None)]
    """
    deciding = measure_of(endpoints, window, measure)
    contests = {}
    with ThreadPoolExecutor(1) as pool:
        for scenario in dict.fromkeys(scenario for scenario, _ in arms):
            cadences = {cadence: read for (where, cadence), read in arms.items() if where == scenario}
            contests[scenario] = Contest(deciding, tuple(cadences), baseline, indifference, probability)
            reading = ScenarioRows(cadences, endpoints=endpoints, pool=pool)
            go_through(reading, [contests[scenario]], scenario=scenario, horizon=window.horizon)
    return decide(deciding, contests)


def measure_of(endpoints: Endpoints, window: Window, key: str) -> Yardstick:
    """Return the measure with a key.

    Raises
    ------
    TimelineError
        If there is none.
    """
    measures = {measure.key: measure for measure in declare_yardsticks(endpoints, window)}
    if key not in measures:
        raise TimelineError(f"measure: given {key!r}, expected one of {', '.join(measures)}{nearest(key, measures)}")
    return measures[key]


def decide(measure: Yardstick, contests: Mapping[str, Contest]) -> Best:
    """Say which cadences may be the best.

    Parameters
    ----------
    measure
        What decides.
    contests
        For each scenario, its cadences in that measure, with all rows counted.
    """
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in _SCHEMAS}
    places = _against_best([contest.comparison for contest in contests.values()])
    for (scenario, contest), own in zip(contests.items(), places, strict=True):
        for name, lines in contest.tables(own).items():
            rows[name] += [{"scenario": scenario, "measure": measure.key, **line} for line in lines]
    frames = {name: without_nan(pl.DataFrame(rows[name], schema=schema)) for name, schema in _SCHEMAS.items()}
    return Best(measure=measure, **frames)


class Contest:
    """The cadences of one scenario, compared in one measure as their rows go by.

    A `timeline.analysis.reading.Counter`.

    Parameters
    ----------
    measure
        What decides.
    names
        The cadences, in order.
    baseline
        One of them.
    indifference, probability
        As for `find_best`.
    """

    def __init__(
        self,
        measure: Yardstick,
        names: tuple[str, ...],
        baseline: str,
        indifference: float | None = None,
        probability: float = CONFIDENCE,
    ) -> None:
        self.measure, self.names = measure, names
        self.indifference, self.probability = indifference, probability
        self.comparison = Comparison(measure, names, baseline)
        self.problem = no_selection(measure) or ("there is only one cadence" if len(names) < 2 else "")
        self.duels = None
        if indifference is not None and not self.problem:
            self.duels = Duels(len(names), indifference, probability, span=measure.span)

    def add(self, together: Mapping[str, Histories]) -> None:
        """Count the next range of replications; those that some cadence lacks are left out."""
        if len(together) < len(self.names) or self.measure.undefined:
            return
        samples = [sample(self.measure, together[name]) for name in self.names]
        rows = common_rows([together[name].replication for name in self.names])
        if rows is not None:
            pairs = zip(samples, rows, strict=True)
            samples = [Sample(values.values[shared], values.among[shared]) for values, shared in pairs]
        self.comparison.add(dict(zip(self.names, samples, strict=True)))
        if self.duels is not None and not all(sample.among.all() for sample in samples):
            self.problem, self.duels = "some replications have no value", None
        if self.duels is not None:
            sign = 1.0 if self.measure.better == "higher" else -1.0
            self.duels.add(sign * np.array([sample.values for sample in samples]))

    def tables(self, places: Mapping[str, Place]) -> dict[str, list[dict[str, Any]]]:
        """Return the rows of `Best`, without the names of scenario and measure, given what `against_best` says."""
        places = keep_untold(self.comparison, places)
        tables = {"against_best": [{"cadence": name, **place._asdict()} for name, place in places.items()]}
        if self.indifference is None:
            return tables
        stated = {"indifference": self.indifference, "probability": self.probability}
        if self.duels is None:
            return tables | {"decisions": [stated | {"note": self.problem}]}
        return tables | {"race": self._race(self.duels), "decisions": [stated | _decision(self.duels)]}

    def _race(self, duels: Duels) -> list[dict[str, Any]]:
        dropped, gone, kept = drop(duels.beaten), left(duels.beaten), retained(duels.beaten)
        return [
            {
                "cadence": name,
                "retained": bool(kept[i]),
                "beaten_by": None if dropped.by[i] < 0 else self.names[dropped.by[i]],
                "beaten_at": _whole(dropped.at[i]),
                "left_at": _whole(gone[i]),
            }
            for i, name in enumerate(self.names)
        ]


def _decision(duels: Duels) -> dict[str, Any]:
    kept = retained(duels.beaten)
    told = {"replications": duels.n, "decided": _alike(duels, kept)}
    if told["decided"]:
        gone = left(duels.beaten)[~kept]
        return told | {"decided_at": _whole(gone.max()) if len(gone) else None, "note": _of_alike(kept)}
    if duels.n < duels.first:
        return told | {"note": f"the first stage takes {duels.first:,} replications"}
    open_pairs = np.isinf(duels.beaten) & np.isinf(duels.beaten.T) & (kept[:, None] | kept) & duels.differ
    if not open_pairs.any():
        return told | {"note": "each of them was beaten by another, in a circle, and no replication more can change it"}
    coming = duels.forecast()
    last = retained(coming)
    likely = coming[~last][:, last].max(initial=0.0) if _alike(duels, last) else np.inf
    latest = np.ceil(duels.latest[open_pairs].max() / duels.batch) * duels.batch
    return told | {"likely": _whole(likely), "latest": _whole(latest), "note": ""}


def _alike(duels: Duels, some: Flags) -> bool:
    """Whether one cadence is left, or several that nothing tells apart."""
    return int(some.sum()) == 1 or (duels.n >= duels.first and not duels.differ[np.ix_(some, some)].any())


def _of_alike(kept: Flags) -> str:
    return "the same in every replication, so any of them may be chosen" if kept.sum() > 1 else ""


def _whole(value: float) -> int | None:
    return int(value) if np.isfinite(value) else None


def against_best(comparison: Comparison, confidence: float = CONFIDENCE) -> dict[str, Place]:
    """Compare every cadence with the best of the others, simultaneously.

    Parameters
    ----------
    comparison
        All cadences of a scenario in one measure.
    confidence
        Probability that all intervals hold together.

    Returns
    -------
    dict
        A place for each cadence, in order. Where lower is better, the best of the others is the lowest, and a cadence
        may be the best if its interval reaches below 0.

    Examples
    --------
    >>> def of(*values): return Sample(np.array(values), np.ones(len(values), dtype=bool))
    >>> days = Yardstick("days", "Days", "all replications", "days", "higher", "mean", "signed day")
    >>> found = Comparison(days, ["silence", "monthly"], "silence")
    >>> found.add({"silence": of(1.0, 2.0, 3.0, 4.0), "monthly": of(3.0, 3.0, 5.0, 4.0)})
    >>> place = against_best(found)["silence"]
    >>> round(place.difference, 2), round(place.low, 2), place.high, place.may_be_best
    (-1.25, -2.04, 0.0, False)
    """
    return _against_best([comparison], confidence)[0]


def _against_best(comparisons: Sequence[Comparison], confidence: float = CONFIDENCE) -> list[dict[str, Place]]:
    """Do so in several scenarios: the limits of all their pairs are looked for at once."""
    found = [_ranked(comparison) for comparison in comparisons]
    several = [comparison for comparison, ranked in zip(comparisons, found, strict=True) if len(ranked) > 1]
    races = iter(_races(several, [ranked for ranked in found if len(ranked) > 1], confidence))
    return [
        _unplaced(comparison, ranked) | (_placed(next(races)) if len(ranked) > 1 else {})
        for comparison, ranked in zip(comparisons, found, strict=True)
    ]


def _ranked(comparison: Comparison) -> list[str]:
    """Return the cadences that have an order; none where the measure gives none."""
    if no_ranking(comparison.measure):
        return []
    counted = np.diag(comparison.influences().counted)
    return [name for name, n in zip(comparison.cadences, counted, strict=True) if n >= 2]


def _unplaced(comparison: Comparison, ranked: Sequence[str]) -> dict[str, Place]:
    """Say of every cadence why it has no place; several that have an order have one."""
    measure, names = comparison.measure, comparison.cadences
    if why := no_ranking(measure):
        return dict.fromkeys(names, _nowhere(why))
    places = {name: _nowhere(measure.empty or "fewer than two replications") for name in names}
    return places | {name: _nowhere("there is no other cadence with a value") for name in ranked}


@dataclass(frozen=True)
class _Race:
    """Several cadences (k,) of one scenario: by how much each is ahead of each other (k, k), at least and at most."""

    comparison: Comparison
    ranked: Sequence[str]
    at: Places
    critical: Floats
    ahead_by: Floats
    least: Floats
    most: Floats


def _placed(race: _Race) -> dict[str, Place]:
    found = race.comparison.influences()
    sign, at = _sign(race.comparison), race.at
    most = race.most.min(axis=1)
    may_be = most >= 0
    least = np.where(may_be, race.least, np.inf)
    note = "" if found.differ[np.ix_(at, at)].any() else SAME
    low = np.minimum(least.min(axis=1), 0.0)
    high = np.maximum(most, 0.0)
    places = {}
    for i, name in enumerate(race.ranked):
        one, other = sign * float(low[i]) + 0.0, sign * float(high[i]) + 0.0  # adding 0 makes a 0 of -0
        places[name] = Place(
            difference=sign * float(race.ahead_by[i].min()) + 0.0,
            low=min(one, other),
            high=max(one, other),
            may_be_best=bool(may_be[i]),
            critical=float(race.critical[i]),
            n=int(found.counted[at[i], at[i]]),
            note=note,
        )
    return places


def keep_untold(comparison: Comparison, places: Mapping[str, Place]) -> dict[str, Place]:
    """Let nobody be better than another where the difference between the two that is shown tells nothing.

    Differences from the baseline are shown. So the baseline is kept among the best where its own difference from the
    one that looks best contains 0; and where the baseline looks best itself, so is every other whose does.

    Parameters
    ----------
    comparison
        All cadences of a scenario in one measure.
    places
        What `against_best` says of them.

    Returns
    -------
    dict
        The same places, but for those that are kept in and the one that looks best: their intervals reach as far as
        their difference does, and the note of those kept in says so.
    """
    base = comparison.baseline
    if base not in places or places[base].may_be_best is None:
        return dict(places)
    sign = 1.0 if comparison.measure.better == "higher" else -1.0
    ranked = [name for name, place in places.items() if place.may_be_best is not None]
    first = max(ranked, key=lambda name: sign * places[name].difference)
    contrasts = comparison.contrasts()
    untold = [
        name
        for name in ([base] if first != base else ranked)
        if places[name].may_be_best is False and contrasts[first if name == base else name].distinguishable is False
    ]
    kept = dict(places)
    for name in untold:
        contrast = contrasts[first if name == base else name]
        # By how much this one may be better than the one that looks best.
        low, high = contrast.low, contrast.high
        reach = (-low if name == base else high) if sign > 0 else (high if name == base else -low)
        whom = f"{first}, the baseline," if first == base else first
        note = f"kept in, since its own difference from {whom} does not tell them apart"
        kept[name] = kept[name]._replace(may_be_best=True, note=note)
        if sign > 0:
            kept[name] = kept[name]._replace(high=reach + 0.0)
            kept[first] = kept[first]._replace(low=min(kept[first].low, -reach))
        else:
            kept[name] = kept[name]._replace(low=-reach + 0.0)
            kept[first] = kept[first]._replace(high=max(kept[first].high, reach))
    return kept


def _races(comparisons: Sequence[Comparison], ranked: Sequence[Sequence[str]], confidence: float) -> list[_Race]:
    """Say by how much each cadence is ahead of each other, in scenarios of one measure.

    What a cadence is ahead at most is limited by its own critical value, and at least by that of the other.
    """
    if not comparisons:
        return []
    places, criticals, several, ends = [], [], [], []
    for comparison, names in zip(comparisons, ranked, strict=True):
        at = np.array([comparison.cadences.index(name) for name in names])
        one, other = _others(len(at))
        places.append(at)
        criticals.append(comparison.errors(names).of_controls(confidence))
        several.append(SideBySide.of(comparison.measure, comparison.influences(), at[one], at[other]))
        ends.append((criticals[-1][one], criticals[-1][other]))
    pairs, sign = SideBySide.joined(several), _sign(comparisons[0])
    own, others = (np.concatenate([each[end] for each in ends]) for end in (0, 1))
    # One way round the upper limit of a pair is asked for, the other way its lower one.
    if sign > 0:
        least, most = pairs.limits(others, own)
    else:
        low, high = pairs.limits(own, others)
        least, most = -high, -low
    cuts = np.cumsum([len(each.n) for each in several])[:-1]
    columns = zip(*(np.split(values, cuts) for values in (sign * pairs.difference, least, most)), strict=True)
    return [
        _Race(comparison, names, at, critical, *(_square(len(at), values) for values in found))
        for comparison, names, at, critical, found in zip(comparisons, ranked, places, criticals, columns, strict=True)
    ]


def _others(k: int) -> tuple[Places, Places]:
    """Return the places of each of k, and of each other."""
    one, other = np.nonzero(~np.eye(k, dtype=np.bool_))
    return one, other


def _square(k: int, values: Floats) -> Floats:
    """Put the values of each and each other into a square (k, k); nobody is among the others."""
    square = np.full((k, k), np.inf)
    square[_others(k)] = values
    return square


def _sign(comparison: Comparison) -> float:
    return 1.0 if comparison.measure.better == "higher" else -1.0


def _nowhere(why: str) -> Place:
    return Place(np.nan, np.nan, np.nan, None, np.nan, 0, why)
