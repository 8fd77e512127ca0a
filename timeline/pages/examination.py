"""One page on a model's validity: figures, a table of checks, the table of claims.

``validation.html`` holds everything it shows. It asks no network for anything, needs no script and
carries no date, so that the same model makes the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from timeline.errors import TimelineError
from timeline.keeping.files import write_aside
from timeline.pages.writing import fill
from timeline.validation.pairs import ENOUGH, SEED, Verdict, averaged, observing, put_to_test
from timeline.validation.record import (
    Gaps,
    GapsFound,
    Secrecy,
    SecrecyFound,
    Tenure,
    TenureFound,
    Violations,
    ViolationsFound,
    measure_gaps,
    measure_secrecy,
    measure_tenure,
    measure_violations,
    secrecy_samples,
)
from timeline.words import YEAR, counted, listing, number, percent, points, span

if TYPE_CHECKING:
    from types import ModuleType

    from timeline.model.declarations import Model
    from timeline.pages.drawing import Drawing
    from timeline.workspace import Workspace

HEADS = {
    "tenure": "Leaders in office",
    "gaps": "Gaps between steps",
    "violations": "After changes of leader",
    "secrecy": "Secrets that keep",
    "claims": "Causal claims",
}
ALT = {
    "tenure": "Line chart of the share of new leaders still in office, by years since they came: model and record.",
    "gaps": "Line chart of the share of steps that took longer than so many years: the model and the record.",
    "violations": "Dot plot of how often obligations are broken, by what happened to leaders: model and record.",
    "secrecy": "Chart of how many talks begin or stay in secret: the model and the record.",
    "claims": "Dot plot of the effect of each claim's driver in standard errors, one row a claim.",
}
"""What each figure shows, for those who cannot see it."""

LEADS = {
    "tenure": "A successor's time in office is drawn from the record by regime. Drawn again, it should be the record.",
    "gaps": "Steps are agreed at heavy-tailed intervals, each process at a pace of its own. "
    "Seen as the record was seen, they should look like it.",
    "violations": "In the record, leaders who come to power against the rules break agreements far more often than "
    "others; those who come by the rules do not.",
    "secrecy": "Where only insiders talk, the chance that a secret keeps has a closed form. "
    "The model should meet it exactly.",
    "claims": "Each row turns one assumption, or one lever of policy, from one plausible end to the other in the whole "
    "model. What is measured is never assigned by the functions that read the driver: that is checked from the source.",
}
CAVEAT = "This says that the model keeps its promises. It does not say that the promises are true of the world."


@dataclass(frozen=True)
class Examined:
    """What was found for one model.

    Attributes
    ----------
    model
        The model.
    tenure, gaps
        Against the record, or a sentence why not.
    violations, secrecy
        From the model's own timelines, or None if the workspace declares no such check.
    verdicts
        On each claim.
    essays
        Short names of the sources of the claims, with their long ones.
    """

    model: Model
    tenure: TenureFound | str | None = None
    gaps: GapsFound | str | None = None
    violations: ViolationsFound | None = None
    secrecy: SecrecyFound | None = None
    verdicts: tuple[Verdict, ...] = ()
    essays: Mapping[str, str] = field(default_factory=dict)


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
    samples = [secrecy_samples(check) for check in checks if isinstance(check, Secrecy)]
    flags = [
        flag
        for check in checks
        if isinstance(check, Violations)
        for flag in (check.irregular, check.ordinary, check.quiet)
    ]
    fields = averaged(claim for claim in declared.CLAIMS if claim.model == model.name)
    return observing(model if watch is None else watch(model), (*flags, *fields), samples)


def checks_of(name: str, declared: ModuleType) -> tuple[Tenure | Gaps | Violations | Secrecy, ...]:
    """Return what a workspace's ``claims.py`` holds a model against: its entry in ``CHECKS``."""
    found: tuple[Tenure | Gaps | Violations | Secrecy, ...] = getattr(declared, "CHECKS", {}).get(name, ())
    return found


