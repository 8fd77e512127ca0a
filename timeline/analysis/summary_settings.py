"""What a summary keeps, and what two summaries must share to be merged."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from hashlib import blake2b

from timeline.analysis.cross_products import Pairs
from timeline.errors import TimelineError, nearest
from timeline.model.endpoints import Endpoints
from timeline.study.window import Window
from timeline.study.yardsticks import Yardstick, declare_yardsticks


@dataclass(frozen=True)
class MeasuredColumn:
    """One reading of every timeline, which several measures may share.

    Attributes
    ----------
    name
        The key of the first measure that reads it.
    measure
        That measure.
    mean, median
        Whether a mean and a median are made of it.
    """

    name: str
    measure: Yardstick
    mean: bool
    median: bool

    @property
    def of_both(self) -> bool:
        """Whether it is of replications that sign, or reach an accord, under both arms of a pair."""
        return self.measure.of_both


@dataclass(frozen=True)
class SummarySettings:
    """What a summary keeps.

    Attributes
    ----------
    endpoints, window
        How rows are read, and for how long is watched.
    cadences, baseline
        Their names, and the one that the others are compared with.
    measures
        What is estimated; see `choose` for some of a model's measures.
    model
        What else must be the same: a hash of the model's sources and of the seed.
    grid_points
        Number of days of every curve, evenly from 0 to the horizon or the follow-up.
    curves
        Whether curves, causes, hazards and fates are kept.
    pairs
        Whether every two cadences can be compared. If not, each is compared with the baseline only, and intervals that
        hold together are those of independent comparisons (Sidak 1967), which are a little wider.
    first
        From how many replications it is known how the medians of two cadences move together.

    Raises
    ------
    TimelineError
        If the baseline is not among the cadences, or a name is there twice.
    """

    endpoints: Endpoints
    window: Window
    cadences: tuple[str, ...]
    baseline: str
    measures: tuple[Yardstick, ...]
    model: str = ""
    grid_points: int = 181
    curves: bool = True
    pairs: bool = True
    first: int = 500

    def __post_init__(self) -> None:
        if self.baseline not in self.cadences or len(set(self.cadences)) < len(self.cadences):
            raise TimelineError(
                f"summary: cadences {', '.join(self.cadences)} with baseline {self.baseline!r} given, expected the "
                "baseline among different names"
            )

    @classmethod
    def choose(
        cls, endpoints: Endpoints, window: Window, cadences: Sequence[str], baseline: str,
        only: Sequence[str] | None = None, **options: object,
    ) -> SummarySettings:  # fmt: skip
        """Keep all measures of a model, or only some.

        Parameters
        ----------
        endpoints, window, cadences, baseline
            See above.
        only
            Keys of measures; all if None.
        **options
            The other attributes.

        Raises
        ------
        TimelineError
            If there is no such measure.

        Examples
        --------
        >>> ends = Endpoints(phases=(("talks", None),), accord=None, half_verified=None, hostility=None)
        >>> window = Window(100.0, 80.0, (80.0,))
        >>> found = SummarySettings.choose(ends, window, ["silence"], "silence", only=["signed", "in_force_end"])
        >>> [measure.key for measure in found.measures]
        ['in_force_end', 'signed']
        """
        declared = declare_yardsticks(endpoints, window)
        known = [measure.key for measure in declared]
        for key in only or ():
            if key not in known:
                raise TimelineError(
                    f"summary: measure {key!r} given, expected some of {', '.join(known)}{nearest(key, known)}"
                )
        measures = tuple(measure for measure in declared if only is None or measure.key in only)
        return cls(endpoints, window, tuple(cadences), baseline, measures, **options)  # type: ignore[arg-type]

    @cached_property
    def columns(self) -> tuple[MeasuredColumn, ...]:
        """What is read of every timeline."""
        same: dict[object, list[Yardstick]] = {}
        for measure in self.measures:
            if not measure.undefined:
                same.setdefault((measure.reading, measure.detail, measure.of_both), []).append(measure)
        return tuple(
            MeasuredColumn(
                name=sharing[0].key,
                measure=sharing[0],
                mean=any(measure.statistic == "mean" for measure in sharing),
                median=any(measure.statistic == "median" for measure in sharing),
            )
            for sharing in same.values()
        )

    def column_of(self, measure: Yardstick) -> MeasuredColumn:
        """Return what a measure is made of."""
        own = (measure.reading, measure.detail, measure.of_both)
        return next(c for c in self.columns if (c.measure.reading, c.measure.detail, c.of_both) == own)

    def measure(self, key: str) -> Yardstick:
        """Return a measure by its key."""
        known = {measure.key: measure for measure in self.measures}
        if key not in known:
            raise TimelineError(
                f"summary: measure {key!r} given, expected one that is kept: {', '.join(known)}{nearest(key, known)}"
            )
        return known[key]

    @property
    def others(self) -> tuple[str, ...]:
        """The cadences but the baseline."""
        return tuple(name for name in self.cadences if name != self.baseline)

    @property
    def kept_pairs(self) -> Pairs:
        """Of which two cadences products are kept."""
        which = "all" if self.pairs else "baseline"
        return Pairs(len(self.cadences), self.cadences.index(self.baseline), which)  # type: ignore[arg-type]

    @property
    def kept_differences(self) -> Pairs:
        """Of which two differences from the baseline products are kept."""
        return Pairs(len(self.others), 0, "all" if self.pairs else "own")

    @cached_property
    def fingerprint(self) -> bytes:
        """Sixteen bytes that differ if anything does."""
        return blake2b(json.dumps(asdict(self), sort_keys=True).encode(), digest_size=16).digest()

    def require_same(self, other: SummarySettings) -> None:
        """Refuse settings that differ, in one sentence.

        Raises
        ------
        TimelineError
            Naming the first thing that differs.
        """
        for field in fields(self):
            own, theirs = getattr(self, field.name), getattr(other, field.name)
            if own != theirs:
                raise TimelineError(
                    f"summaries: one has {field.name} {_short(own)}, the other {_short(theirs)}, expected the same; "
                    "merge summaries of the same model and settings only"
                )


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
