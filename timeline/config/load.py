"""Configs: a TOML file becomes a validated, frozen experiment.

All problems of a file are found at once. Each is one line that names the file, the key
path, what was given, what was expected and, if there is one, the nearest valid name.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

from timeline.config.aims import read_aims
from timeline.config.case import inject_events, read_case
from timeline.config.document import Change, Document, as_toml
from timeline.config.grids import expand
from timeline.config.laws import read_laws
from timeline.config.played import read_played
from timeline.config.precision import read_precision
from timeline.config.schema import misfits, unshowable_texts
from timeline.config.selection import read_selection, warn_of_too_few
from timeline.config.start import read_start, refuse_events_before
from timeline.config.sweep import read_sweep, set_options
from timeline.config.tables import flat, read_injections, read_levers, read_parameters
from timeline.config.targets import Given
from timeline.config.uncertainty import read_uncertainty
from timeline.engines.start import Start
from timeline.engines.world import Injection
from timeline.errors import ConfigError, ModelError, nearest
from timeline.model.declarations import SIDES, Model, Sampled, unmet_needs
from timeline.model.units import YEAR, parse_duration
from timeline.model.values import Number, shown
from timeline.study.checks import default_world, impossible_changes, impossible_together
from timeline.study.experiment import Cadence, Experiment, Scenario, in_model_order
from timeline.study.fitted_clocks import FittedClock
from timeline.study.questions import Aims, Landmark, Precision, Selection
from timeline.study.sweep import Sweep
from timeline.study.uncertainty import Uncertainty
from timeline.study.window import Window
from timeline.workspace import Workspace, find

#: Longer than this nobody looks ahead, and the analysis keeps a number a week.
_LONGEST = 10_000 * YEAR
#: The figures have room for so many letters.
_LONGEST_NAME = 60
_NAME = re.compile(r"[A-Za-z0-9_-]+")
#: What a config that is no file is called.
_UNWRITTEN = Path("study")
_NO_CADENCE = "none given, expected at least one table [cadences.NAME]"


def load(
    config: str | os.PathLike[str] | Mapping[str, object],
    changes: Sequence[Change] = (),
    replications: int | None = None,
    seed: int | None = None,
    sweep: Mapping[str, object] | None = None,
    workspace: str | os.PathLike[str] = ".",
) -> Experiment:
    """Read a config.

    Parameters
    ----------
    config
        The file, inside a workspace; or what a file would hold, as nested tables.
    changes
        What replaces what it says: texts such as ``"leaks.per_insider=5e-3"`` or
        ``"cadences.quarterly.keep=0.1"``, or pairs such as ``("leaks.per_insider", 5e-3)``; the prefix
        ``parameters.`` may be left out.
    replications, seed
        Replace the file's numbers.
    sweep
        Replaces keys of the file's ``[sweep]``.
    workspace
        The workspace of a config that is no file, or a folder inside it.

    Raises
    ------
    ConfigError
        With one line for each problem.
    """
    path, raw = (_UNWRITTEN, config) if isinstance(config, Mapping) else (Path(config), None)
    try:
        document = Document(path, changes, replications, seed, raw)
        if sweep:
            set_options(document, sweep)
        try:
            place = find(path if raw is None else Path(workspace))
        except ConfigError as problem:
            raise ConfigError([*document.in_order(), *problem.problems]) from None
        texts = [c if isinstance(c, str) else f"{c[0]}={as_toml(c[1])}" for c in changes]
        options = [word for text in texts for word in ("--set", text)]
        options += [] if seed is None else ["--seed", str(seed)]
        return replace(_experiment(document, place), changes=tuple(options), written=raw is None)
    except RecursionError:
        raise ConfigError(f"{path}: given tables nested too deeply, expected a flat TOML file") from None


def _experiment(document: Document, workspace: Workspace) -> Experiment:
    """Read section by section, going on after a problem; raise everything that is wrong at the end."""
    raw, name = document.raw, document.path.stem
    for path, sentence in unshowable_texts(raw):
        document.refuse(path, sentence)
    grid, factorial = expand(document)
    inject_events(document)
    if not _NAME.fullmatch(name):
        document.refuse("", _not_a_name("file name", name))
    for path, sentence in misfits(raw):
        document.refuse(path, sentence)
    sides = _sides(document)
    horizon = _duration(document, "horizon", raw.get("horizon"))
    starts = _starts(document, horizon)
    model = _model(document, workspace)
    watched = _watched(document, horizon)
    for table in ("cadences", "scenarios"):
        _check_names(document, table)
    without: tuple[str, ...] = ()
    injections: tuple[Injection, ...] = ()
    start = Start()
    laws: tuple[FittedClock, ...] = ()
    landmark: Landmark | None = None
    aims: Aims | None = None
    selection: Selection | None = None
    world: dict[str, Number] = {}
    scenarios: dict[str, Scenario] = {}
    cadences: dict[str, Cadence] = {}
    if model is not None:
        if model.endpoints is None:
            document.warn(
                "model",
                f'"{model.name}" declares no endpoints, so rows will be saved but no report can be made; '
                "add endpoints=Endpoints(...) to the model",
            )
        without = _without(document, "without", raw.get("without"), model)
        landmark = _landmark(document, model)
        if watched is not None:
            aims = read_aims(document, model.endpoints, watched)
        world = _world(document, model)
        start = read_start(document, "start", raw.get("start"), model, horizon, starts)
        laws = read_laws(document, model, without)
        scenarios = _scenarios(document, model, world, without, horizon, starts, start)
        off = (*without, *(name for scenario in scenarios.values() for name in scenario.without))
        injections = read_injections(document, "inject", raw.get("inject"), model, horizon, off, starts, start)
        for scenario in scenarios.values():
            if scenario.start is not None:
                refuse_events_before(document, f"scenarios.{scenario.name}.start", injections, scenario.start)
        cadences = _cadences(document, model, off)
        if watched is not None:
            selection = read_selection(document, model.endpoints, watched, len(cadences))
        if landmark is not None and model.endpoints is not None and model.endpoints.signed is not None:
            _check_drills(document, landmark, model.endpoints.signed, [s.injections for s in scenarios.values()])
    elif not raw.get("cadences"):
        # Without its model nobody knows whether the config needs any; but all that is missing is to be said at once.
        document.refuse("cadences", f"{_NO_CADENCE}, unless the model has no levers")
    baseline = _baseline(document, list(cadences or document.table("cadences")))
    precision: Precision | None = None
    if model is not None and watched is not None:
        levers = {cadence.name: cadence.values for cadence in cadences.values()}
        precision = read_precision(document, model.endpoints, watched, baseline, levers)
    if selection is not None:
        warn_of_too_few(document, precision, raw.get("replications"))
    uncertainty: Uncertainty | None = None
    covariates = _covariates(document, scenarios)
    if model is not None and watched is not None:
        uncertainty = read_uncertainty(document, _told(document, workspace, model, watched, scenarios, without))
    case = None if model is None else read_case(document, model, starts, horizon, cadences)
    played = None if model is None else read_played(document, cadences, scenarios, horizon)
    sweep: Sweep | None = None
    if model is not None and watched is not None and not document.problems:
        sweep = read_sweep(document, model, baseline, cadences, scenarios, world, watched, without)
    if document.problems:
        raise ConfigError(document.in_order())
    assert model is not None
    assert watched is not None
    return Experiment(
        path=document.path,
        name=name,
        workspace=workspace,
        title=raw.get("title") or name,
        question=raw.get("question", ""),
        model_name=model.name,
        model=model,
        window=watched,
        replications=raw["replications"],
        seed=raw["seed"],
        baseline=baseline,
        sides=sides,
        cadences=cadences,
        scenarios=scenarios,
        world=world,
        without=without,
        injections=injections,
        start=start,
        laws=laws,
        warnings=tuple(document.warnings),
        grid=grid,
        factorial=factorial,
        landmark=landmark,
        aims=aims,
        selection=selection,
        sweep=sweep,
        precision=precision,
        uncertainty=uncertainty,
        covariates=covariates,
        starts=starts,
        case=case,
        played=played,
    )


def _covariates(document: Document, scenarios: Mapping[str, Scenario]) -> dict[str, tuple[str, ...]]:
    """Read which rows of a table of agreements each scenario stands for."""
    found: dict[str, tuple[str, ...]] = {}
    for name, listed in document.table("covariates").items():
        if not isinstance(listed, list):
            continue  # reported with the schema
        if name not in scenarios:
            document.refuse(
                f"covariates.{name}", f"given, but there is no such scenario{nearest(name, scenarios)}", name=True
            )
        elif not listed:
            document.refuse(f"covariates.{name}", "given no condition, expected one or more such as peacekeeping=1")
        else:
            found[name] = tuple(map(str, listed))
    return found


def _told(
    document: Document,
    workspace: Workspace,
    model: Model,
    watched: Window,
    scenarios: Mapping[str, Scenario],
    without: tuple[str, ...],
) -> Given:
    """Return what of the config bears on its uncertainty: what it sets itself it knows."""
    set_by_all = {path for path, _ in flat(document.table("parameters"), model.assumptions)}
    set_by_some = {path for scenario in scenarios.values() for path in scenario.values}
    seed = document.raw.get("seed")
    known = frozenset(set_by_all | set_by_some)
    return Given(model, workspace, watched, known, without, seed if isinstance(seed, int) else 0, len(scenarios))


# The top of the file.


def _sides(document: Document) -> dict[str, str]:
    table = document.table("sides")
    sides = {side: table.get(side, f"Side {side.upper()}") for side in SIDES}
    for side, name in sides.items():
        if isinstance(name, str) and name and not name.strip():
            document.refuse(f"sides.{side}", f"given {shown(name)}, expected a name")
    if sides["a"] == sides["b"]:
        document.refuse("sides", f"given {shown(sides['a'])} for both sides, expected two different names")
    return sides


def _duration(document: Document, path: str, given: object) -> float | None:
    """Return a duration in days; what is no text was already reported with the schema."""
    if not isinstance(given, str):
        return None
    try:
        days = parse_duration(given)
    except ValueError as problem:
        document.refuse(path, str(problem))
        return None
    if days <= 0:
        document.refuse(path, f"given {shown(given)}, expected more than 0 days")
        return None
    if days > _LONGEST:
        document.refuse(path, f"given {shown(given)}, expected at most {_LONGEST / YEAR:,.0f} years")
        return None
    return days


def _starts(document: Document, horizon: float | None) -> date | None:
    """Return the calendar date of day 0; what is no date was already reported with the schema."""
    given = document.raw.get("starts")
    if not isinstance(given, date) or isinstance(given, datetime):
        return None
    try:
        given + timedelta(days=horizon or 0.0)
    except OverflowError:
        document.refuse("starts", f"given {given}, expected a start whose horizon lies before the year 10000")
        return None
    return given


def _model(document: Document, workspace: Workspace) -> Model | None:
    name = document.raw.get("model")
    if not isinstance(name, str):
        return None
    known = workspace.models()
    if name not in known and not (name.isidentifier() and os.path.isfile(workspace.folder / f"{name}.py")):
        listed = f"one of {', '.join(known)}" if known else "a model, but there is none"
        document.refuse("model", f"given {shown(name)}, expected {listed} in {workspace.folder}{nearest(name, known)}")
        return None
    try:
        return workspace.load(name)
    except ModelError as problem:
        document.refuse("model", str(problem))
        return None


def _watched(document: Document, horizon: float | None) -> Window | None:
    """Return for how long is watched; None without a horizon, but what is wrong with the rest is said all the same."""
    table = document.table("analysis")
    longest = math.inf if horizon is None else horizon
    too_long = f"expected no more than the horizon, {shown(document.raw.get('horizon'))}"
    follow_up = _duration(document, "analysis.follow_up", table.get("follow_up"))
    if follow_up is None:
        follow_up = min(longest * 2 / 3, 10 * YEAR)
    elif follow_up > longest:
        document.refuse("analysis.follow_up", f"given {shown(table['follow_up'])}, {too_long}")
    if not isinstance(table.get("rmst"), list):
        usual = tuple(days for days in (YEAR, 5 * YEAR) if days <= follow_up)
        return None if horizon is None else Window(horizon, follow_up, usual or (follow_up,))
    rmst: list[float] = []
    for number, text in enumerate(table["rmst"]):
        path = f"analysis.rmst[{number}]"
        days = _duration(document, path, text)
        if days is None:
            continue
        if days > longest:
            document.refuse(path, f"given {shown(text)}, {too_long}")
        elif days > follow_up:
            limit = f"the follow-up, {follow_up:g} days (analysis.follow_up)"
            document.refuse(path, f"given {shown(text)}, expected no more than {limit}")
        elif days in rmst:
            document.refuse(path, f"given {shown(text)} twice, expected different durations")
        rmst.append(days)
    return None if horizon is None else Window(horizon, follow_up, tuple(rmst))


def _landmark(document: Document, model: Model) -> Landmark | None:
    """Return by what agreements are told apart on the day of a drill."""
    table = document.table("analysis")
    name, after = table.get("landmark"), _duration(document, "analysis.landmark_after", table.get("landmark_after"))
    if name is None:
        if after is not None:
            document.refuse("analysis.landmark_after", 'given without "landmark", expected both')
        return None
    signed = model.endpoints.signed if model.endpoints else None
    sampled = [o for o in model.observations if isinstance(o, Sampled) and o.since is not None]
    known = {o.column: o for o in sampled if o.since == signed}
    if isinstance(name, str) and name not in known:
        listed = f"one of {', '.join(known)}" if known else "an observation since the signature, but there is none"
        document.refuse("analysis.landmark", f"given {shown(name)}, expected {listed}{nearest(name, known)}")
        return None
    if after is None:
        document.refuse("analysis.landmark_after", 'not given, expected a duration such as "2 years"')
        return None
    return Landmark(name, known[name].field, known[name].days, after)


def _check_drills(
    document: Document, landmark: Landmark, signed: str, scenarios: Sequence[tuple[Injection, ...]]
) -> None:
    """Refuse a landmark without drills to use it on, or with a drill on a day that is not sampled."""
    drills = [[event.days for event in events if event.since == signed] for events in scenarios]
    for days in drills:
        if days and days[0] not in landmark.days:
            known = ", ".join(f"{day:g}" for day in landmark.days)
            document.refuse(
                "analysis.landmark",
                f"given with an event injected {days[0]:g} days after the signature, expected one of the days it is "
                f"sampled at: {known}",
            )
    if not any(drills):
        document.refuse(
            "analysis.landmark", "given, expected a scenario with an event injected so long after the signature"
        )
    elif all(drills):
        document.refuse("analysis.landmark", "given, expected a scenario without such an event to compare with")


def _check_names(document: Document, key: str) -> None:
    """Refuse names that could not be part of a file name, or would share one."""
    seen: dict[str, str] = {}
    for name in document.table(key):
        path = f"{key}.{name}"
        if not _NAME.fullmatch(name):
            document.refuse(path, _not_a_name("name", name))
        elif len(name) > _LONGEST_NAME:
            document.refuse(path, f"given {len(name)} letters, expected a name of at most {_LONGEST_NAME}")
        twin = seen.setdefault(name.lower(), name)
        if twin != name:
            document.refuse(path, f'given "{name}" beside "{twin}", expected names that differ by more than capitals')


def _not_a_name(what: str, given: str) -> str:
    return f'given the {what} {shown(given)}, expected only letters, digits, "-" and "_": it names files'


def _without(
    document: Document, path: str, given: object, model: Model, before: tuple[str, ...] = ()
) -> tuple[str, ...]:
    names = [name for name in given if isinstance(name, str)] if isinstance(given, list) else []
    known = [mechanism.name for mechanism in model.mechanisms]
    for number, name in enumerate(names):
        if name not in known:
            document.refuse(
                f"{path}[{number}]",
                f'given {shown(name)}, expected a mechanism of model "{model.name}"{nearest(name, known)}',
            )
    for name, needed in unmet_needs(model, {*before, *names}):
        if needed in names:
            document.refuse(
                f"{path}[{names.index(needed)}]",
                f'given {shown(needed)}, but mechanism "{name}" means nothing without it; remove {name} too',
            )
    return in_model_order(model, names)


def _baseline(document: Document, cadences: Sequence[str]) -> str:
    given = document.raw.get("baseline")
    if given is None:
        return cadences[0] if cadences else ""
    if isinstance(given, str) and given not in cadences:
        listed = f"one of {', '.join(cadences)}" if cadences else "the name of a cadence, but there is none"
        document.refuse("baseline", f"given {shown(given)}, expected {listed}{nearest(given, cadences)}")
    return str(given)


# The world, the scenarios and the cadences.


def _world(document: Document, model: Model) -> dict[str, Number]:
    _, changed = read_parameters(document, "parameters", document.table("parameters"), model)
    world = default_world(model) | changed
    for path, sentence in impossible_together(model, world):
        document.refuse(f"parameters.{path}", sentence)
    return world


def _scenarios(
    document: Document,
    model: Model,
    world: dict[str, Number],
    off: tuple[str, ...],
    horizon: float | None,
    starts: date | None,
    start: Start,
) -> dict[str, Scenario]:
    found: dict[str, Scenario] = {}
    impossible = impossible_changes(model, world)
    told = impossible({})
    for name, table in document.table("scenarios").items():
        if not isinstance(table, dict):
            continue
        where = f"scenarios.{name}"
        inside = table.get("parameters")
        given, changed = read_parameters(
            document, f"{where}.parameters", inside if isinstance(inside, dict) else {}, model
        )
        for path, sentence in impossible(changed):
            if (path, sentence) not in told:
                document.refuse(f"{where}.parameters.{path}", sentence)
        without = _without(document, f"{where}.without", table.get("without"), model, off)
        switched_off = (*off, *without)
        begins = read_start(document, f"{where}.start", table.get("start"), model, horizon, starts, start)
        events = table.get("inject")
        injections = read_injections(document, f"{where}.inject", events, model, horizon, switched_off, starts, begins)
        own = begins if begins != start else None
        found[name] = Scenario(name, table.get("about", ""), given, changed, without, injections, own)
    return found or {"default": Scenario("default", "", {}, {})}


def _cadences(document: Document, model: Model, without: Iterable[str]) -> dict[str, Cadence]:
    found: dict[str, Cadence] = {}
    for name, table in document.table("cadences").items():
        if not isinstance(table, dict):
            continue
        where = f"cadences.{name}"
        about = table.get("about", "")
        if not isinstance(about, str):
            document.refuse(f"{where}.about", f"given {shown(about)}, expected a text")
        given = {key: value for key, value in table.items() if key != "about"}
        found[name] = Cadence(name, about, given, read_levers(document, where, given, model, without))
    if document.table("cadences"):
        return found
    if model.levers is None:
        return {"default": Cadence("default", "", {}, {})}
    if document.raw.get("cadences", {}) == {}:
        document.refuse("cadences", _NO_CADENCE)
    return {}
