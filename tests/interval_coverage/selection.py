"""The best cadence: how often the right one is chosen, and how often the intervals against the best hold.

The hardest case for a choice is that the best is ahead of all others by just the indifference. Where several
come closer than that, any of these will do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from interval_coverage.laws import WINDOW, days_measure, share_measure
from interval_coverage.rows import Row, count
from timeline.analysis.best import against_best
from timeline.analysis.contrasts import Comparison
from timeline.analysis.samples import Sample
from timeline.analysis.selection import BATCH, Duels, left, retained
from timeline.arrays import Floats
from timeline.study.questions import FIRST_LOOK

#: Replications that are added at a time.
_PIECE = 5_000

#: After so many an experiment that is still undecided counts as wrong.
_AT_MOST = 500_000

Draw = Callable[[np.random.Generator, int, Sequence[float]], Floats]


def study(experiments: int, seed: int) -> list[Row]:
    """Measure how often the best is chosen, and how often intervals against the best hold.

    Parameters
    ----------
    experiments
        How many to repeat for each row.
    seed
        What their luck is drawn from.
    """
    rng = np.random.default_rng([seed, 5])
    gains, losses = "four of five differences 0, rare gains", "four of five differences 0, rare losses"
    hardest = "the best just ahead"
    return [
        _chosen(experiments, rng, normal, (0.02, 0.0), 0.02, np.inf, f"2 cadences, {hardest}; normal, shared luck"),
        _chosen(experiments, rng, normal, (0.02, *[0.0] * 13), 0.02, np.inf, f"14 cadences, {hardest}; normal"),
        _chosen(experiments, rng, tied, (3.0, 0.0), 3.0, WINDOW, f"2 cadences, {hardest}; {gains}"),
        _chosen(experiments, rng, tied, (3.0, *[0.0] * 4), 3.0, WINDOW, f"5 cadences, {hardest}; {gains}"),
        _chosen(experiments, rng, tied_losses, (3.0, *[0.0] * 4), 3.0, WINDOW, f"5 cadences, {hardest}; {losses}"),
        _chosen(experiments, rng, tied, (3.0, 2.0, 1.0, 0.0, -1.0), 2.5, WINDOW, f"5 cadences close together; {gains}"),
        _chosen(experiments, rng, tied, (3.0, *[0.0] * 4), 3.0, WINDOW, f"rows end at 4,000; {gains}", at_most=4_000),
        _against(experiments, rng, (0.0,) * 5, "5 equal cadences, four of five differences 0"),
        _against(experiments, rng, (3.0, 1.5, 0.0, 0.0, -3.0), "5 cadences, four of five differences 0"),
        _shares(experiments, rng, (0.01, 0.01, 0.008, 0.002), "shares of 4 cadences, 98% of differences 0"),
        *(_one_way(experiments, rng, 0.0242, n) for n in (300, 1_000)),
    ]


def normal(rng: np.random.Generator, n: int, means: Sequence[float]) -> Floats:
    """Draw normal values that share their luck, with variance 1 and correlation 0.8; shape (k, n)."""
    drawn = np.sqrt(0.8) * rng.standard_normal(n) + np.sqrt(0.2) * rng.standard_normal((len(means), n))
    found: Floats = drawn + np.asarray(means)[:, None]
    return found


def tied(rng: np.random.Generator, n: int, means: Sequence[float], sign: float = 1.0) -> Floats:
    """Draw days of which four of five differences are 0, most others small and a few as long as the window.

    The kurtosis of a difference is about 160. One cadence is better than another because days are gained more often.

    Parameters
    ----------
    rng, n
        Generator; how many replications.
    means
        Mean days gained, less a number that all have in common.
    sign
        -1 if instead of being gained more often days are lost more seldom.

    Returns
    -------
    Array
        Shape (k, n).
    """
    mean = 0.95 * 20 + 0.05 * 0.6 * WINDOW
    luck = np.where(rng.random(n) < 0.5, 0.0, rng.random(n) * WINDOW)
    found = np.empty((len(means), n))
    for i, ahead in enumerate(means):
        small = rng.exponential(20.0, n)
        size = np.where(rng.random(n) < 0.05, WINDOW * rng.choice([0.2, 1.0], n), small)
        found[i] = luck + sign * np.where(rng.random(n) < 0.11 + sign * ahead / mean, size, 0.0)
    return found


tied_losses = partial(tied, sign=-1.0)


def race(
    drawn: Draw,
    rng: np.random.Generator,
    means: Sequence[float],
    indifference: float,
    span: float,
    at_most: int = _AT_MOST,
    batch: int = BATCH,
    first: int = FIRST_LOOK,
) -> Duels:
    """Play one experiment until one cadence is left, or rows end."""
    found = Duels(len(means), indifference, 0.95, span=span, batch=batch, first=first)
    while found.n < at_most and retained(found.beaten).sum() > 1:
        found.add(drawn(rng, min(_PIECE, at_most - found.n), means))
    return found


def _chosen(
    experiments: int,
    rng: np.random.Generator,
    drawn: Draw,
    means: Sequence[float],
    indifference: float,
    span: float,
    outcome: str,
    at_most: int = _AT_MOST,
) -> Row:
    """Count how often one of those left is within the indifference of the best; if it need not end early, alone."""
    good = np.asarray(means) > max(means) - indifference
    held, n = np.empty(experiments, dtype=np.bool_), np.empty(experiments)
    for at in range(experiments):
        found = race(drawn, rng, means, indifference, span, at_most)
        kept = retained(found.beaten)
        alone = kept.sum() == 1
        held[at] = bool((kept & good).any()) and (alone or at_most < _AT_MOST)
        n[at] = left(found.beaten)[~kept].max() if alone else found.n
    unit = "days" if span == WINDOW else "number"
    return count("choice of the best", outcome, "set", held, np.full(experiments, indifference), n, unit)


def _against(experiments: int, rng: np.random.Generator, means: Sequence[float], outcome: str) -> Row:
    n, names = 2_000, [f"{number}" for number in range(len(means))]
    everyone = np.ones(n, dtype=np.bool_)

    def play() -> Comparison:
        comparison = Comparison(days_measure(), names, names[0])
        comparison.add({name: Sample(row, everyone) for name, row in zip(names, tied(rng, n, means), strict=True)})
        return comparison

    return _hold(experiments, play, means, n, outcome, "days")


def _shares(experiments: int, rng: np.random.Generator, shares: Sequence[float], outcome: str) -> Row:
    n, names = 2_000, [f"{number}" for number in range(len(shares))]
    everyone = np.ones(n, dtype=np.bool_)

    def play() -> Comparison:
        common, own = rng.random(n) < 0.3, rng.random((len(shares), n))
        rows = common | (own < np.asarray(shares)[:, None])
        comparison = Comparison(share_measure(), names, names[0])
        comparison.add({name: Sample(row.astype(float), everyone) for name, row in zip(names, rows, strict=True)})
        return comparison

    return _hold(experiments, play, [0.7 * share for share in shares], n, outcome, "share")


def _one_way(experiments: int, rng: np.random.Generator, lost: float, n: int) -> Row:
    everyone = np.ones(n, dtype=np.bool_)

    def play() -> Comparison:
        luck = rng.random(n)
        comparison = Comparison(share_measure(), ("0", "1"), "0")
        rows = {"0": luck < 0.4, "1": luck < 0.4 - lost}
        comparison.add({name: Sample(row.astype(float), everyone) for name, row in rows.items()})
        return comparison

    what = f"shares of 2 cadences, {lost:.2%} differ, all one way"
    return _hold(experiments, play, [0.4, 0.4 - lost], n, what, "share")


def _hold(
    experiments: int, play: Callable[[], Comparison], means: Sequence[float], n: int, outcome: str, unit: str
) -> Row:
    truth = [own - max(other for j, other in enumerate(means) if j != i) for i, own in enumerate(means)]
    held, half = np.empty(experiments, dtype=np.bool_), np.empty(experiments)
    for at in range(experiments):
        found = against_best(play()).values()
        held[at] = all(place.low <= value <= place.high for place, value in zip(found, truth, strict=True))
        half[at] = max(place.high - place.low for place in found) / 2
    return count("against the best, simultaneous", outcome, "set", held, half, n, unit)
