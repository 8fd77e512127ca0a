"""The generated source: functions that call the right function of a model for the right member.

It is put beside the loop in `timeline.engines.loop` and compiled with it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from timeline.derived.guards import marked
from timeline.derived.touches import stage_of
from timeline.engines.loop import ASLEEP
from timeline.engines.world import PATH_PRIME
from timeline.model.declarations import (
    SIDES,
    Clock,
    Function,
    Integral,
    Member,
    Model,
    Sampled,
    arguments,
    renewal_path,
)
from timeline.model.laws import law_functions


def functions(model: Model) -> list[Function]:
    """All functions of a model that are called while it runs, each once, in order, as they are to be compiled."""
    found: dict[Function, None] = {} if model.settle is None else {model.settle: None}
    for mechanism in model.mechanisms:
        if mechanism.start is not None:
            found[mechanism.start] = None
        for clock in mechanism.clocks:
            found |= dict.fromkeys((_speed(clock), clock.fires, *law_functions(clock.law)))
    return list(found)


def _speed(clock: Clock) -> Function:
    """Return a clock's speed, which says when it leaves at its head."""
    return marked(clock.speed, ASLEEP)


def source(model: Model) -> str:
    """Return the source of the functions that call the right model function for a member."""
    names = {function: f"f{k}" for k, function in enumerate(functions(model))}
    stage, stages = stage_of(model)
    clocks = [(clock, [m for m in model.members if m.clock is clock]) for x in model.mechanisms for clock in x.clocks]
    numbers = [number for number, (_, members) in enumerate(clocks) for _ in members]
    lines = [
        f"WORDS = np.uint64({words(model)})",
        f"STAGES = np.uint64({len(stages) + 1})",
        f"PRIME = np.uint64({PATH_PRIME})",
        f"CLOCK = np.array({numbers}, np.int64)",
        f"NUMBER = np.array({[m.number for m in model.members]}, np.int64)",
        f"AFTER = np.array({[m.clock.after for m in model.members]}, np.bool_)",
        f"PLAYS_ON = {model.plays_on}",
    ]

    def define(head: str, cases: list[list[str]], otherwise: str, first: str = "") -> None:
        lines.append(f"\n\ndef {head}:")
        lines.extend([f"    {first}"] if first else [])
        lines.append("    c, i = CLOCK[k], NUMBER[k]")
        for number, case in enumerate(cases):
            if case:
                lines.append(f"    if c == {number}:")
                lines.extend(f"        {line}" for line in case)
        lines.append(f"    return {otherwise}")

    def calls(member: Member, function: Function) -> str:
        return f"{names[function]}({', '.join(_argument(name, member) for name in arguments(function))})"

    def by_side(members: list[Member], make: Callable[[Member], str]) -> list[str]:
        """One line for a single clock or a counted family; one a member for the sides."""
        if members[0].clock.over != "sides":
            return [make(members[0])]
        return [f"if i == 0: {make(members[0])}", f"else: {make(members[1])}"]

    def law_value(value: Any, member: Member) -> str:
        return f"float({calls(member, value)})" if callable(value) else _number(value)

    def law_line(member: Member) -> str:
        law = member.clock.law
        return f"return {', '.join(law_value(v, member) for v in (law.first, law.second, law.age))}"

    def renewal_line(member: Member) -> str:
        path = member.clock.renews_on or ""
        return f"return float(s.{path if '[i]' in path else renewal_path(path, member.side, member.number)})"

    define(
        "speed_of(k, s, p)",
        [by_side(ms, lambda m: f"return float({calls(m, _speed(m.clock))})") for _, ms in clocks],
        "0.0",
        # Before the outcome is decided those of the aftermath are paused, then all others.
        f"if AFTER[k] == (s.outcome == {int(model.open)}): return {ASLEEP!r}" if model.plays_on else "",
    )
    define(
        "fire(k, s, p, u)",
        [by_side(ms, lambda m: f"{calls(m, m.clock.fires)}; return") for _, ms in clocks],
        "",
    )
    define("law_of(k, s, p)", [by_side(ms, law_line) for _, ms in clocks], "0.0, 0.0, 0.0")
    define("renewal_of(k, s)", [by_side(ms, renewal_line) if c.renews_on else [] for c, ms in clocks], "0.0")
    lines.append(f"\n\ndef stage_of(s):\n    return min(uint({f's.{stage}' if stage else 0}), STAGES - uint(1))")
    lines.append("\n\ndef start(s, p, u, keys, replication):")
    for number, mechanism in enumerate(model.mechanisms):
        if mechanism.start is not None:
            # A key beyond any key marks a mechanism that is switched off.
            given = ", ".join("v" if name == "u" else name for name in arguments(mechanism.start))
            lines.append(f"    if keys[{number}, 0] <= MASK:")
            lines.append(f"        v = u[:{mechanism.uniforms}]")
            lines.append(f"        fill(v, keys[{number}], replication, np.int64(0))")
            lines.append(f"        {names[mechanism.start]}({given})")
    lines.append("    return")
    settled = f"{names[model.settle]}({', '.join(arguments(model.settle))}); return" if model.settle else "return"
    lines.append(f"\n\ndef settle(s, p):\n    {settled}")
    sampled = [o for o in model.observations if isinstance(o, Sampled)]
    integrals = [o for o in model.observations if isinstance(o, Integral)]
    until = {k for k, o in enumerate(integrals) if model.plays_on and not o.after}
    for head, wanted, ends in (
        ("sample_of", [o.field for o in sampled], set()),
        ("origin_of", [o.since for o in sampled], set()),
        ("integral_of", [o.field for o in integrals], until),
    ):
        lines.append(f"\n\ndef {head}(k, s):")
        for number, path in enumerate(wanted):
            lines.append(
                f"    if k == {number}{f' and s.outcome == {int(model.open)}' if number in ends else ''}: "
                f"return {f'float(s.{path})' if path else '0.0'}"
            )
        lines.append("    return 0.0")
    return "\n".join(lines) + "\n"


def _number(value: float) -> str:
    """Write a float so that reading it gives the same bits."""
    if math.isfinite(value):
        return repr(float(value))
    return "math.nan" if math.isnan(value) else "math.inf" if value > 0 else "-math.inf"


def _argument(name: str, member: Member) -> str:
    """Write what a function asks for, by name, as the dispatch hands it over."""
    if member.clock.over == "sides":
        me, other = SIDES[member.number], SIDES[1 - member.number]
        sides = {"me": f"s.{me}", "other": f"s.{other}", "p_me": f"p.{me}", "p_other": f"p.{other}"}
        return sides.get(name, name)
    return name


def words(model: Model) -> int:
    """Return how many words of 64 bits have a bit for each clock."""
    return max(1, -(-len(model.members) // 64))
