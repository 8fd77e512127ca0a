r"""Selection: one cadence chosen, with a stated probability that none is better by much.

The procedure is KN of Kim & Nelson (2001), ACM Transactions on Modeling and Computer Simulation
11(3):251-273, which is meant for systems that share their luck. It looks at the replications in their
order. Every two cadences are compared after each further batch of 50, and one beats the other as soon as
it is further ahead than luck explains. After :math:`r` replications, with :math:`\delta` the
*indifference* (the smallest difference that matters), :math:`l` beats :math:`i` if

.. math:: \bar X_i(r) < \bar X_l(r) - W_{il}(r), \qquad
          W_{il}(r) = \max\left\{0, \frac{\delta}{2 r}\left(\frac{h^2 S^2_{il}}{\delta^2} - r\right)\right\},

with :math:`h^2 = 2 \eta (n_0 - 1)` and :math:`\eta = \frac12 [(2\alpha / (k - 1))^{-2 / (n_0 - 1)} - 1]` (KN with
c = 1), :math:`S^2_{il}` the variance of the paired differences in the first stage. The choice is a function of the
rows: it needs no other luck than that of the run, and comes out the same wherever the rows are cut.

**Normal?** KN asks for normal differences; ours are bounded, skewed and mostly 0. Sums of 50 are near enough to normal
for the boundary, which lies many batches away. The first stage is 2,000 replications, :math:`n_0 = 40` batches.

**Variance.** :math:`S^2_{il}` is taken from the 2,000 single differences. From heavy-tailed ones (kurtosis about 100)
it is as sure as from 40 normal batches, which is what :math:`h^2` allows for. And one imaginary replication is added
to it, in which the two cadences differ by all that the measure allows. This is little for an ordinary pair. But a pair
that hardly ever differs, and may show no variance at all in a first stage, is not decided by the first difference that
turns up. The kurtosis of a bounded difference is at most its squared bound by its variance, so the addition grows as
the kurtosis does.

**Who is left.** KN drops a cadence as soon as any that is still in the race has beaten it, and promises to choose the
best if that is at least :math:`\delta` ahead of all others. Which it chooses when others come closer, it does not
promise: the best may be dropped for one a little worse, and that one for a still worse one. Rows are at hand of every
cadence, so here one that was dropped is out only once some cadence in the race has itself beaten it. *Retained* are
all that are in the race or not out. With probability :math:`1 - \alpha` no cadence that is worse than the best by
:math:`\delta` or more ever beats it; that is KN's own bound, pair by pair. If so, either the best is retained, or a
retained cadence has beaten it, which is then within :math:`\delta` of it. Hence, at any time, and also when the rows
end too early:

    with probability at least 1 - alpha, at least one retained cadence is the best or within the indifference of it.

Whoever is retained alone is *chosen*.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from timeline.arrays import Flags, Floats
from timeline.study.questions import FIRST_LOOK

BATCH = 50
"""Replications between two looks."""


def squared_height(k: int, probability: float, stages: int) -> float:
    """KN's h squared: how many variances high the boundary begins.

    Parameters
    ----------
    k
        How many cadences there are.
    probability
        Of a correct selection.
    stages
        Observations in the first stage, n0.

    Examples
    --------
    >>> round(squared_height(2, 0.95, 10), 2), round(squared_height(14, 0.95, 40), 2)
    (6.01, 11.06)
    """
    eta: float = 0.5 * ((2 * (1 - probability) / (k - 1)) ** (-2 / (stages - 1)) - 1)
    return 2 * eta * (stages - 1)


class Duels:
    """Every two of k cadences compared as replications come, until one has beaten the other.

    Parameters
    ----------
    k
        How many cadences there are, at least two.
    indifference
        The smallest difference that matters, above 0.
    probability
        Of a correct selection, above 1 / k and below 1.
    span
        The largest difference that there can be; where nothing bounds it, the range seen in the first stage is taken.
    batch, first
        Replications between two looks, and in the first stage: a multiple of the former.

    Attributes
    ----------
    n
        Replications so far.
    beaten
        Shape (k, k): after how many replications the first of two was beaten by the second; infinity if it was not.
    differ
        Shape (k, k): whether two differ in any replication.

    Examples
    --------
    Of three cadences, the first two are the same, and under the third every other agreement lasts a day longer.

    >>> base = np.arange(100.0) % 10
    >>> found = Duels(3, indifference=1.0, probability=0.9, span=20.0, batch=2, first=20)
    >>> found.add(np.array([base, base, base + np.arange(100) % 2]))
    >>> found.beaten.tolist()
    [[inf, inf, 62.0], [inf, inf, 62.0], [inf, inf, inf]]
    >>> retained(found.beaten).tolist()
    [False, False, True]
    """

    def __init__(
        self,
        k: int,
        indifference: float,
        probability: float,
        *,
        span: float = np.inf,
        batch: int = BATCH,
        first: int = FIRST_LOOK,
    ) -> None:
        self.indifference, self.span, self.batch, self.first = indifference, span, batch, first
        self.n = 0
        self.beaten = np.full((k, k), np.inf)
        self.differ = np.zeros((k, k), dtype=np.bool_)
        #: By how much one of two has to lead at the outset, as a sum over replications; none before the first stage.
        self.heights = np.full((k, k), np.inf)
        self._height = squared_height(k, probability, first // batch) / (2 * indifference)
        self._decided = 0
        self._about = 0.0
        self._sums = np.zeros(k)
        self._waiting = np.empty((k, 0))

    @property
    def latest(self) -> Floats:
        """After how many replications the lead alone decides, at the latest, shape (k, k)."""
        return 2 * self.heights / self.indifference

    def add(self, values: Floats) -> None:
        """Add further replications in their order, shape (k, n); higher is better."""
        self.n += values.shape[1]
        if not self.differ[np.triu_indices(len(self.differ), 1)].all():
            seen: dict[bytes, int] = {}
            number = np.array([seen.setdefault((own + 0.0).tobytes(), len(seen)) for own in values])
            self.differ |= number[:, None] != number
        values = np.concatenate([self._waiting, values], axis=1)
        if not self._decided:
            if values.shape[1] < self.first:
                self._waiting = values
                return
            self._begin(values[:, : self.first])
            values = values[:, self.first :]
        whole = values.shape[1] // self.batch * self.batch
        self._waiting = values[:, whole:]
        if whole:
            self._look(self._batches(values[:, :whole]))

    def forecast(self) -> Floats:
        """`beaten` as it will be if every lead goes on growing as it did; infinity where nothing tells two apart."""
        found = self.beaten.copy()
        if not self._decided:
            return found
        lead = self._sums[:, None] - self._sums[None, :]
        behind = (lead < 0) & np.isinf(found) & np.isinf(found.T)
        meets = self.heights[behind] / (-lead[behind] / self._decided + self.indifference / 2)
        found[behind] = np.maximum(np.ceil(meets / self.batch) * self.batch, self._decided + self.batch)
        return found

    def _begin(self, values: Floats) -> None:
        self._about = float(values.mean())
        imaginary = (self.span if self.span < np.inf else float(np.ptp(values))) ** 2 / self.first
        for i in range(len(values)):
            variances = (values[i] - values).var(axis=1, ddof=1)
            self.heights[i] = self._height * (variances + imaginary)
        if imaginary == 0.0:  # nothing has varied under any cadence, so nothing is known of how much it can
            self.heights[:] = np.inf
        self._look(self._batches(values), since=self.first)

    def _batches(self, values: Floats) -> Floats:
        """Sums of whole batches, shape (k, b)."""
        batches: Floats = (values - self._about).reshape(len(values), -1, self.batch).sum(axis=2)
        return batches

    def _look(self, batches: Floats, since: int = 0) -> None:
        """Compare all that have not beaten each other yet after each of these batches (k, b) in turn."""
        # One addition after the other, so that rounding does not depend on where the rows are cut.
        sums = np.cumsum(np.concatenate([self._sums[:, None], batches], axis=1), axis=1)[:, 1:]
        played = self._decided + self.batch * np.arange(1, batches.shape[1] + 1)
        self._sums, self._decided = sums[:, -1], int(played[-1])
        sums, played = sums[:, played >= since], played[played >= since]
        one, other = np.nonzero(np.triu(np.isinf(self.beaten) & np.isinf(self.beaten.T), 1))
        lead = sums[one] - sums[other]
        room = np.maximum(self.heights[one, other][:, None] - self.indifference / 2 * played, 0.0)
        beyond = np.abs(lead) > room
        over = np.flatnonzero(beyond.any(axis=1))
        at = beyond[over].argmax(axis=1)
        ahead = lead[over, at] > 0
        loser, winner = np.where(ahead, other[over], one[over]), np.where(ahead, one[over], other[over])
        self.beaten[loser, winner] = played[at]


class Dropped(NamedTuple):
    """When KN dropped each cadence: after `at` replications (k,), infinity if never; for rival `by` (k,), else -1.

    Of several rivals that beat it at the same time, the one that stayed longest.
    """

    at: Floats
    by: npt.NDArray[np.intp]


def drop(beaten: Floats) -> Dropped:
    """Drop cadences as KN does: whom another that is still in the race has beaten.

    Parameters
    ----------
    beaten
        Shape (k, k), see `Duels`.

    Examples
    --------
    The first is beaten by the second, which had been dropped for the third before.

    >>> never = np.inf
    >>> drop(np.array([[never, 300.0, 400.0], [never, never, 200.0], [never, never, never]]))
    Dropped(at=array([400., 200.,  inf]), by=array([ 2,  2, -1]))
    """
    k = len(beaten)
    at = np.full(k, np.inf)
    for when in np.unique(beaten[np.isfinite(beaten)]):
        racing = np.isinf(at)
        at[((beaten == when) & racing).any(axis=1) & racing] = when
    # Those that beat it then, while they were in the race themselves.
    rivals = (beaten == at[:, None]) & (at >= at[:, None]) & np.isfinite(at)[:, None]
    by = np.where(rivals, at, -np.inf).argmax(axis=1)
    return Dropped(at, np.where(np.isfinite(at), by, -1))


def retained(beaten: Floats, until: float = np.inf) -> Flags:
    """Return which cadences are in the race, or have not been beaten by any that is, shape (k,).

    Parameters
    ----------
    beaten
        Shape (k, k), see `Duels`.
    until
        After so many replications.

    Examples
    --------
    The first was dropped for the second, and that for the third, which has not beaten the first: it may be better.

    >>> never = np.inf
    >>> beaten = np.array([[never, 200.0, 500.0], [never, never, 300.0], [never, never, never]])
    >>> retained(beaten, until=250.0).tolist(), retained(beaten, until=400.0).tolist(), retained(beaten).tolist()
    ([False, True, True], [True, False, True], [False, False, True])
    """
    return _retained(beaten, drop(beaten).at, until)


def _retained(beaten: Floats, dropped: Floats, until: float) -> Flags:
    racing = np.isinf(dropped) | (dropped > until)
    by_racing = beaten[:, racing]
    return np.asarray(racing | ~(np.isfinite(by_racing) & (by_racing <= until)).any(axis=1))


def left(beaten: Floats) -> Floats:
    """Return after how many replications each cadence was out for good, shape (k,); infinity if it is retained.

    Examples
    --------
    >>> never = np.inf
    >>> left(np.array([[never, 200.0, 500.0], [never, never, 300.0], [never, never, never]])).tolist()
    [500.0, 300.0, inf]
    """
    found, dropped = np.full(len(beaten), np.inf), drop(beaten).at
    for when in np.unique(beaten[np.isfinite(beaten)]):
        found = np.where(_retained(beaten, dropped, when), np.inf, np.minimum(found, when))
    return found
