"""What is not known, as it is kept beside a run's results: ignorance, beside chance.

Worlds are drawn and played with the model at hand; what they say is kept as plain tables, so that a page needs no
model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any

import polars as pl

from timeline.analysis.ignorance.findings import WorldFindings
from timeline.analysis.ignorance.hanging import Sensitivity
from timeline.errors import StoreError
from timeline.study.keys import key_of

if TYPE_CHECKING:
    from timeline.keeping.store import Store

UNKNOWN = "unknown.json"
#: Columns that a page reads.
_NEEDED = {
    "differences": ("world", "arm", "value", "difference", "se"),
    "split": ("measure", "arm", "of", "part", "deviation", "share"),
    "quantiles": ("measure", "arm", "of", "at", "quantile", "low", "high"),
    "best": ("measure", "arm", "best", "within", "ahead", "regret", "far", "worst"),
    "dominance": ("arm", "over", "order", "sure", "shortfall"),
    "perfect_by": ("measure", "unit", "value", "low", "high"),
    "information": ("measure", "name", "kind", "value", "se", "floor", "stands_out"),
    "drivers": ("driver", "score", "low", "high", "floor", "stands_out"),
    "boxes": ("rule", "coverage", "density", "mass", "base", "p_value"),
    "tree": ("rule", "mean", "mass"),
    "bands": ("target", "low", "high", "inside", "source"),
    "other_worlds": ("arm", "low", "middle", "high", "best", "within", "regret"),
    "structures": ("structure", "best", "lead", "lead_low", "advice_best", "advice_does"),
    "studies": ("of", "size", "value", "se", "cross_fitted"),
}
_FRAMES = tuple(f.name for f in fields(WorldFindings) if f.type == "pl.DataFrame")
_TEXTS = ("key", "scenario", "worlds", "directions", "record", "other")
_OWN_FRAMES = ("bands", "differing", "other_worlds", "structures", "studies")


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
    record
        The checksum of the record that bands were taken from; empty if the published figures were.
    other, other_worlds
        Where worlds come from whose ratios keep to the essays' side where these do not, or the reverse, and what they
        say: `timeline.analysis.ignorance.findings.outline`. Empty if they are not asked for.
    structures
        How the advice does in other structures: `timeline.analysis.ignorance.structures.structure_table`.
    studies
        What studies would be worth: of, size, value, se, cross_fitted.
    sensitivity
        What a screening of all assumptions has found, if one is asked for.
    """

    key: str
    scenario: str
    found: WorldFindings
    worlds: str
    directions: str
    bands: pl.DataFrame
    differing: pl.DataFrame
    record: str = ""
    other: str = ""
    other_worlds: pl.DataFrame = field(default_factory=pl.DataFrame)
    structures: pl.DataFrame = field(default_factory=pl.DataFrame)
    studies: pl.DataFrame = field(default_factory=pl.DataFrame)
    sensitivity: Sensitivity | None = None

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        plain = {
            name: getattr(self.found, name) for name in (f.name for f in fields(WorldFindings)) if name not in _FRAMES
        }
        frames = {name: getattr(self.found, name) for name in _FRAMES}
        frames |= {name: getattr(self, name) for name in _OWN_FRAMES}
        return {
            **{name: getattr(self, name) for name in _TEXTS},
            "found": plain,
            "frames": {name: frame.to_dict(as_series=False) for name, frame in frames.items()},
            "sensitivity": None if self.sensitivity is None else self.sensitivity.to_json(),
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
            named: dict[str, Any] = {name: str(content[name]) for name in _TEXTS}
            screened = content["sensitivity"]
            if set(found.perfect_by["measure"]) != set(found.best["measure"]):
                raise ValueError("given the worth of knowing by other measures than it has")
            others = frames["other_worlds"]
            if others.width and set(others["arm"]) != set(found.arms):
                raise ValueError("given other cadences among the worlds of the other directions")
            if (
                not {found.baseline, found.advice, found.rival}
                <= set(found.arms)
                == set(found.best.filter(measure=found.measure)["arm"])
            ):
                raise ValueError("given other cadences in its tables than it names")
            named |= {name: frames[name] for name in _OWN_FRAMES}
            sensitivity = None if screened is None else Sensitivity.from_json(screened)
            return cls(found=found, sensitivity=sensitivity, **named)
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
    # What else is asked of worlds moves none of what they come to.
    return key_of([store.run, dict(config.uncertainty, further=None), asdict(config.analysis), arms])


def unknown_key(store: Store) -> str | None:
    """Return what stands for what those worlds say: against which baseline, and what difference matters."""
    config, played = store.resolved.config, played_key(store)
    if played is None:
        return None
    chosen = None if config.selection is None else asdict(config.selection)
    further = {} if config.uncertainty is None else config.uncertainty.get("further")
    crossed = "scenarios" in further.get("structures", ()) if further else False
    others = list(store.resolved.keys.values()) if crossed else []
    return key_of([played, config.baseline, chosen, further, others])
