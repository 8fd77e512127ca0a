"""What a config calls a measure, and which measure it means."""

from __future__ import annotations

from collections.abc import Iterable

from timeline.errors import nearest
from timeline.model.units import parse_duration
from timeline.model.values import shown

#: Short names of measures whose keys nobody would guess.
_SHORT = {"in force": "in_force_end", "in force verified": "in_force_verified_end"}


def measure_key(text: str, known: Iterable[str]) -> str:
    """Return the key of the measure that a text means.

    Parameters
    ----------
    text
        A measure's key, the key with spaces, ``"in force"``, or ``"rmst 5 years"``: mean days in force within the
        first five years, over all replications.
    known
        The keys of the measures that there are.

    Raises
    ------
    ValueError
        With what was given, what was expected and the nearest name.

    Examples
    --------
    >>> measure_key("rmst 5 years", ["in_force_end", "rmst_in_force_1826"])
    'rmst_in_force_1826'
    >>> measure_key("in force", ["in_force_end", "rmst_in_force_1826"])
    'in_force_end'
    >>> measure_key("rmst 3 years", ["in_force_end", "rmst_in_force_1826"])
    Traceback (most recent call last):
    ValueError: given "rmst 3 years", but there is no mean up to "3 years"; add it to rmst under [analysis]
    """
    keys = list(known)
    words = " ".join(text.lower().split())
    key = _SHORT.get(words, words.replace(" ", "_"))
    if text in keys:
        return text
    if key in keys:
        return key
    if words.startswith("rmst ") and words[5:6].isdigit():
        key = f"rmst_in_force_{parse_duration(words[5:]):.0f}"
        if key in keys:
            return key
        raise ValueError(
            f"given {shown(text)}, but there is no mean up to {shown(words[5:])}; add it to rmst under [analysis]"
        )
    names = [*(short for short, meant in _SHORT.items() if meant in keys), *keys]
    raise ValueError(
        f'given {shown(text)}, expected a measure: "rmst 5 years", or one of {", ".join(names)}{nearest(text, names)}'
    )
