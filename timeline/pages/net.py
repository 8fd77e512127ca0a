"""Net contrasts as text: for the page on a model's validity, for a terminal, and as a page of the docs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import wrap

from timeline.errors import ModelError, nearest
from timeline.validation.net import MATTERS, NetMeasure, NetVerdict
from timeline.validation.pairs import ENOUGH, SEED, Effect
from timeline.words import YEAR, counted, number, percent, points, span

HEADING = "Net contrasts"
LEAD = (
    "Each row plays two settings of the whole model with the same luck, and looks at what becomes of the crisis. "
    "Many paths lead from a setting to its outcome, and some work against each other, so an outcome can go against "
    "what an essay says. A row is no check: it is there to be read beside the essay."
)
NOTE = (
    "Intervals hold chance alone (Monte Carlo error). Every assumption that a row does not name is at its default; "
    "other assumptions can turn a row round."
)


@dataclass(frozen=True)
class NetCell:
    """One measure of a row: the difference in points and its 95% interval."""

    name: str
    difference: str
    interval: str
    decides: bool


@dataclass(frozen=True)
class NetRow:
    """A net contrast and what came of it, as text."""

    says: str
    essay: str
    turned: str
    base: str
    cells: tuple[NetCell, ...]
    main: NetCell
    verdict: str
    word: str
    note: str


def net_row(verdict: NetVerdict) -> NetRow:
    """Return a row as text."""
    row = verdict.row
    cells = tuple(_cell(name, effect, name == row.main) for name, effect in verdict.effects.items())
    notes = [row.note] if row.note else []
    if row.years != 15:
        notes.append(f"Over {span(row.years * YEAR)}.")
    return NetRow(
        says=row.says,
        essay=row.essay,
        turned=row.turned.name,
        base=row.base.name,
        cells=cells,
        main=next(cell for cell in cells if cell.decides),
        verdict=_worded(verdict),
        word=verdict.word,
        note=" ".join(notes),
    )


def _cell(name: str, effect: Effect, decides: bool) -> NetCell:
    low, high = effect.interval
    return NetCell(name, _change(effect.difference), f"{_change(low)} to {_change(high)}", decides)


def _change(share: float) -> str:
    said = points(share, 2)
    return f"+{said}" if said[0].isdigit() and float(said) else said


def _worded(verdict: NetVerdict) -> str:
    if verdict.word != "no effect":
        return verdict.word
    return "no effect, to within a point" if verdict.settled else "no effect found"


def net_finding(verdicts: Sequence[NetVerdict]) -> str:
    """State how many settings help, hurt, do nothing, and go against the essay; empty if there are none."""
    if not verdicts:
        return ""
    counts = Counter(verdict.word for verdict in verdicts)
    none = f"{counts['no effect']} show no effect"
    if counts["no effect"]:
        settled = sum(verdict.settled for verdict in verdicts if verdict.word == "no effect")
        none += f", {settled} of them to within a point"
    return (
        f"Of {counted(len(verdicts), 'net contrast')}, {counts['helps']} help, {counts['hurts']} hurt, {none}, and "
        f"{counts['reverses the essay']} go against what the essay says."
    )


def net_reading(pairs: int) -> str:
    """Say how to read a row: what the figures are, and what counts as no effect."""
    return (
        "Differences are in points, hundredths of a share or of an index, with their 95% intervals, from "
        f"{pairs:,} pairs of timelines with the same luck. A difference below {ENOUGH:g} standard errors counts as "
        "none, and “to within a point” says that the interval leaves no room for a difference of "
        f"{number(MATTERS * 100, 0)} point or more. {NOTE}"
    )


def net_caption(verdicts: Sequence[NetVerdict], measures: Sequence[NetMeasure], pairs: int) -> str:
    """State what was found, by what measures, and how to read it."""
    columns = "; ".join(f"{each.name}: {each.measure.words}, {each.better} is better" for each in measures)
    return f"{net_finding(verdicts)} The measure in bold decides. {net_reading(pairs)} The measures are {columns}."


DOC_HEAD = """\
# What the essays claim, and what the models make of it

