"""The state of a crisis in plain words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from timeline.exercise.session import Session
from timeline.model.records import Field, Record, resolve

_WORDS = ("very low", "low", "middling", "high", "very high")


@dataclass(frozen=True)
class Index:
    """One index of the state.

    Attributes
    ----------
    path
        Where it stands in the state.
    label
        What it is, in words.
    value
        Between 0 and 1.
    followed
        Whether the model draws it in the picture of a timeline.
    """

    path: str
    label: str
    value: float
    followed: bool

    @property
    def word(self) -> str:
        """How much that is."""
        return in_a_word(self.value)


def in_a_word(value: float) -> str:
    """Return how much an index is.

    Examples
    --------
    >>> in_a_word(0.0), in_a_word(0.5), in_a_word(1.0)
    ('very low', 'middling', 'very high')
    """
    return _WORDS[min(4, max(0, int(5 * value)))]


def indices(session: Session) -> list[Index]:
    """Return every index of the state: those that the model follows first."""
    model, sides = session.setting.model, session.setting.experiment.sides
    known = dict(_paths(model.state, sides))
    followed = [path for path in model.followed if path in known]
    rest = [path for path in known if path not in followed]
    return [Index(path, known[path], _value(session.state, path), path in followed) for path in [*followed, *rest]]


def _paths(record: type[Record], sides: dict[str, str], prefix: str = "", whose: str = "") -> Any:
    """Yield (path, label) of the indices of a record; arrays are left out, they are counted up elsewhere."""
    for name, part in record.fields.items():
        if isinstance(part, Field) and part.index:
            label = (part.meaning or name.replace("_", " ")).partition(",")[0]
            yield prefix + name, f"{whose}: {label}" if whose else label[:1].upper() + label[1:]
        elif isinstance(part, type) and issubclass(part, Record):
            yield from _paths(part, sides, f"{prefix}{name}.", sides.get(name, name))


def _value(state: Any, path: str) -> float:
    owner, name = resolve(state, path)
    return float(getattr(owner, name))
