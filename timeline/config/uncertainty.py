"""Uncertainty: what a config says of what is not known, and of which worlds could be ours.

`timeline.study.drawn` draws worlds, `timeline.analysis.moving` moves them; here only the table ``[uncertainty]`` is
read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import get_args

from timeline.config.document import Document
from timeline.config.further import read_further
from timeline.config.prior_laws import read_law
from timeline.config.tables import flat, unknown_parameter
from timeline.config.targets import Given, read_keep, read_record
from timeline.errors import nearest
from timeline.model.declarations import Model
from timeline.model.values import shown
from timeline.study.drawn import strongest_possible
from timeline.study.given_draws import DrawsError, checksum, read_draws
from timeline.study.priors import mechanism_of, priors_of
from timeline.study.uncertainty import DECLARED, Acceptance, Correlation, Directions, Prior, Target, Uncertainty

_T = "uncertainty"
_NOT_FREE = "given, but it is not among the assumptions that are free; add it to free, or leave it out"


def read_uncertainty(document: Document, given: Given) -> Uncertainty | None:
    """Read the table ``[uncertainty]`` of a config.

    Parameters
    ----------
    document
        The config; what is wrong is added to its problems.
    given
        What else it says.

    Returns
    -------
    Uncertainty or None
        None if there is no such table, or something is wrong with it.
    """
    if _T not in document.raw:
        return None
    before = len(document.problems)
    table = document.table(_T)
    directions, directions_of = _directions(document, table.get("directions", "essays"), given.model)
    laws = _laws(document, table.get("laws"), given)
    source, draws, drawn = _source(document, table.get("from", DECLARED), given.model)
    record = table.get("record", "")
    keep = [*read_record(document, record, given), *read_keep(document, table.get("keep"), given)]
    accept = _accept(document, table.get("accept"), bool(keep), bool(record))
    correlations = _correlations(document, table.get("correlations"))
    further = read_further(document, table, given)
    _check_budget(document, table)
    if len(document.problems) > before:
        return None
    asked = Uncertainty(
        worlds=table.get("worlds", 1_000),
        replications=table.get("replications", 300),
        timelines=table.get("timelines", 0),
        seed=table.get("seed", given.seed),
        source=source,
        draws=draws,
        directions=directions,
        directions_of=directions_of,
        laws=laws,
        known=tuple(sorted(given.known)),
        correlations=correlations,
        keep=tuple(keep),
        record=record,
        free=_free(document, table.get("free"), given.model),
        hold_out=_hold_out(document, table.get("hold_out"), keep),
        accept=accept,
        further=further,
    )
    _check_used(document, asked, drawn, given)
    return None if len(document.problems) > before else asked


def _check_budget(document: Document, table: Mapping[str, object]) -> None:
    """Refuse a number of timelines beside the numbers that follow from it."""
    both = [key for key in ("worlds", "replications") if key in table]
    if "timelines" in table and both:
        document.refuse(
            f"{_T}.timelines",
            f"given beside {' and '.join(both)}, expected one or the other: a pilot splits timelines between them",
        )


def source_file(config: Path, source: str) -> Path:
    """Return where a table of draws lies: as written, from the folder of the config."""
    return config.parent / source


def _source(document: Document, given: object, model: Model) -> tuple[str, str, tuple[str, ...]]:
    """Return where worlds come from, the checksum of that table, and which assumptions it speaks of."""
    if not isinstance(given, str) or given == DECLARED:
        return DECLARED, "", ()
    path = source_file(document.path, given)
    if not path.suffix and not path.exists():
        document.refuse(
            f"{_T}.from",
            f'given {shown(given)}, expected "{DECLARED}" or a file of draws such as "posterior.parquet"'
            f"{nearest(given, [DECLARED])}",
        )
        return given, "", ()
    try:
        return given, checksum(path) if path.is_file() else "", read_draws(path, model).paths
    except DrawsError as problem:
        for sentence in problem.problems:
            document.refuse(f"{_T}.from", sentence)
    except OSError as problem:
        document.refuse(f"{_T}.from", f"{path}: cannot be read: {problem.strerror}; check its permissions")
    return given, "", ()


def _directions(document: Document, given: object, model: Model) -> tuple[Directions, dict[str, Directions]]:
    known = get_args(Directions)
    if isinstance(given, str):
        if given in known:
            return ("essays" if given == "essays" else "free"), {}
        document.refuse(f"{_T}.directions", f'given {shown(given)}, expected "essays" or "free"{nearest(given, known)}')
    if not isinstance(given, Mapping):
        return "essays", {}  # reported with the schema
    mechanisms = {mechanism_of(path) for path in model.assumptions}
    found: dict[str, Directions] = {}
    for name, which in given.items():
        place = f"{_T}.directions.{name}"
        if name not in mechanisms:
            document.refuse(
                place,
                f'given {shown(which)}, but model "{model.name}" has no such mechanism{nearest(name, mechanisms)}',
            )
        elif which not in known:
            near = nearest(which, known) if isinstance(which, str) else ""
            document.refuse(place, f'given {shown(which)}, expected "essays" or "free"{near}')
        else:
            found[name] = "essays" if which == "essays" else "free"
    return "essays", found


def _laws(document: Document, given: object, told: Given) -> dict[str, Prior]:
    found: dict[str, Prior] = {}
    known = told.model.assumptions
    for path, table in flat(given, known) if isinstance(given, Mapping) else ():
        place = f"{_T}.laws.{path}"
        parameter = known.get(path)
        if parameter is None:
            document.refuse(place, unknown_parameter(path, table, told.model, known), name=True)
            continue
        prior = read_law(document, place, table, parameter)
        if prior is not None:
            found[path] = prior
    return found


def _correlations(document: Document, given: object) -> tuple[Correlation, ...]:
    found: list[Correlation] = []
    for number, table in enumerate(given if isinstance(given, list) else ()):
        place = f"{_T}.correlations[{number}]"
        of, rank = (table.get("of"), table.get("rank")) if isinstance(table, dict) else (None, None)
        if not isinstance(of, list) or isinstance(rank, bool) or not isinstance(rank, int | float):
            continue  # reported with the schema
        if len(of) != 2 or of[0] == of[1]:
            document.refuse(f"{place}.of", f"given {', '.join(map(shown, of))}, expected two different assumptions")
        elif not -1 < rank < 1:
            document.refuse(f"{place}.rank", f"given {shown(rank)}, expected a rank correlation between -1 and 1")
        elif any({of[0], of[1]} == {pair.one, pair.other} for pair in found):
            document.refuse(f"{place}.of", "given twice, expected each pair once")
        else:
            found.append(Correlation(of[0], of[1], float(rank)))
    return tuple(found)


def _accept(document: Document, given: object, keeps: bool, record: bool) -> Acceptance:
    known: tuple[Acceptance, ...] = get_args(Acceptance)
    if given is None:
        # So few worlds lie in all bands of the record that drawing until there are enough takes hours.
        return "move" if record else "reject"
    how = next((kind for kind in known if kind == given), None)
    if how is None:
        near = nearest(given, known) if isinstance(given, str) else ""
        document.refuse(f"{_T}.accept", f'given {shown(given)}, expected "reject", "move" or "weight"{near}')
    elif not keeps:
        document.refuse(
            f"{_T}.accept",
            f"given {shown(given)} without any band to accept worlds by; expected record = ... or [[uncertainty.keep]] "
            "too, or leave it out",
        )
    return how or "reject"


def _free(document: Document, listed: object, model: Model) -> tuple[str, ...]:
    known = {*model.assumptions, *map(mechanism_of, model.assumptions)}
    found = []
    for number, name in enumerate(listed if isinstance(listed, list) else ()):
        if name in known:
            found.append(name)
        elif isinstance(name, str):
            document.refuse(
                f"{_T}.free[{number}]",
                f'given {shown(name)}, expected an assumption or a mechanism of model "{model.name}"'
                f"{nearest(name, known)}",
            )
    return tuple(found)


def _hold_out(document: Document, listed: object, keep: Sequence[Target]) -> tuple[str, ...]:
    titles = [target.title for target in keep]
    found = []
    for number, title in enumerate(listed if isinstance(listed, list) else ()):
        if title in titles:
            found.append(title)
        elif isinstance(title, str):
            listing = ", ".join(f'"{known}"' for known in titles) or "none: there is no band"
            document.refuse(
                f"{_T}.hold_out[{number}]", f"given {shown(title)}, expected one of {listing}{nearest(title, titles)}"
            )
    if titles and set(titles) == set(found):
        document.refuse(f"{_T}.hold_out", "given all bands, expected one at least by which worlds are chosen")
    return tuple(found)


def _check_used(document: Document, asked: Uncertainty, drawn: Sequence[str], given: Given) -> None:
    """Refuse laws, correlations and studies of what does not differ between worlds."""
    priors = priors_of(given.model, asked, given.known, given.without)
    for path in asked.laws:
        if path in drawn:
            document.refuse(f"{_T}.laws.{path}", "given beside a table of draws that has this column, expected one")
        elif path not in priors:
            document.refuse(f"{_T}.laws.{path}", _why_unread(path, given) or _NOT_FREE)
    for path in drawn:
        if path not in priors and _why_unread(path, given):
            document.refuse(f"{_T}.from", f'the column "{path}": {_why_unread(path, given)}')
    for number, pair in enumerate(asked.correlations):
        for path in (pair.one, pair.other):
            if path in drawn or path not in priors:
                document.refuse(f"{_T}.correlations[{number}].of", _not_drawn(path, priors, drawn, given))
    for number, study in enumerate(asked.further.studies):
        if study.of not in drawn and study.of not in priors:
            document.refuse(f"{_T}.studies[{number}].of", _not_drawn(study.of, priors, drawn, given))
    if not document.problems and asked.correlations:
        _check_together(document, asked.correlations)


def _check_together(document: Document, correlations: Sequence[Correlation]) -> None:
    named = list(dict.fromkeys(path for pair in correlations for path in (pair.one, pair.other)))
    factor = strongest_possible(named, correlations)
    if factor < 1:
        document.refuse(
            f"{_T}.correlations",
            f"given rank correlations of {len(named)} assumptions that no worlds can have together (their matrix is "
            f"not positive definite), expected weaker ones; all of them times {factor:g} are possible",
        )


def _why_unread(path: str, given: Given) -> str:
    mechanism = mechanism_of(path)
    if mechanism in given.without:
        return f'given, but mechanism "{mechanism}" is switched off (without), so that nothing reads it; leave it out'
    from timeline.derived.influence import used_by

    return "" if used_by(given.model)[path] else "given, but nothing in the model reads it; leave it out"


def _not_drawn(path: str, priors: Iterable[str], drawn: Sequence[str], given: Given) -> str:
    model = given.model
    if path not in model.assumptions:
        return f'given "{path}", but model "{model.name}" has no such parameter{nearest(path, model.assumptions)}'
    if path in drawn:
        return f'given "{path}", whose correlations the table of draws decides; leave it out'
    if path in given.known:
        return f'given "{path}", which the config sets: it is the same in all worlds; give it a law, or leave it out'
    why = _why_unread(path, given)
    return f'"{path}": {why}' if why else f'given "{path}", which has no range, so that it is the same in all worlds'
