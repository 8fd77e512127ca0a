"""Explanations in a few sentences."""

from __future__ import annotations

from collections.abc import Sequence

from timeline.explaining.explanation import Explanation
from timeline.explaining.turning import Parting, TurningPoints
from timeline.words import counted, listing, percent, when

#: Kinds that are equally common are named up to this many.
_NAMED = 3


def in_sentences(explanation: Explanation) -> list[str]:
    """Tell an explanation in a few sentences: until when the same, what differed, how it ended.

    Returns
    -------
    list of str
        At most six entries, each a sentence or two, in order of time.
    """
    one, other = explanation.courses
    said = [explanation.opening]
    if len(explanation.links) > 2:
        # The last link but one is where the ending was decided; the end then speaks for itself.
        said += [_told(explanation, -2, with_why=True), _told(explanation, -1, with_why=False)]
    elif explanation.links:
        said.append(_told(explanation, -1, with_why=True))
    if explanation.danger:
        said.append(explanation.danger)
    said.append(f"Under {one.cadence}: {one.ending} Under {other.cadence}: {other.ending}")
    return said


def _told(explanation: Explanation, number: int, *, with_why: bool) -> str:
    link = explanation.links[number]
    on = when(link.day, explanation.starts)
    return f"{on[:1].upper()}{on[1:]}: {link.what}" + (f" {link.why}" if with_why else "")


def in_words(points: TurningPoints) -> list[str]:
    """Tell in a few sentences where crises that one cadence saves part from those the other loses."""
    one, other = points.cadences
    said = [
        f"Of {counted(points.played, 'replication')}, {one} saves {points.saved:,} that {other} loses "
        f"({percent(points.saved / points.played)}), and loses {points.harmed:,} that {other} saves "
        f"({percent(points.harmed / points.played)})."
    ]
    if points.first:
        said += [
            f"Of the first {points.replayed:,} that {one} saves, the first difference was {_commonest(points.first)}.",
            f"The first difference that is no disclosure itself was {_commonest(points.beyond)}.",
            f"What ended them under {other} was {_commonest(points.lost, with_how=False)}.",
        ]
    return said


def _commonest(kinds: Sequence[Parting], *, with_how: bool = True) -> str:
    """Name the commonest kind, or all that are as common, and how often they came."""
    top = kinds[0]
    tied = [kind for kind in kinds if kind.count == top.count]
    often = counted(top.count, "time")
    if len(tied) > _NAMED:
        return f"of many kinds, none more often than {often} ({_interval(top)})"
    names = listing(_name(kind, with_how) for kind in tied)
    each = " each" if len(tied) > 1 else ""
    return f"{'most often ' if len(tied) < len(kinds) else ''}{names}: {often}{each} ({_interval(top)})"


def _name(kind: Parting, with_how: bool) -> str:
    if not kind.clock:
        return "none at all"
    return f'"{kind.clock}" {kind.how}' if with_how else f'"{kind.clock}"'


def _interval(kind: Parting) -> str:
    return f"{percent(kind.share, 0)}, 95% interval {percent(kind.low, 0)} to {percent(kind.high, 0)}"
