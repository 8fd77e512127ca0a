"""What each clock heeds: the fields its pace and its effect read, and whether it reads the cadence."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from timeline.derived.touches import Paths, Touches, roots_of, touches
from timeline.explaining.history import _field
from timeline.model.declarations import Member, Model, renewal_path
from timeline.model.laws import law_functions
from timeline.model.records import compose


@dataclass(frozen=True)
class Heeds:
    """What one clock heeds.

    Attributes
    ----------
    pace
        Fields that its speed and its law read, and the one it renews on; None if they could not be derived.
    effect
        Fields that its event reads; None if they could not be derived.
    levers
        Whether any of its functions reads the cadence: then it carries out the policy.
    """

    pace: frozenset[str] | None
    effect: frozenset[str] | None
    levers: bool


#: By identity, for a model need not be hashable; each keeps its model alive, so they are few.
_KNOWN: dict[int, tuple[Model, list[Heeds]]] = {}
_MOST = 8


def heeds(model: Model) -> list[Heeds]:
    """Derive what each member's clock heeds, in the order of the members; of a model that is loaded, once."""
    known = _KNOWN.get(id(model))
    if known is None:
        if len(_KNOWN) >= _MOST:
            _KNOWN.clear()
        known = _KNOWN[id(model)] = model, [_heeds(model, member) for member in model.members]
    return list(known[1])


def of_the_policy_alone(model: Model, heeded: Iterable[Heeds]) -> set[str]:
    """Return the fields that only clocks of the policy heed, such as that a report is being prepared.

    As long as two worlds differ in these alone, nothing but the policy itself could tell them apart.
    """
    found = {path for path, _ in _leaves(model)}
    for one in heeded:
        if not one.levers:
            if one.pace is None or one.effect is None:
                return set()
            found -= one.pace | one.effect
    return found - {"outcome"}


def _leaves(model: Model) -> Iterable[tuple[str, Any]]:
    from timeline.model.records import leaves

    return leaves(model.state)


def _heeds(model: Model, member: Member) -> Heeds:
    both = compose("World", {"s": model.state, "p": model.parameters})
    roots: dict[str, Paths] = {
        name: frozenset(f"s.{path}" if path else "s" for path in paths) for name, paths in roots_of(member).items()
    }
    roots["p"] = frozenset({"p"})

    def derived(functions: Iterable[Callable[..., Any]]) -> Touches:
        found = Touches()
        for function in functions:
            found.add(touches(function, roots, both), set())
        return found

    pace = derived([member.clock.speed, *law_functions(member.clock.law)])
    effect = derived([member.clock.fires])
    if member.clock.renews_on:
        pace.reads.add("s." + _field(renewal_path(member.clock.renews_on, member.side, member.number)))
    levers = any(path.startswith("p.cadence.") for path in pace.reads | effect.reads)
    return Heeds(_of_state(pace), _of_state(effect), levers)


def _of_state(found: Touches) -> frozenset[str] | None:
    return frozenset(path[2:] for path in found.reads if path.startswith("s.")) if found.known else None
