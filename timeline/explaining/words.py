"""Explanations in a few sentences."""

from __future__ import annotations

from timeline.plots.words import counted, percent, years_and_days

from .explanation import Explanation
from .story import Link
from .turning import Kind, TurningPoints


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
        said += [_told(explanation.links[-2], with_why=True), _told(explanation.links[-1], with_why=False)]
    elif explanation.links:
        said.append(_told(explanation.links[-1], with_why=True))
    if explanation.danger:
        said.append(explanation.danger)
    said.append(f"Under {one.cadence}: {one.ending} Under {other.cadence}: {other.ending}")
    return said


def _told(link: Link, *, with_why: bool) -> str:
    when = years_and_days(link.day)
    return f"{when[:1].upper()}{when[1:]}: {link.what}" + (f" {link.why}" if with_why else "")


def in_words(points: TurningPoints) -> list[str]:
    """Tell in a few sentences where crises that one cadence saves part from those the other loses."""
    one, other = points.cadences
    said = [
        f"Of {counted(points.played, 'replication')}, {one} saves {points.saved:,} that {other} loses "
        f"({percent(points.saved / points.played)}), and loses {points.harmed:,} that {other} saves "
        f"({percent(points.harmed / points.played)})."
    ]
    if points.first:
        top = points.first[0]
        said.append(
            f"Of the first {points.replayed:,} that {one} saves, the first difference was "
            f'"{top.clock}" {top.how} in {top.count:,} ({_interval(top)}).'
        )
        top = points.beyond[0]
        said.append(
            "The first difference that is no disclosure itself was most often "
            f'"{top.clock}" {top.how}: {top.count:,} ({_interval(top)}).'
            if top.clock
            else f"In {top.count:,} no event but disclosures differed."
        )
        top = points.lost[0]
        said.append(f'What ended them under {other} was most often "{top.clock}": {top.count:,} ({_interval(top)}).')
    return said


def _interval(kind: Kind) -> str:
    return f"{percent(kind.share, 0)}, 95% interval {percent(kind.low, 0)} to {percent(kind.high, 0)}"