def validate_model(
    workspace: Workspace, name: str, data: Path | None, say: Callable[[str], None] = lambda _: None
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

    Raises
    ------
    TimelineError
        If the workspace declares nothing about this model, or a claim cannot be put to the test.
    """
    from timeline.validation.claims import load_claims

    model = workspace.load(name)
    declared = load_claims(workspace, name)
    claims = [claim for claim in getattr(declared, "CLAIMS", ()) if claim.model == name]
    if declared is None or not claims:
        raise TimelineError(f'models/claims.py declares no claim about model "{name}", so there is nothing to examine')
    seen = watched_model(model, declared)
    tenure: TenureFound | str | None = None
    gaps: GapsFound | str | None = None
    violations: ViolationsFound | None = None
    secrecy: SecrecyFound | None = None
    for check in checks_of(name, declared):
        if isinstance(check, Tenure):
            say("Leaders in office ...")
            tenure = _missing(data, check.file) or measure_tenure(model, check, data or Path())
        elif isinstance(check, Gaps):
            say("Gaps between steps ...")
            gaps = _missing(data, check.file) or measure_gaps(model, check, data or Path())
        elif isinstance(check, Violations):
            say("Violations after changes of leader ...")
            violations = measure_violations(seen, check)
        else:
            say("Secrets that keep ...")
            secrecy = measure_secrecy(seen, check)
    verdicts = []
    for number_, verdict in enumerate(put_to_test(seen, claims), start=1):
        verdicts.append(verdict)
        say(f"Claim {number_} of {len(claims)}: {verdict.errors:.1f} standard errors. {verdict.claim.says}")
    essays = dict(getattr(declared, "ESSAYS", {}))
    return Examined(model, tenure, gaps, violations, secrecy, tuple(verdicts), essays)


def _missing(data: Path | None, file: str) -> str:
    if data is None:
        return f"No folder of data was given (--data or TIMELINE_DATA), so the model could not be held against {file}."
    if not (data / file).is_file():
        return f"The folder of data, {data}, has no {file}, so the model could not be held against it."
    return ""


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
    return fill(
        "validation.html.j2",
        title=found.model.title,
        name=found.model.name,
        answer=_answer(checks),
        failing=_failing(found),
        caveat=CAVEAT,
        drawings=drawings(found),
        heads=HEADS,
        leads=LEADS,
        checks=checks,
        skipped=[each for each in (found.tenure, found.gaps) if isinstance(each, str)],
        rows=[claim_row(verdict) for verdict in found.verdicts],
        enough=f"{ENOUGH:g}",
        essays=found.essays,
        command=command,
        seed=SEED,
    )


def drawings(found: Examined) -> list[Drawing]:
    """Draw the figures of what was found."""
    from timeline.pages.drawing import Drawing
    from timeline.plots import examination as figures
    from timeline.plots.style import svg

    made: list[Drawing] = []
    plans: list[tuple[str, Any, Callable[[Any], Any], Callable[[Any], str]]] = [
        ("tenure", found.tenure, figures.tenure, figures.tenure_caption),
        ("gaps", found.gaps, figures.gaps, figures.gaps_caption),
        ("violations", found.violations, figures.violations, figures.violations_caption),
        ("secrecy", found.secrecy, figures.secrecy, figures.secrecy_caption),
        ("claims", found.verdicts or None, figures.claims, figures.claims_caption),
    ]
    for name, shown, draw, caption in plans:
        if shown is not None and not isinstance(shown, str):
            picture = svg(draw(shown), f"validation {name}")
            made.append(Drawing(name, f"validation-{name}", caption(shown), ALT[name], picture, b""))
    return made


@dataclass(frozen=True)
class Check:
    """A row of the table of checks; ``holds`` is None where it was skipped."""

    what: str
    found: str
    expected: str
    holds: bool | None


def check_rows(found: Examined) -> list[Check]:
    """Return one row for each comparison."""
    rows: list[Check] = []
    tenure, gaps = found.tenure, found.gaps
    if isinstance(tenure, TenureFound):
        largest = f"largest difference {points(tenure.largest)} points"
        years = listing([str(year) for year in tenure.years])
        rows.append(Check(f"New leaders in office at {years} years", largest,
            f"within {points(tenure.within, 0)} points of the record", tenure.holds))  # fmt: skip
    elif tenure:
        rows.append(Check("New leaders in office", "–", "as in the record", None))
    if isinstance(gaps, GapsFound):
        for of, at in (("all gaps", slice(0, 3)), ("the processes' median gaps", slice(3, 6))):
            low, high = gaps.low[at], gaps.high[at]
            inside = all(a <= r <= b for a, r, b in zip(low, gaps.record[at], high, strict=True))
            rows.append(Check(
                f"Quartiles of {of}, days",
                f"{_slashed(gaps.middle[at])} (98% of simulated records: "
                + ", ".join(f"{number(a, 0)} to {number(b, 0)}" for a, b in zip(low, high, strict=True)) + ")",
                f"the record's {_slashed(gaps.record[at])} inside", inside,
            ))  # fmt: skip
    elif gaps:
        rows.append(Check("Gaps between steps", "–", "as in the record", None))
    if found.violations is not None:
        for kind, ratio in found.violations.ratios.items():
            rows.append(Check(
                f"Violations within a year of an {kind} exit, against quiet years",
                f"{number(ratio.estimate, 2)} times ({number(ratio.low, 2)} to {number(ratio.high, 2)})",
                f"{number(ratio.band[0], 2)} to {number(ratio.band[1], 2)} times", ratio.holds,
            ))  # fmt: skip
    if found.secrecy is not None:
        rows.append(Check("Secrets that keep, against the closed form",
            f"largest difference {number(found.secrecy.largest)} standard errors", "4 or fewer",
            found.secrecy.holds))  # fmt: skip
    if found.verdicts:
        held = sum(verdict.holds for verdict in found.verdicts)
        rows.append(Check("Causal claims", f"{held} of {len(found.verdicts)} hold", "all", held == len(found.verdicts)))
    return rows


def _slashed(values: Sequence[float]) -> str:
    return "/".join(number(x, 0) for x in values)


def _answer(checks: Sequence[Check]) -> str:
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
