r"""The patient rule induction method: peel the space of assumptions from its sides until what is left fails often.

Friedman & Fisher (1999, Statistics and Computing 9:123-143): from all worlds, the twentieth part of them at one end
of one driver is peeled off, the one whose loss raises the mean of the rest most, and so on. The four drivers whose
restrictions do most are then peeled once more by themselves. Of the boxes on the way the one is chosen that stands
out most: whose failures exceed those of as many worlds taken at random by the most standard errors,

.. math:: z = \frac{\sum_B p (y - \bar y)}{\sqrt{V(y)\, \beta (1 - \beta) / n}},

with :math:`\beta` the share of worlds in it. Then each side is moved out again, or taken away, where that makes z
larger (pasting). Worlds may fail in part: y is then the probability that the world fails.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from timeline.analysis.ignorance.boxes import Box
from timeline.arrays import Floats, Places

PEEL = 0.05
"""Share of the worlds in the box that one peeling takes."""

SMALLEST = 0.05
"""Share of all worlds that a box holds at least."""

MOST_DRIVERS, TRIED, ALONE = 4, 20, 6
"""Drivers that a box restricts: nobody reads a rule of more, and of hundreds of drivers chance builds one of many.
They are chosen among those that are peeled first, and among those that tell failures apart by themselves."""

_NOTHING = 1e-12


@dataclass(frozen=True)
class Peeled:
    """One box on the way: which, share of all failures in it, mean of y in it, share of worlds in it, and z."""

    box: Box
    coverage: float
    density: float
    mass: float
    z: float


def standing_out(path: list[Peeled]) -> Peeled:
    """Return the box on the way that stands out most."""
    return max(path, key=lambda peeled: peeled.z)


class Peeler:
    """Peels boxes from the same worlds for one labelling after another.

    Parameters
    ----------
    x
        Drawn assumptions, shape (worlds, drivers).
    shares
        How much each world counts, shape (worlds,), summing to 1, all above 0.

    Examples
    --------
    >>> x = np.random.default_rng(1).uniform(size=(1000, 5))
    >>> fails = ((x[:, 1] > 0.7) & (x[:, 3] < 0.5)).astype(float)
    >>> found = Peeler(x, np.full(1000, 0.001)).search(fails)
    >>> found.box.rule("abcde"), round(found.coverage, 2), round(found.density, 2)
    ('b at least 0.702 and d at most 0.487', 1.0, 1.0)
    """

    def __init__(self, x: Floats, shares: Floats) -> None:
        self.x, self.shares = x, shares
        self.order = np.ascontiguousarray(np.argsort(x, axis=0, kind="stable").T)
        ordered = np.take_along_axis(x, self.order.T, axis=0)
        self.apart = (ordered[1:] != ordered[:-1]).T
        self.tied = np.flatnonzero(~self.apart.all(axis=1))
        self.worlds = 1 / float(shares @ shares)

    def measured(self, box: Box, y: Floats) -> Peeled:
        """Return a box with its figures."""
        inside = np.flatnonzero(box.holds(self.x))
        own = self.shares[inside]
        return self._peeled(box, float(own.sum()), float(own @ y[inside]), *self._moments(y))

    def _moments(self, y: Floats) -> tuple[float, float]:
        total = float(self.shares @ y)
        return total, float(self.shares @ (y - total) ** 2)

    def _peeled(self, box: Box, mass: float, caught: float, total: float, variance: float) -> Peeled:
        scatter = max(variance * mass * (1 - mass) / self.worlds, 0.0)
        z = (caught - mass * total) / np.sqrt(scatter) if scatter > _NOTHING else 0.0
        return Peeled(box, caught / total if total else 0.0, caught / mass, mass, float(z))

    def path(self, y: Floats) -> list[Peeled]:
        """Return the boxes on the way, from all worlds to the smallest, that restrict the leading drivers only."""
        free = self._path(y, np.arange(len(self.order)), TRIED)
        first = self._leading(standing_out(free).box, y)
        likely = self._path(y, np.union1d(first, self._alone(y)), TRIED)
        second = self._leading(standing_out(likely).box, y)
        paths = [self._path(y, leading, MOST_DRIVERS) for leading in (first, second) if len(leading)]
        return max(paths, key=lambda path: standing_out(path).z, default=free[:1])

    def _alone(self, y: Floats) -> Places:
        """Return the few drivers of which one cut sets failures apart most."""
        over = self.shares * (y - self.shares @ y)
        mass = np.cumsum(self.shares.take(self.order), axis=1)[:, :-1]
        apart = np.abs(np.cumsum(over.take(self.order), axis=1)[:, :-1])
        possible = self.apart & (mass >= SMALLEST) & (mass <= 1 - SMALLEST)
        stands_out = np.where(possible, apart / np.sqrt(np.maximum(mass * (1 - mass), 1e-300)), 0.0)
        return np.argsort(-stands_out.max(axis=1), kind="stable")[:ALONE]

    def _leading(self, box: Box, y: Floats) -> Places:
        """Return the few drivers that are left when a box's least useful restriction is dropped, again and again."""
        drivers = np.array(sorted(box.ranges), dtype=np.int64)
        outside = np.array([~Box({int(d): box.ranges[int(d)]}).holds(self.x) for d in drivers], dtype=np.int64)
        over = self.shares * (y - self.shares @ y)
        while len(drivers) > MOST_DRIVERS:
            without = (outside.sum(axis=0) - outside == 0).astype(np.float64)
            mass = without @ self.shares
            stands_out = without @ over / np.sqrt(np.maximum(mass * (1 - mass), 1e-300))
            kept = np.arange(len(drivers)) != np.argmax(stands_out)
            drivers, outside = drivers[kept], outside[kept]
        return drivers

    def _path(self, y: Floats, rows: Places, most: int) -> list[Peeled]:
        box, inside, order = Box({}), np.ones(len(self.x), dtype=np.bool_), self.order[rows]
        failing, moments = self.shares * y, self._moments(y)
        mass, caught = 1.0, moments[0]
        found = [self._peeled(box, mass, caught, *moments)]
        while caught < mass - _NOTHING:
            row, side, count = self._best_peel(order, rows, failing)
            if count == 0:
                break
            off = order[row, :count] if side == 0 else order[row, order.shape[1] - count :]
            mass, caught = mass - float(self.shares[off].sum()), caught - float(failing[off].sum())
            if mass < SMALLEST - _NOTHING:
                break
            inside[off] = False
            order = order[inside.take(order)].reshape(len(order), -1)
            driver = int(rows[row])
            low, high = box.range_of(driver)
            ends = self.x[order[row, [0, -1]], driver]
            box = box.within(driver, float(ends[0]) if side == 0 else low, high if side == 0 else float(ends[1]))
            if len(box.ranges) == most < len(rows):
                among = np.isin(rows, list(box.ranges))
                order, rows = order[among], rows[among]
            found.append(self._peeled(box, mass, caught, *moments))
        return found

    def search(self, y: Floats) -> Peeled:
        """Return the box that stands out most, pasted."""
        return self.pasted(standing_out(self.path(y)), y)

    def _best_peel(self, order: Places, rows: Places, failing: Floats) -> tuple[int, int, int]:
        """Return row, side (0 low, 1 high) and number of worlds of the peeling that raises the mean most."""
        left = order.shape[1]
        count = max(int(PEEL * left), 1)
        own = self.shares
        ends = np.concatenate([order[:, :count], order[:, left - count :]])
        mass, caught = own.take(ends).sum(axis=1), failing.take(ends).sum(axis=1)
        mass, caught = mass.reshape(2, -1), caught.reshape(2, -1)
        counts = np.full(mass.shape, count)
        for row in np.flatnonzero(np.isin(rows, self.tied)):
            for end in (0, 1):
                off = self._whole_ties(order[row], int(rows[row]), end, count)
                counts[end, row], mass[end, row] = len(off), own[off].sum()
                caught[end, row] = failing[off].sum()
        inside = order[0]
        total, all_caught = own[inside].sum(), failing[inside].sum()
        possible = (counts > 0) & (counts < left) & (mass < total)
        rest = np.where(possible, total - mass, 1.0)
        # Per share taken off: a side that has to give many worlds at once must be worth it.
        gain = np.where(
            possible, ((all_caught - caught) / rest - all_caught / total) / np.maximum(mass, 1e-300), -np.inf
        )
        side, row = np.unravel_index(int(np.argmax(gain)), gain.shape)
        return int(row), int(side), int(counts[side, row]) if possible[side, row] else 0

    def _whole_ties(self, along: Places, driver: int, side: int, count: int) -> Places:
        """Return the worlds at one end: so many, and all that are equal to the last of them; none if that is all."""
        values = self.x[along, driver]
        if side == 0:
            off = along[: np.searchsorted(values, values[count - 1], side="right")]
        else:
            off = along[np.searchsorted(values, values[len(along) - count], side="left") :]
        return off if len(off) < len(along) else along[:0]

    def pasted(self, found: Peeled, y: Floats) -> Peeled:
        """Move or remove sides while that makes the box stand out more."""
        while True:
            tried = [self.measured(box, y) for box in self._wider(found.box)]
            best = max(tried, key=lambda peeled: peeled.z, default=found)
            if best.z <= found.z:
                return found
            found = best

    def _wider(self, box: Box) -> list[Box]:
        """Return the box with each of its sides taken away, or moved out by a few worlds."""
        wider = []
        for driver, (low, high) in box.ranges.items():
            values = np.sort(self.x[box.within(driver).holds(self.x), driver])
            step = max(len(values) // 100, 1)
            below, above = values[values < low], values[values > high]
            if np.isfinite(low):
                wider.append(box.within(driver, -np.inf, high))
                wider += [box.within(driver, float(below[-step]), high)] if len(below) >= step else []
            if np.isfinite(high):
                wider.append(box.within(driver, low, np.inf))
                wider += [box.within(driver, low, float(above[step - 1]))] if len(above) >= step else []
        return wider
