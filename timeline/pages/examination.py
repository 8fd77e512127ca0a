"""One page on a model's validity: figures, a table of checks, the table of claims.

``validation.html`` holds everything it shows. It asks no network for anything, needs no script and
carries no date, so that the same model makes the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from timeline.errors import TimelineError
from timeline.keeping.files import write_aside
from timeline.pages import net
from timeline.pages.writing import fill
from timeline.validation.checks import Check, Checked, CheckRow
from timeline.validation.net import PAIRS, NetMeasure, NetVerdict, contrasts, net_rows
from timeline.validation.pairs import ENOUGH, SEED, Verdict, averaged, observing, put_to_test
from timeline.words import YEAR, counted, number, percent, points, span

if TYPE_CHECKING:
    from types import ModuleType

    from matplotlib.figure import Figure

    from timeline.model.declarations import Model
    from timeline.pages.drawing import Drawing
    from timeline.workspace import Workspace

#: The place of the claims on the page, after those of the checks.
CLAIMS = "claims"
CLAIMS_HEADING = "Causal claims"
CLAIMS_LEAD = (
    "Each row turns one assumption, or one lever of policy, from one plausible end to the other in the whole "
    "model. What is measured is never assigned by the functions that read the driver: that is checked from the source."
)
CLAIMS_ALT = "Dot plot of the effect of each claim's driver in standard errors, one row a claim."
CAVEAT = "This says that the model keeps its promises. It does not say that the promises are true of the world."


@dataclass(frozen=True)
class Examined:
    """What was found for one model.

    Attributes
    ----------
    model
        The model.
    checks
        Each check that the workspace declares of it, with what came of it.
    verdicts
        On each claim.
    essays
        Short names of the sources of the claims, with their long ones.
    contrasts
        The net contrasts, by essay.
    measures
        What the net contrasts are held against.
    pairs
        Replications of each setting of a net contrast.
    """

    model: Model
    checks: tuple[tuple[Check, Checked], ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    essays: Mapping[str, str] = field(default_factory=dict)
    contrasts: tuple[NetVerdict, ...] = ()
    measures: tuple[NetMeasure, ...] = ()
    pairs: int = PAIRS


def watched_model(model: Model, declared: ModuleType) -> Model:
    """Return the model that all checks play: the same timelines, with more to see.

    Parameters
    ----------
    model
        As loaded.
    declared
        The workspace's ``claims.py``; its ``watched(model)``, if it has one, adds clocks that look on.
    """
    watch = getattr(declared, "watched", None)
    checks = checks_of(model.name, declared)
    fields = averaged(claim for claim in declared.CLAIMS if claim.model == model.name)
    return observing(
        model if watch is None else watch(model),
        [*fields, *(path for check in checks for path in check.integrals)],
        [sample for check in checks for sample in check.samples],
    )


def checks_of(name: str, declared: ModuleType) -> tuple[Check, ...]:
    """Return what a workspace's ``claims.py`` holds a model against: its entry in ``CHECKS``."""
    checks: tuple[Check, ...] = getattr(declared, "CHECKS", {}).get(name, ())
    return checks


def read_tables(checks: Sequence[Check], data: Path | None) -> None:
    """Let each check that reads a table read it before anything is played, by its ``read(data)`` if it has one.

    Raises
    ------
    ConfigError
        If a table cannot be read.
    """
    for check in checks if data is not None else ():
        read = getattr(check, "read", None)
        if read is not None:
            read(data)


def validate_model(
    workspace: Workspace,
    name: str,
    data: Path | None,
    say: Callable[[str], None] = lambda _: None,
    pairs: int = PAIRS,
) -> Examined:
    """Hold a model against the record, the closed form and its claims.

    Parameters
    ----------
    workspace, name
        Where the model is, and its name.
    data
        The folder of the publishers' files, or None.
    say
        Told what is being done.
    pairs
        Replications of each setting of a net contrast.

    Raises
    ------
    TimelineError
        If the workspace declares nothing about this model, or a claim or a net contrast cannot be put to the test.
    """
    from timeline.validation.claims import load_claims

    model = workspace.load(name)
    declared = load_claims(workspace, name)
    claims = [claim for claim in getattr(declared, "CLAIMS", ()) if claim.model == name]
    if declared is None or not claims:
        raise TimelineError(f'models/claims.py declares no claim about model "{name}", so there is nothing to examine')
    seen = watched_model(model, declared)
    checked = []
    read_tables(checks_of(name, declared), data)
    for check in checks_of(name, declared):
        say(f"{check.heading} ...")
        checked.append((check, check.measure(seen, data)))
    verdicts = []
    for number_, verdict in enumerate(put_to_test(seen, claims), start=1):
        verdicts.append(verdict)
        say(f"Claim {number_} of {len(claims)}: {verdict.errors:.1f} standard errors. {verdict.claim.says}")
    rows, measures = net_rows(declared, name)
    say(f"Net contrasts: {len(rows)} ...")
    found = tuple(contrasts(seen, rows, measures, pairs))
    essays = dict(getattr(declared, "ESSAYS", {}))
    return Examined(model, tuple(checked), tuple(verdicts), essays, found, measures, pairs)


