"""Summaries that merge: what every estimate of a world needs, without a row.

A summary is of one world and scenario, under all its cadences, over some replications. It holds counts, exact sums of
values and of their products (`timeline.analysis.cross_products`), counts on a grid of days (`timeline.analysis.curves`)
and, for medians, a sketch (`timeline.analysis.sketch`). All these add up. So summaries of other replications of the
same world merge to the summary of all, byte for byte the same in whatever order and however the replications were cut.

Estimates and contrasts are made by the same classes as from rows: they are handed sums where else they are handed
samples. But for medians, which are off by at most 0.8%, all figures are those from rows, up to rounding. A critical value
is found from draws along the axes of a correlation, which turn with its last digit: it agrees to a few in a thousand.

**Size.** All 26 measures of `backchannel` under 14 cadences take 177 kB after 3,000 replications and 248 kB after twelve
million; without curves 116 and 131 kB, without pairs besides 84 and 97 kB; one measure alone 3 kB.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import polars as pl

from timeline.analysis import curves
from timeline.analysis.contrasts import Comparison, Contrast, Standing
from timeline.analysis.cross_products import CrossProducts, Pairs
from timeline.analysis.curves import Curves
from timeline.analysis.estimates import Estimate
from timeline.analysis.exact_sums import Counts, ExactSums, rounded
from timeline.analysis.histories import Histories
from timeline.analysis.influences import Differences, Means, Medians, differences
from timeline.analysis.intervals import CONFIDENCE, Flags, Floats, Moments, Summary, join_notes, without_nan
from timeline.analysis.packing import pack, unpack
from timeline.analysis.samples import Sample, sample
from timeline.analysis.sketch import Sketch, Spread
from timeline.analysis.sketched_medians import NOTE, SketchedMedians
from timeline.analysis.summary_settings import Column, SummarySettings
from timeline.analysis.survival import State
from timeline.errors import StoreError, TimelineError
from timeline.study.yardsticks import BOTH, SIGN, Yardstick

_MAGIC = b"crisis-timeline summary 1\n"
_NOBODY = "nobody signed"
_OWN = "own: "


class First(NamedTuple):
    """Values of the first replications, NaN where none counts.

    Attributes
    ----------
    replications
        Shape (r,): their numbers, rising.
    values
        By column, each of shape (r, k).
    """

    replications: Counts
    values: dict[str, Floats]


@dataclass(frozen=True)
class WorldSummary:
    """What is kept of one world and scenario over some replications.

    Attributes
    ----------
    settings
        What is kept.
    world
        Number of the world.
    ranges
        Shape (r, 2): first replication and the one behind the last, of each range without a gap.
    counts
        Shape (k, ...) each, for k cadences; see `timeline.analysis.curves`.
    days
        Days that agreements were watched within an interval of age, for hazards.
    products
        By column.
    extremes
        By column: shape (2, k), the least and the largest value that counts.
    sketches
        By column: one cell a cadence.
    first
        Values of the first replications.
    """

    settings: SummarySettings
    world: int
    ranges: Counts
    counts: Mapping[str, Counts]
    days: ExactSums
    products: Mapping[str, CrossProducts]
    extremes: Mapping[str, Floats]
    sketches: Mapping[str, Sketch]
    first: First

    @classmethod
    def of(cls, histories: Mapping[str, Histories], settings: SummarySettings, world: int = 0) -> WorldSummary:
        """Summarise a block of replications.

        Parameters
        ----------
        histories
            For every cadence what became of the same replications.
        settings
            What to keep.
        world
            Number of the world.

        Raises
        ------
        TimelineError
            If the cadences are others, or have other replications.

        Examples
        --------
        >>> from timeline.analysis.histories import read_histories
        >>> from timeline.model.endpoints import Endpoints
        >>> from timeline.study.window import Window
        >>> ends = Endpoints(phases=(("talks", None),), accord=None, half_verified=None, hostility=None)
        >>> def play(*days): return read_histories(pl.DataFrame({"replication": range(len(days)), "day": days,
        ...     "outcome": ["collapsed" if day < 90 else "open" for day in days], "cause": "none",
        ...     "signed_day": 5.0}), ends, horizon=90.0)
        >>> settings = SummarySettings.choose(ends, Window(90.0, 80.0, (80.0,)), ["silence", "monthly"], "silence")
        >>> found = WorldSummary.of({"silence": play(30.0, 90.0), "monthly": play(60.0, 90.0)}, settings)
        >>> found.n, found.estimate("monthly", "rmst_in_force_80").estimate
        (2, 65.0)
        >>> found.contrasts("rmst_in_force_80")["monthly"].difference
        15.0
        """
        arms = _same_replications(histories, settings)
        base = histories[settings.baseline]
        counted = [_count(settings, arm, None if arm is base else base) for arm in arms]
        products: dict[str, CrossProducts] = {}
        extremes: dict[str, Floats] = {}
        sketches, first = {}, {}
        for column in settings.columns:
            read = [sample(column.measure, arm) for arm in arms]
            for name, rows in _rows(settings, column, read).items():
                products[name] = CrossProducts.of(*rows)
                if column.mean or column.median:
                    extremes[name] = _extremes(rows.values, rows.among)
            if column.median:
                sketches[column.name] = _sketch(read)
                first[column.name] = np.array([_or_nan(own)[: settings.first] for own in read]).T
        return cls(
            settings=settings,
            world=world,
            ranges=_ranges(base.replication),
            counts=curves.stack([state for state, _ in counted]),
            days=ExactSums.stack([days for _, days in counted]),
            products=products,
            extremes=extremes,
            sketches=sketches,
            first=First(base.replication[: settings.first], first),
        )

    @property
    def n(self) -> int:
        """Number of replications."""
        return int((self.ranges[:, 1] - self.ranges[:, 0]).sum())

    def merge(self, other: WorldSummary) -> WorldSummary:
        """Return the summary of the replications of both.

        Raises
        ------
        TimelineError
            If settings or worlds differ, or a replication is in both.
        """
        self.settings.require_same(other.settings)
        if self.world != other.world:
            raise TimelineError(
                f"summaries: one is of world {self.world}, the other of world {other.world}, expected the same; "
                "merge replications of one world only"
            )
        return WorldSummary(
            settings=self.settings,
            world=self.world,
            ranges=_join(self.ranges, other.ranges),
            counts=curves.add(self.counts, other.counts),
            days=self.days + other.days,
            products={name: own + other.products[name] for name, own in self.products.items()},
            extremes={
                name: np.array([np.minimum(low, other.extremes[name][0]), np.maximum(high, other.extremes[name][1])])
                for name, (low, high) in self.extremes.items()
            },
            sketches={name: own + other.sketches[name] for name, own in self.sketches.items()},
            first=_first_of(self.first, other.first, self.settings.first),
        )

    def to_bytes(self) -> bytes:
        """Return the summary as bytes, the same for the same replications; see `timeline.analysis.packing`."""
        settings = np.frombuffer(self.settings.fingerprint, dtype=np.int64)
        tables = {"settings": settings, "world": np.array([self.world]), "ranges": self.ranges}
        tables |= {f"count {name}": table for name, table in self.counts.items()}
        tables |= _of_sums("days", self.days)
        for name, found in self.products.items():
            tables |= _of_sums(f"squares {name}", found.squares) | _of_sums(f"sums {name}", found.sums)
            tables[f"counted {name}"] = found.counted
        tables |= {f"extremes {name}": found.view(np.int64) for name, found in self.extremes.items()}
        for name, sketch in self.sketches.items():
            tables |= {f"keys {name}": sketch.keys, f"counts {name}": sketch.counts}
        tables |= {"first": self.first.replications}
        # Neighbours are cadences with the same luck, so most of these differ by nothing.
        tables |= {
            f"first {name}": np.ascontiguousarray(found).view(np.int64) for name, found in self.first.values.items()
        }
        return pack(_MAGIC, tables)

    @classmethod
    def from_bytes(cls, data: bytes, settings: SummarySettings) -> WorldSummary:
        """Read what `to_bytes` returned.

        Parameters
        ----------
        data
            The bytes.
        settings
            By which the summary was made.

        Raises
        ------
        StoreError
            If the bytes are no summary, are damaged, or were made by other settings.
        """
        tables = unpack(_MAGIC, data, "summary")
        if tables["settings"].tobytes() != settings.fingerprint:
            raise StoreError(
                "summary: it was made by other settings than those given, expected the same model, window, cadences, "
                "baseline and measures; give the settings it was made by"
            )
        _require_shapes(tables, settings)
        products = {
            name: CrossProducts(
                pairs, _sums(f"squares {name}", tables), _sums(f"sums {name}", tables), tables[f"counted {name}"]
            )
            for name, pairs in _kept(settings).items()
        }
        medians = [column.name for column in settings.columns if column.median]
        return cls(
            settings=settings,
            world=int(tables["world"][0]),
            ranges=tables["ranges"],
            counts=_named("count ", tables),
            days=_sums("days", tables),
            products=products,
            extremes={name: found.view(np.float64) for name, found in _named("extremes ", tables).items()},
            sketches={name: Sketch(tables[f"keys {name}"], tables[f"counts {name}"]) for name in medians},
            first=First(tables["first"], {name: tables[f"first {name}"].view(np.float64) for name in medians}),
        )

    def curves(self, cadence: str) -> Curves:
        """Return what is counted for a cadence by day, state, cause and age.

        Raises
        ------
        TimelineError
            If no curves are kept.
        """
        settings = self.settings
        if not settings.curves:
            raise TimelineError("summary: it keeps no curves, expected curves=True; summarise the timelines anew")
        at, k = settings.cadences.index(cadence), len(settings.cadences)
        found = _curves(settings)
        each = len(self.days.digits) // k
        days = self.days.pick(range(at * each, (at + 1) * each))
        found.restore({name: table[at] for name, table in self.counts.items()}, days)
        return found

    def estimate(self, cadence: str, measure: str) -> Summary:
        """Return a measure of a cadence with its Monte Carlo error, as it would be from rows."""
        own = self.settings.measure(measure)
        if own.of_both and cadence == self.settings.baseline:
            note = "the baseline is compared with each cadence; see both_sign"
            return Estimate(own).summary()._replace(note=note)
        found = self._estimate(cadence, own).summary()
        unsigned = not self._signed(cadence) and own.estimand == SIGN and found.note == own.empty
        return found._replace(note=_NOBODY) if unsigned else found

    def comparison(self, measure: str) -> Comparison:
        """Return a measure under all cadences, compared replication by replication.

        Raises
        ------
        TimelineError
            If each cadence can be compared with the baseline only.
        """
        if not self.settings.pairs:
            raise TimelineError(
                "summary: each cadence can be compared with the baseline only, expected pairs=True for all of them; "
                "summarise the timelines anew"
            )
        return self._compare(self.settings.measure(measure), self.settings.cadences)

    def contrasts(self, measure: str) -> dict[str, Contrast]:
        """Compare every other cadence with the baseline; intervals hold together."""
        settings = self.settings
        if settings.pairs:
            return self.comparison(measure).contrasts()
        own, base = settings.measure(measure), settings.baseline
        # As if the comparisons were independent: Sidak (1967), JASA 62:626-633.
        together = CONFIDENCE ** (1 / max(len(settings.others), 1))
        return {name: self._compare(own, (name, base)).pairs(together)[name, base] for name in settings.others}

    def standings(self, measure: str) -> dict[str, Standing]:
        """Say which cadences cannot be told from the best."""
        return self.comparison(measure).standings()

    def _signed(self, cadence: str) -> int:
        return int(self.counts["signed"][self.settings.cadences.index(cadence), 0])

    def _estimate(self, cadence: str, measure: Yardstick) -> Estimate:
        if measure.undefined:
            return Estimate(measure)
        column = self.settings.column_of(measure)
        name = _OWN + column.name if column.of_both else column.name
        names = self.settings.others if column.of_both else self.settings.cadences
        at = names.index(cadence)
        if measure.statistic == "median":
            return self._median(measure, column, at)
        found = self.products[name].of_cadences([at], centred=measure.statistic == "mean")
        away, squares = (float(rounded(part, found.lowest)[0, 0]) for part in (found.sums, found.squares))
        counted = int(rounded(found.counted, found.lowest)[0, 0])
        if measure.statistic == "share":
            return Estimate.of(measure, count=counted, ones=int(away))
        low, high = self.extremes[name][:, at].tolist()
        return Estimate.of(measure, moments=Moments.of(counted, found.centre, away, squares, (low, high)))

    def _median(self, measure: Yardstick, column: Column, at: int) -> Estimate:
        if self.n <= self.settings.first:
            found = Estimate(measure)
            found.add(_sample(self.first.values[column.name][:, at]))
            return found
        median = self._spread(column, at).median()
        return Estimate.of(measure, median=median._replace(note=join_notes(median.note, NOTE)))

    def _spread(self, column: Column, at: int) -> Spread:
        return self.sketches[column.name].cell(at).within(*self.extremes[column.name][:, at].tolist())

    def _compare(self, measure: Yardstick, names: tuple[str, ...]) -> Comparison:
        settings = self.settings
        nobody = not self.counts["signed"].any() and measure.estimand in (SIGN, BOTH)
        own = replace(measure, empty=_NOBODY) if nobody else measure
        if measure.undefined:
            return Comparison(own, names, settings.baseline)
        column = settings.column_of(measure)
        if column.of_both:
            places = [settings.others.index(name) for name in names if name != settings.baseline]
            found = self.products[column.name].of_cadences(places).less(None)
            return Comparison.of(own, names, settings.baseline, Differences.of(names, settings.baseline, self.n, found))
        places = [settings.cadences.index(name) for name in names]
        if measure.statistic == "median":
            return Comparison.of(own, names, settings.baseline, self._medians(column, names, places))
        products = self.products[column.name].of_cadences(places, centred=measure.statistic == "mean")
        rows, differ = products.less(names.index(settings.baseline)), np.triu(products.differ, 1)
        means = Means.of(names, settings.baseline, measure.statistic, self.n, rows, differ)
        return Comparison.of(own, names, settings.baseline, means)

    def _medians(self, column: Column, names: tuple[str, ...], places: list[int]) -> Medians | SketchedMedians:
        first = self.first.values[column.name][:, places]
        if self.n <= self.settings.first:
            exact = Medians(names)
            exact.add({name: _sample(values) for name, values in zip(names, first.T, strict=True)})
            return exact
        products = self.products[column.name].of_cadences(places)
        counted = rounded(products.counted, products.lowest)
        spreads = [self._spread(column, at) for at in places]
        return SketchedMedians(names, spreads, self.n, counted, products.differ, first)


class Summaries:
    """A sink for timelines: a summary of each world, whatever the order in which blocks come.

    Parameters
    ----------
    settings
        What to keep.

    Attributes
    ----------
    worlds
        By number of the world.
    """

    def __init__(self, settings: SummarySettings) -> None:
        self.settings = settings
        self.worlds: dict[int, WorldSummary] = {}

    def take(self, world: int, first: int, histories: Mapping[str, Histories]) -> None:
        """Add a block of replications of a world, from replication `first` on.

        Raises
        ------
        TimelineError
            As for `WorldSummary.of` and `WorldSummary.merge`, or if the block begins with another replication.
        """
        found = WorldSummary.of(histories, self.settings, world)
        begins = int(found.ranges[0, 0]) if len(found.ranges) else first
        if begins != first:
            raise TimelineError(
                f"summaries: world {world}: a block from replication {first} on was announced, it begins with "
                f"{begins}; give the number of its first replication"
            )
        self.add(found)

    def add(self, summary: WorldSummary) -> None:
        """Add a summary made elsewhere, by the same settings."""
        self.settings.require_same(summary.settings)
        before = self.worlds.get(summary.world)
        self.worlds[summary.world] = summary if before is None else before.merge(summary)

    def table(self, contrasts: bool = True) -> pl.DataFrame:
        """Put all estimates, and what each cadence is ahead of the baseline, into a frame.

        Parameters
        ----------
        contrasts
            Whether to compare the cadences; that takes most of the time.

        Returns
        -------
        DataFrame
            world, cadence, measure, estimate, se, low, high, n, note; then difference, difference_se, difference_low,
            difference_high, critical, distinguishable, difference_note: null for the baseline. By world.
        """
        rows = []
        for world in sorted(self.worlds):
            summary = self.worlds[world]
            for measure in self.settings.measures:
                against = summary.contrasts(measure.key) if contrasts else {}
                for cadence in self.settings.cadences:
                    row = {"world": world, "cadence": cadence, "measure": measure.key}
                    own = summary.estimate(cadence, measure.key)._asdict()
                    rows.append(row | own | (_against(against[cadence]) if cadence in against else {}))
        return without_nan(pl.DataFrame(rows, schema=_TABLE))


_NUMBER, _WORD = pl.Float64, pl.String
_TABLE: dict[str, type[pl.DataType]] = {
    "world": pl.Int64,
    "cadence": _WORD,
    "measure": _WORD,
    "estimate": _NUMBER,
    "se": _NUMBER,
    "low": _NUMBER,
    "high": _NUMBER,
    "n": pl.Int64,
    "note": _WORD,
    "difference": _NUMBER,
    "difference_se": _NUMBER,
    "difference_low": _NUMBER,
    "difference_high": _NUMBER,
    "critical": _NUMBER,
    "distinguishable": pl.Boolean,
    "difference_note": _WORD,
}


def _against(contrast: Contrast) -> dict[str, object]:
    return {
        "difference": contrast.difference,
        "difference_se": contrast.se,
        "difference_low": contrast.low,
        "difference_high": contrast.high,
        "critical": contrast.critical,
        "distinguishable": contrast.distinguishable,
        "difference_note": contrast.note,
    }


def _same_replications(histories: Mapping[str, Histories], settings: SummarySettings) -> list[Histories]:
    if set(histories) != set(settings.cadences):
        raise TimelineError(
            f"summary: cadences {', '.join(histories)} given, expected {', '.join(settings.cadences)}; "
            "give every cadence of the settings"
        )
    arms = [histories[name] for name in settings.cadences]
    for name, arm in zip(settings.cadences, arms, strict=True):
        if not np.array_equal(arm.replication, arms[0].replication):
            raise TimelineError(
                f"summary: {name} has other replications than {settings.cadences[0]}, expected the same ones under "
                "every cadence; cut the block to those that all have"
            )
    return arms


def _curves(settings: SummarySettings) -> Curves:
    return Curves(settings.endpoints, settings.window, settings.grid_points)


def _count(settings: SummarySettings, arm: Histories, base: Histories | None) -> tuple[State, ExactSums]:
    """Return what is counted of an arm, and the days for its hazards."""
    signed = {"signed": np.array([np.count_nonzero(np.isfinite(arm.signed))])}
    if not settings.curves:
        return signed, ExactSums.of_digits(0, {})
    found = _curves(settings)
    found.add(arm, base)
    return signed | found.state(), found.hazards.since


class _Rows(NamedTuple):
    """Values (k, n), 0 where none counts, and which count (k, n); with the pairs whose products are kept."""

    pairs: Pairs
    values: Floats
    among: Flags


def _rows(settings: SummarySettings, column: Column, read: Sequence[Sample]) -> dict[str, _Rows]:
    """Return the rows of a column: of each cadence; or of each but the baseline where both count, less it and alone."""
    if not column.of_both:
        among = np.array([own.among for own in read])
        values = np.where(among, [own.values for own in read], 0.0)
        return {column.name: _Rows(settings.kept_pairs, values, among)}
    base = settings.cadences.index(settings.baseline)
    others = [own for at, own in enumerate(read) if at != base]
    away, both = differences(others, read[base])
    alone = np.where(both, np.array([own.values for own in others]).reshape(both.shape), 0.0)
    kept = _kept_of(settings, column)
    return {name: _Rows(kept[name], rows, both) for name, rows in zip(kept, (away, alone), strict=True)}


def _kept(settings: SummarySettings) -> dict[str, Pairs]:
    """Of which two cadences products are kept, by name."""
    return {name: pairs for column in settings.columns for name, pairs in _kept_of(settings, column).items()}


def _kept_of(settings: SummarySettings, column: Column) -> dict[str, Pairs]:
    if not column.of_both:
        return {column.name: settings.kept_pairs}
    return {column.name: settings.kept_differences, _OWN + column.name: Pairs(len(settings.others), 0, "own")}


def _extremes(values: Floats, among: Flags) -> Floats:
    # Adding 0 makes a 0 of -0, which would be other bytes.
    low = np.where(among, values, np.inf).min(axis=1, initial=np.inf)
    high = np.where(among, values, -np.inf).max(axis=1, initial=-np.inf)
    found: Floats = np.array([low, high]) + 0.0
    return found


def _sketch(read: Sequence[Sample]) -> Sketch:
    cells = np.concatenate([np.full(np.count_nonzero(own.among), at) for at, own in enumerate(read)])
    return Sketch.of(cells, np.concatenate([own.values[own.among] for own in read]))


def _or_nan(own: Sample) -> Floats:
    return np.where(own.among, own.values + 0.0, np.nan)


def _sample(values: Floats) -> Sample:
    among = ~np.isnan(values)
    return Sample(np.where(among, values, 0.0), among)


def _ranges(replication: Counts) -> Counts:
    if not len(replication):
        return np.zeros((0, 2), dtype=np.int64)
    gaps = np.flatnonzero(np.diff(replication) != 1)
    begins = replication[np.concatenate([[0], gaps + 1])]
    return np.stack([begins, replication[np.concatenate([gaps, [-1]])] + 1], axis=1)


def _join(one: Counts, other: Counts) -> Counts:
    """Join ranges that have nothing in common."""
    together = np.concatenate([one, other])
    together = together[np.argsort(together[:, 0], kind="stable")]
    again = np.flatnonzero(together[1:, 0] < together[:-1, 1])
    if len(again):
        raise TimelineError(
            f"summaries: replication {together[again[0] + 1, 0]} is in both, expected different replications; "
            "merge every block once"
        )
    apart = together[1:, 0] > together[:-1, 1]
    begins = together[:, 0][np.concatenate([[True], apart])] if len(together) else together[:, 0]
    ends = together[:, 1][np.concatenate([apart, [True]])] if len(together) else together[:, 1]
    return np.stack([begins, ends], axis=1)


def _first_of(one: First, other: First, most: int) -> First:
    replications = np.concatenate([one.replications, other.replications])
    kept = np.argsort(replications)[:most]
    values = {name: np.concatenate([own, other.values[name]])[kept] for name, own in one.values.items()}
    return First(replications[kept], values)


def _require_shapes(tables: Mapping[str, Counts], settings: SummarySettings) -> None:
    """Refuse tables that would be read as something else; what occurs by chance, such as a cause, may be missing."""
    k, medians = len(settings.cadences), [column.name for column in settings.columns if column.median]
    n = len(tables.get("first", ()))
    shapes: dict[str, tuple[int | None, ...]] = {"world": (1,), "ranges": (None, 2), "first": (n,), "lowest days": (1,)}
    shapes |= {"digits days": (None, None), "count signed": (k, 1)}
    for name, pairs in _kept(settings).items():
        unordered, ordered = len(pairs.unordered[0]), len(pairs.ordered[0])
        shapes |= {f"counted {name}": (unordered,), f"lowest squares {name}": (1,), f"lowest sums {name}": (1,)}
        shapes |= {f"digits squares {name}": (None, unordered), f"digits sums {name}": (None, ordered)}
    for name in medians:
        shapes |= {f"first {name}": (n, k), f"keys {name}": (None,), f"counts {name}": tables[f"keys {name}"].shape}
    shapes |= {name: (k, *[None] * (table.ndim - 1)) for name, table in tables.items() if name.startswith("count ")}
    for name, shape in shapes.items():
        given = tables[name].shape if name in tables else None
        if given is None or [a if b is None else b for a, b in zip(given, shape, strict=False)] != list(given):
            raise StoreError(f"summary: {name} has shape {given}, expected {shape}; make the summary anew")


def _of_sums(name: str, found: ExactSums) -> dict[str, Counts]:
    settled = found.settled()
    # Digits of one place stand together: for the highest many are alike.
    return {f"digits {name}": np.ascontiguousarray(settled.digits.T), f"lowest {name}": np.array([settled.lowest])}


def _sums(name: str, tables: Mapping[str, Counts]) -> ExactSums:
    return ExactSums(int(tables[f"lowest {name}"][0]), tables[f"digits {name}"].T)


def _named(before: str, tables: Mapping[str, Counts]) -> dict[str, Counts]:
    return {name.removeprefix(before): table for name, table in tables.items() if name.startswith(before)}
