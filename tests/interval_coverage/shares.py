"""Shares: of all replications, paired, and among those that sign."""

from __future__ import annotations

import numpy as np

from interval_coverage.laws import share_measure
from interval_coverage.rows import Row, count
from timeline.analysis.contrasts import Comparison, paired_shares
from timeline.analysis.intervals import Z, wilson
from timeline.analysis.samples import Sample
from timeline.study.yardsticks import SIGN

_REPLICATIONS = 1_000


def study(experiments: int, seed: int) -> list[Row]:
    """Measure how often intervals of shares hold.

    Parameters
    ----------
    experiments
        How many to repeat for each row.
    seed
        What their luck is drawn from.
    """
    rng = np.random.default_rng([seed, 1])
    return [
        _single(experiments, rng, 0.3),
        _single(experiments, rng, 0.01),
        _paired(experiments, rng, 0.04, 0.01),
        _paired(experiments, rng, 0.003, 0.0),
        _among_signers(experiments, rng),
    ]


def _single(experiments: int, rng: np.random.Generator, share: float) -> Row:
    ones = rng.binomial(_REPLICATIONS, share, experiments)
    _, _, low, high = wilson(ones, _REPLICATIONS)
    held = (low <= share) & (share <= high)
    what = f"{share:.0%} of all replications have it"
    return count("share (Wilson)", what, "set", held, (high - low) / 2, _REPLICATIONS, "share")


def _paired(experiments: int, rng: np.random.Generator, first: float, second: float) -> Row:
    only = rng.multinomial(_REPLICATIONS, [first, second, 1 - first - second], experiments)
    found = np.array([paired_shares((a, b), _REPLICATIONS, Z) for a, b, _ in only])
    held = (found[:, 0] <= first - second) & (first - second <= found[:, 1])
    what = f"{first:.1%} have it under one cadence alone, {second:.1%} under the other alone"
    half = (found[:, 1] - found[:, 0]) / 2
    return count("difference of shares (Bonett-Price)", what, "set", held, half, _REPLICATIONS, "share")


def _among_signers(experiments: int, rng: np.random.Generator) -> Row:
    signs, keeps = (0.5, 0.4), (0.6, 0.7)
    held, half = np.empty(experiments, dtype=np.bool_), np.empty(experiments)
    for at in range(experiments):
        luck, own = rng.random(_REPLICATIONS), rng.random((2, _REPLICATIONS))
        found = Comparison(share_measure(SIGN), ("plain", "1"), "plain")
        among = [own[i] < signs[i] for i in range(2)]
        values = [np.where(among[i], luck < keeps[i], 0.0) for i in range(2)]
        found.add({"plain": Sample(values[0], among[0]), "1": Sample(values[1], among[1])})
        contrast = found.contrasts()["1"]
        held[at] = contrast.low <= keeps[1] - keeps[0] <= contrast.high
        half[at] = (contrast.high - contrast.low) / 2
    what = "half sign under one cadence, 40% under the other, each by luck of its own"
    return count("difference of shares among signers (Newcombe)", what, "set", held, half, _REPLICATIONS, "share")