Three essays on secret diplomacy stand behind the models:

{essays}

They make {count} claims that a model can be asked about. The table has a row or more for each. A row plays two settings
of a whole model with the same luck and compares what becomes of the crisis. The models are written after the
essays, so a row that agrees is no proof that an essay is right. But many paths lead from a setting to its outcome, and
a row can go against the essay: {reversing}

How to read a row:

- *Difference*: of the first setting against the second, in points (hundredths of a share or of an index), with its 95%
  interval. {pairs:,} pairs of timelines of 15 years, seed {seed}.
- *In force*: share of all timelines whose agreement is in force at the end. *Kept*: share of agreements that are kept
  for five years, of those that are signed early enough to see. *Hostility*: the index at the end. *War*: share of
  timelines that end in war. A pact counts as signed on the first day.
- *Helps* and *hurts*: the difference is {enough:g} standard errors or more. *No effect found*: it is less. *To within a
  point*: the interval leaves no room for a difference of a point or more. *Reverses the essay*: the
  difference goes the other way than the essay says.

{note}

{finding}

| essay | claim | put to the test | measure | difference | verdict |
|---|---|---|---|---|---|
"""

DOC_END = """
This page is made by `{command}`. `timeline examine MODEL` shows these rows and more, with all measures.
"""


def essays_page(
    verdicts: Sequence[NetVerdict],
    reading: Mapping[str, tuple[str, str]],
    essays: Mapping[str, str],
    pairs: int,
    command: str,
) -> str:
    """Return the page of the docs that holds every claim of the essays against the models, as Markdown.

    Parameters
    ----------
    verdicts
        Of all models.
    reading
        The claims by their short names, each an essay and a sentence, in the order of the page.
    essays
        Short names of the essays, with their long ones.
    pairs
        Replications of each setting.
    command
        The line that makes the page again.

    Raises
    ------
    ModelError
        If a claim has no row, or a row speaks to a claim that is not there.
    """
    answering: dict[str, list[NetVerdict]] = {name: [] for name in reading}
    for verdict in verdicts:
        for name in verdict.row.answers:
            if name not in answering:
                raise ModelError(
                    f'net contrast "{verdict.row.says}": answers "{name}", which is no claim of READING'
                    f"{nearest(name, reading)}"
                )
            answering[name].append(verdict)
    lines = []
    for name, (essay, sentence) in reading.items():
        if not answering[name]:
            raise ModelError(f'models/claims.py: no net contrast answers the claim "{name}" of READING, expected one')
        for number_, verdict in enumerate(answering[name]):
            row = net_row(verdict)
            first = (essay, sentence) if number_ == 0 else ("", "")
            tested = f"{row.says} *{row.turned}* against *{row.base}* (`{verdict.row.model}`)"
            tested += f" {row.note}" if row.note else ""
            difference = f"{row.main.difference} ({row.main.interval})"
            lines.append("| " + " | ".join([*first, tested, row.main.name, difference, row.verdict]) + " |\n")
    return _head(verdicts, reading, essays, pairs) + "".join(lines) + DOC_END.format(command=command)


def _head(
    verdicts: Sequence[NetVerdict], reading: Mapping[str, tuple[str, str]], essays: Mapping[str, str], pairs: int
) -> str:
    shown = [verdict for verdict in verdicts if verdict.row.answers]
    words = Counter(verdict.word for verdict in shown)
    reversing = words["reverses the essay"]
    return DOC_HEAD.format(
        essays="\n".join(f"- **{short}**: {long}." for short, long in essays.items()),
        count=len(reading),
        reversing=f"{reversing} of {len(shown)} do ({percent(reversing / max(1, len(shown)), 0)}).",
        pairs=pairs,
        seed=SEED,
        enough=ENOUGH,
        note="\n".join(wrap(NOTE, 120)),
        finding="\n".join(wrap(net_finding(shown), 120)),
    )
