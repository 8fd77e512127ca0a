"""What a model declares, as plain data, and its influence diagram."""

from __future__ import annotations

import inspect
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from timeline.derived.influence import InfluenceTable
    from timeline.model.declarations import Clock
    from timeline.model.declarations import Model as Model
    from timeline.model.laws import Law
    from timeline.model.records import Field

#: What a field of the state holds, in words.
_KINDS: dict[type, str] = {float: "number", int: "whole number", bool: "true or false"}


def account(model: Model) -> dict[str, Any]:
    """Return all that a model declares, as plain data.

    Returns
    -------
    dict
        ``name``, ``title``, ``account``; and lists: ``mechanisms``, ``parameters`` (the assumptions, each with its
        range, evidence, source and who uses it), ``clocks``, ``levers``, ``state`` (its fields).

    Examples
    --------
    >>> from timeline.front.workspaces import open_workspace
    >>> declared = account(open_workspace().load("backchannel"))
    >>> declared["clocks"][0]["law"], declared["parameters"][0]["path"]
    ('lognormal(sigma varies)', 'a.regime')
    """
    from timeline.derived.influence import used_by
    from timeline.model.declarations import levers_in_use
    from timeline.model.records import leaves
    from timeline.model.values import in_unit
    from timeline.study.experiment import described

    users = used_by(model)
    return {
        "name": model.name,
        "title": model.title,
        "account": inspect.cleandoc(model.account),
        "mechanisms": [{"name": m.name, "about": inspect.cleandoc(m.about)} for m in model.mechanisms],
        "parameters": [
            {**described(path, parameter), "used_by": users[path]} for path, parameter in model.assumptions.items()
        ],
        "clocks": [
            {
                "name": clock.name,
                "mechanism": mechanism.name,
                "law": _law(clock.law),
                "takes_law": clock.takes_law,
                "family": _family(clock),
                "memory": clock.memory,
                "renews_on": clock.renews_on,
                "says": clock.says if isinstance(clock.says, str) else "(one of several sentences)",
            }
            for mechanism in model.mechanisms
            for clock in mechanism.clocks
        ],
        "levers": [
            {
                "path": path.removeprefix("cadence."),
                "default": in_unit(lever, lever.in_days),
                "unit": lever.unit,
                "choices": _choices(lever.kind),
                "needs": lever.needs,
                "meaning": lever.meaning,
            }
            for path, lever in levers_in_use(model)
        ],
        "state": [_state_field(path, known) for path, known in leaves(model.state)],
    }


def _state_field(path: str, known: Field) -> dict[str, Any]:
    return {
        "path": path.replace("[]", ""),
        "kind": "milestone" if known.may_be_nan else "index" if known.index else _KINDS.get(known.kind, "choice"),
        "list": "[]" in path,
        "choices": _choices(known.kind),
        "meaning": known.meaning,
    }


def account_as_json(model: Model) -> Any:
    """Return `account` as JSON can keep it: infinities as words, no number of numpy's."""
    from timeline.model.values import as_json

    return as_json(account(model))


@dataclass(frozen=True)
class Diagram:
    """What bears on what in a model, as a picture; made by `diagram`."""

    model: Model

    @cached_property
    def influences(self) -> InfluenceTable:
        """Which mechanism moves and heeds which variable, and what drives the endings."""
        from timeline.derived.influence import influences

        return influences(self.model)

    @property
    def captions(self) -> list[str]:
        """What the picture shows, and what it leaves out: a sentence or two each for the table and the endings."""
        from timeline.plots.influence import ends_caption, influence_caption

        ends = [ends_caption(self.influences)] if self.influences.endings else []
        return [influence_caption(self.influences), *ends]

    def figure(self) -> Figure:
        """Draw it."""
        from timeline.plots.influence import diagram

        return diagram(self.influences)

    def svg(self) -> str:
        """Return it as SVG, the same text each time."""
        from timeline.plots.style import svg

        return svg(self.figure(), f"influences of {self.model.name}")

    def write(self, path: str | os.PathLike[str]) -> Path:
        """Write it into a file as SVG.

        Raises
        ------
        StoreError
            If it cannot be written.
        """
        from timeline.keeping.files import cannot_write

        file, picture = Path(path), self.svg()
        try:
            file.write_text(picture, encoding="utf-8")
        except OSError as problem:
            raise cannot_write(file, problem) from None
        return file

    def _repr_html_(self) -> str:
        return self.svg()


def config_language() -> str:
    """Return the reference of the config language, in Markdown: every table and every key.

    Examples
    --------
    >>> config_language().splitlines()[0]
    '# The config language'
    """
    from timeline.config.reference import reference

    return reference()


def diagram(model: Model) -> Diagram:
    """Return a model's influence diagram; it is drawn when it is asked for.

    Examples
    --------
    >>> from timeline.front.workspaces import open_workspace
    >>> len(diagram(open_workspace().load("backchannel")).captions)
    2
    """
    return Diagram(model)


def _choices(kind: type) -> list[str]:
    from enum import IntEnum

    from timeline.model.values import spoken

    return [spoken(member) for member in kind] if issubclass(kind, IntEnum) else []


def _law(law: Law) -> str:
    """Name a lifetime law and its parameters.

    Examples
    --------
    >>> from timeline.model.laws import exponential, fixed, uniform
    >>> _law(exponential()), _law(fixed(30)), _law(uniform(1, 2))
    ('exponential', 'fixed(30 days)', 'uniform(1, 2)')
    """
    from timeline.model.laws import LawKind

    name = law.kind.name.lower().replace("_", " ")
    first, second = _number(law.first), _number(law.second)
    numbers = {
        LawKind.WEIBULL: f"(shape {first})",
        LawKind.LOGNORMAL: f"(sigma {first})",
        LawKind.UNIFORM: f"({first}, {second})",
        LawKind.FIXED: f"({first})" if callable(law.first) else f"({first} days)",
        LawKind.EMPIRICAL: "(life table)" if len(law.knots) == 1 else f"({len(law.knots)} life tables)",
    }.get(law.kind, "")
    age = "" if law.age == 0 else f", first age {_number(law.age)}"
    return name + numbers + age


def _number(value: Any) -> str:
    if callable(value):
        name = str(getattr(value, "__name__", ""))
        return name.replace("_", " ").strip() if name.isidentifier() else "varies"
    return f"{value:g}"


def _family(clock: Clock) -> str:
    if clock.over is None:
        return ""
    return "sides" if clock.over == "sides" else clock.over.over