def write_page(found: Examined, path: Path, command: str) -> Path:
    """Write the page.

    Parameters
    ----------
    found
        From `validate_model`.
    path
        The file; its folder is made if absent.
    command
        The line that makes it again.

    Raises
    ------
    StoreError
        If it cannot be written.
    """
    text = render(found, command)
    write_aside(path, text.encode())
    return path


def render(found: Examined, command: str) -> str:
    """Return the page as text."""
    checks = check_rows(found)
    shown = drawings(found)
    drawn = {drawing.section for drawing in shown}
    return fill(
        "validation.html.j2",
        title=found.model.title,
        name=found.model.name,
        answer=_answer(checks),
        failing=_failing(found),
        caveat=CAVEAT,
        drawings=shown,
        heads={check.name: check.heading for check, _ in found.checks} | {CLAIMS: CLAIMS_HEADING},
        leads={check.name: check.lead for check, _ in found.checks} | {CLAIMS: CLAIMS_LEAD},
        checks=checks,
        skipped=[checked.caption for check, checked in found.checks if check.name not in drawn],
        rows=[claim_row(verdict) for verdict in found.verdicts],
        enough=f"{ENOUGH:g}",
        contrasts=[net.net_row(verdict) for verdict in found.contrasts],
        net_heading=net.HEADING,
        net_lead=net.LEAD,
        net_caption=net.net_caption(found.contrasts, found.measures, found.pairs),
        essays=found.essays,
        command=command,
        seed=SEED,
    )


def drawings(found: Examined) -> list[Drawing]:
    """Draw what can be drawn of what was found: the checks, then the claims."""
    from timeline.plots.claims import claims, claims_caption
    from timeline.plots.style import styled

    shown = []
    for check, checked in found.checks:
        figure = styled(checked.figure)()
        if figure is not None:
            shown.append(_drawing(check.name, figure, checked.caption, check.alt))
    if found.verdicts:
        shown.append(_drawing(CLAIMS, claims(found.verdicts), claims_caption(found.verdicts), CLAIMS_ALT))
    return shown


def _drawing(name: str, figure: Figure, caption: str, alt: str) -> Drawing:
    from timeline.pages.drawing import Drawing
    from timeline.plots.style import svg

    return Drawing(name, f"validation-{name}", caption, alt, svg(figure, f"validation {name}"), b"")


def check_rows(found: Examined) -> list[CheckRow]:
    """Return one row for each comparison, and one for the claims."""
    rows = [row for _, checked in found.checks for row in checked.rows]
    if found.verdicts:
        held = sum(verdict.holds for verdict in found.verdicts)
        said = f"{held} of {len(found.verdicts)} hold"
        rows.append(CheckRow(CLAIMS_HEADING, said, "all", held == len(found.verdicts)))
    return rows


def _answer(checks: Sequence[CheckRow]) -> str:
    made = [check for check in checks if check.holds is not None]
    failed = [check.what[0].lower() + check.what[1:] for check in made if not check.holds]
    skipped = len(checks) - len(made)
    text = f"{len(made) - len(failed)} of {counted(len(made), 'check')} hold."
    if failed:
        text += f" What does not: {'; '.join(failed)}."
    return text + (f" {counted(skipped, 'check')} skipped for want of data." if skipped else "")


def _failing(found: Examined) -> str:
    failed = [verdict for verdict in found.verdicts if not verdict.holds]
    if not failed:
        return ""
    return f"Claims that do not hold here: {' '.join(verdict.claim.says for verdict in failed)}"


@dataclass(frozen=True)
class ClaimRow:
    """A row of the table of claims, as text."""

    says: str
    essay: str
    driver: str
    low_end: str
    high_end: str
    meaning: str
    setting: str
    measure: str
    among: str
    stated: str
    low: str
    effect: str
    interval: str
    errors: str
    note: str
    holds: bool


def claim_row(verdict: Verdict) -> ClaimRow:
    """Return a claim and what came of it as text."""
    claim, effect = verdict.claim, verdict.effect
    shares = claim.measure.kind in ("share", "reached") or claim.measure.words.startswith("share")
    decimals = 4 if claim.measure.kind in ("mean", "rate") else 3

    def written(value: float) -> str:
        return percent(value) if shares else number(value, decimals)

    def change(value: float) -> str:
        said = points(value) if shares else number(value, decimals)
        return said if said.startswith("−") else f"+{said}"

    low, high = effect.interval
    played = [f"{counted(effect.pairs, 'pair')}"] if claim.among or claim.pairs != 2000 else []
    if claim.among:
        played.insert(0, f"among pairs that reach “{claim.among.removesuffix('_day')}” at both ends")
    if claim.years != 15:
        played.append(f"over {span(claim.years * YEAR)}")
    return ClaimRow(
        says=claim.says,
        essay=claim.essay,
        driver=claim.driver,
        low_end=verdict.ends.words[0],
        high_end=verdict.ends.words[1],
        meaning=verdict.ends.meaning,
        setting=claim.setting.name,
        measure=claim.measure.words,
        among=", ".join(played),
        stated="↑" if claim.rises else "↓",
        low=written(effect.low),
        effect=change(effect.difference) + (" points" if shares else ""),
        interval=f"{change(low)} to {change(high)}",
        errors=number(verdict.errors),
        note=claim.note,
        holds=verdict.holds,
    )
