"""The resolved form: everything that was decided, as it is kept beside results and read back.

A page must be possible long after, on another machine, without the model. So what a page needs of a config and of
its model is kept with the rows, as plain data that names no folder and no time of day. `to_json` and `from_json` are
the two ends; what is read back has the types and the shape that are declared here, or is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

from timeline.derived.influence import InfluenceTable, influences, used_by
from timeline.engines.start import Start, described_start
from timeline.engines.world import Injection
from timeline.errors import StoreError, TimelineError
from timeline.model.declarations import Model, Sampled, column_meanings
from timeline.model.endpoints import IN_FORCE, Endpoints
from timeline.model.values import Number, as_json, shown
from timeline.study.experiment import Experiment
from timeline.study.fitted_clocks import FittedClock
from timeline.study.keys import arm_keys
from timeline.study.questions import Aims, Grid, Landmark, Precision, Selection, usual_aims
from timeline.study.window import Window

if TYPE_CHECKING:
    from pydantic import TypeAdapter


@dataclass(frozen=True)
class ResolvedCadence:
    """A cadence: a line on who argued for it, its levers as written, every lever in days and 1/day."""

    about: str
    given: dict[str, Any]
    values: dict[str, Number]


@dataclass(frozen=True)
class ResolvedStart:
    """Where timelines begin, if elsewhere than the model does: the day, and in words what is given of the state."""

    day: float
    state: dict[str, str]

    @classmethod
    def of(cls, model: Model, start: Start | None) -> ResolvedStart | None:
        """Return the resolved form of a start; None if nothing is given."""
        if start is None or not start.given:
            return None
        return cls(start.day, described_start(model, start))


@dataclass(frozen=True)
class ResolvedScenario:
    """A scenario: a line on what it assumes, and what it changes of the world."""

    about: str
    given: dict[str, Any]
    values: dict[str, Number]
    without: tuple[str, ...] = ()
    inject: tuple[Injection, ...] = ()
    start: ResolvedStart | None = None


@dataclass(frozen=True)
class ResolvedLaw:
    """A law that was given to a clock: as it was written, and where it comes from."""

    clock: str
    given: dict[str, Any]
    fitted: dict[str, Any]

    @classmethod
    def of(cls, fitted: FittedClock) -> ResolvedLaw:
        """Return the resolved form of a given law."""
        return cls(fitted.clock, dict(fitted.given), dict(fitted.told))


@dataclass(frozen=True)
class ResolvedAnalysis:
    """For how long agreements are followed, and by what they are told apart on the day of a drill."""

    follow_up: float
    rmst: tuple[float, ...]
    landmark: Landmark | None = None


@dataclass(frozen=True)
class ResolvedConfig:
    """A config as it was understood; see `timeline.study.experiment.Experiment` for what each part means."""

    config: str
    title: str
    question: str
    model: str
    horizon: float
    replications: int
    seed: int
    baseline: str
    sides: dict[str, str]
    without: tuple[str, ...]
    inject: tuple[Injection, ...]
    parameters: dict[str, Number]
    cadences: dict[str, ResolvedCadence]
    scenarios: dict[str, ResolvedScenario]
    grid: Grid | None
    factorial: Grid | None
    ablation: bool
    analysis: ResolvedAnalysis
    aims: Aims | None
    selection: Selection | None
    sweep: dict[str, Any] | None = None
    precision: Precision | None = None
    uncertainty: dict[str, Any] | None = None
    warnings: tuple[str, ...] = ()
    starts: date | None = None
    start: ResolvedStart | None = None
    laws: tuple[ResolvedLaw, ...] | None = None

    @classmethod
    def of(cls, experiment: Experiment) -> ResolvedConfig:
        """Return the resolved form of a config."""
        return cls(
            config=experiment.path.name,
            title=experiment.title,
            question=experiment.question,
            model=experiment.model_name,
            horizon=experiment.horizon,
            replications=experiment.replications,
            seed=experiment.seed,
            baseline=experiment.baseline,
            sides=experiment.sides,
            without=experiment.without,
            inject=experiment.injections,
            parameters=experiment.world,
            cadences={c.name: ResolvedCadence(c.about, c.given, c.values) for c in experiment.cadences.values()},
            scenarios={
                s.name: ResolvedScenario(
                    s.about, s.given, s.values, s.without, s.injections, ResolvedStart.of(experiment.model, s.start)
                )
                for s in experiment.scenarios.values()
            },
            grid=experiment.grid,
            factorial=experiment.factorial,
            ablation=experiment.ablation,
            analysis=ResolvedAnalysis(experiment.window.follow_up, experiment.window.rmst, experiment.landmark),
            aims=experiment.aims,
            selection=experiment.selection,
            warnings=experiment.warnings,
            sweep=None if experiment.sweep is None else experiment.sweep.as_json(),
            precision=experiment.precision,
            uncertainty=None if experiment.uncertainty is None else experiment.uncertainty.to_json(),
            starts=experiment.starts,
            start=ResolvedStart.of(experiment.model, experiment.start),
            laws=tuple(ResolvedLaw.of(fitted) for fitted in experiment.laws) or None,
        )

    @property
    def window(self) -> Window:
        """For how long crises and agreements are watched."""
        return Window(self.horizon, self.analysis.follow_up, self.analysis.rmst)

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data that JSON can hold."""
        content = _without_nothing(asdict(self), "sweep", "precision", "uncertainty", "starts", "start", "laws")
        content["scenarios"] = {name: _without_nothing(s, "start") for name, s in content["scenarios"].items()}
        plain: dict[str, Any] = as_json(content)
        return plain


@dataclass(frozen=True)
class ResolvedArm:
    """The key under which the rows of a scenario under a cadence lie."""

    scenario: str
    cadence: str
    key: str


@dataclass(frozen=True)
class Fan:
    """A field that is sampled at stated days since the start."""

    field: str
    days: tuple[float, ...]


@dataclass(frozen=True)
class ResolvedModel:
    """What a page, or a codebook, says of a model.

    ``columns`` says what each column of its rows means, ``plays_on`` whether timelines go on once the outcome is
    decided.
    """

    name: str
    title: str
    account: str
    endpoints: Endpoints | None
    fans: dict[str, Fan]
    influences: InfluenceTable | None = None
    columns: dict[str, str] = field(default_factory=dict)
    plays_on: bool = False

    @classmethod
    def of(cls, model: Model, world: dict[str, Number]) -> ResolvedModel:
        """Return what is said of a model."""
        return cls(
            name=model.name,
            title=model.title,
            account=model.account,
            endpoints=model.endpoints,
            fans={
                observation.column: Fan(observation.field, observation.days)
                for observation in model.observations
                if isinstance(observation, Sampled) and observation.since is None
            },
            influences=influences(model, world),
            columns=column_meanings(model),
            plays_on=model.plays_on,
        )


@dataclass(frozen=True)
class LedgerLine:
    """One line of the table of assumptions; `timeline.study.experiment.Experiment.ledger` says what each means."""

    path: str
    mechanism: str
    default: Any
    unit: str
    low: Any
    high: Any
    evidence: str
    source: str
    meaning: str
    value: Any
    changed: bool
    scenarios: dict[str, Any] = field(default_factory=dict)
    used_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reached:
    """How narrow intervals have become.

    Attributes
    ----------
    replications
        Of each arm that were played.
    half_width, scenario, cadence
        Of the widest interval; None if none is defined.
    narrow_enough
        Whether it is as narrow as the config wants it.
    needed
        About how many replications that takes; None if no interval is defined.
    left_out
        Intervals that are not defined, and why.
    sentence
        All that in words.
    """

    replications: int
    half_width: float | None
    scenario: str | None
    cadence: str | None
    narrow_enough: bool
    needed: int | None
    left_out: tuple[str, ...]
    sentence: str


@dataclass(frozen=True)
class Resolved:
    """Everything that a page needs besides the rows.

    Attributes
    ----------
    command
        The command that made the results.
    config, arms, model, ledger
        The config as it was understood, where the rows of each arm lie, and what is said of the model.
    precision
        What growing has reached, if the config asks for precision and it has come to an end.
    """

    command: str
    config: ResolvedConfig
    arms: tuple[ResolvedArm, ...]
    model: ResolvedModel
    ledger: tuple[LedgerLine, ...]
    precision: Reached | None = None

    @classmethod
    def of(cls, experiment: Experiment, command: str = "") -> Resolved:
        """Return the resolved form of an experiment, and of its model."""
        model, users = experiment.model, used_by(experiment.model)
        return cls(
            command=command,
            config=ResolvedConfig.of(experiment),
            arms=tuple(ResolvedArm(*names, key) for names, key in arm_keys(experiment).items()),
            model=ResolvedModel.of(model, experiment.world),
            ledger=tuple(LedgerLine(**row, used_by=tuple(users[row["path"]])) for row in experiment.ledger()),
        )

    @property
    def endpoints(self) -> Endpoints:
        """How rows are read.

        Raises
        ------
        TimelineError
            If the model declares none, so that there is nothing to report.
        """
        if self.model.endpoints is None:
            raise TimelineError(
                f'model "{self.model.name}" declares no endpoints, so there is nothing to report; '
                "the rows are saved; add endpoints=Endpoints(...) to the model"
            )
        return self.model.endpoints

    @property
    def aims(self) -> Aims:
        """By which measures cadences are judged together: those of the config, or else the usual ones."""
        return self.config.aims or usual_aims(self.endpoints)

    @property
    def keys(self) -> dict[tuple[str, str], str]:
        """{(scenario, cadence): key of the arm}."""
        return {(arm.scenario, arm.cadence): arm.key for arm in self.arms}

    def played(self, replications: int) -> Resolved:
        """Return it with another number of replications, and without what had been reached."""
        return replace(self, config=replace(self.config, replications=replications), precision=None)

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data that JSON can hold; `from_json` reads it back."""
        content = {**asdict(self), "config": self.config.to_json()}
        if self.model.endpoints is not None:
            _leave_out_usual(content["model"]["endpoints"])
        plain: dict[str, Any] = as_json(_without_nothing(content, "precision"))
        return plain

    @classmethod
    def from_json(cls, content: object) -> Resolved:
        """Return what `to_json` has written.

        Raises
        ------
        StoreError
            If the content has another shape; names the first place that has.

        Examples
        --------
        >>> Resolved.from_json({"command": "timeline run x.toml"})
        Traceback (most recent call last):
        timeline.errors.StoreError: config: is missing
        """
        from pydantic import ValidationError

        try:
            resolved = _reader().validate_python(content)
        except ValidationError as problem:
            raise StoreError(_misshapen(problem.errors()[0])) from None
        if odds := next(_at_odds(resolved), ""):
            raise StoreError(odds)
        return resolved


@cache
def _reader() -> TypeAdapter[Resolved]:
    """Return what reads the resolved form; building it takes a moment, which only a reader should wait for."""
    from pydantic import TypeAdapter

    return TypeAdapter(Resolved)


def _at_odds(resolved: Resolved) -> Iterator[str]:
    """Yield where the parts of a kept form do not fit one another, though each has the right shape."""
    config = resolved.config
    if not {"a", "b"} <= config.sides.keys():
        yield "config.sides: given no names of both sides, expected a and b"
    if config.replications < 1:
        yield f"config.replications: given {config.replications}, expected 1 or more"
    if config.baseline not in config.cadences:
        yield "config.baseline: is none of the cadences"
    given = [(arm.scenario, arm.cadence) for arm in resolved.arms]
    if sorted(given) != sorted((scenario, cadence) for scenario in config.scenarios for cadence in config.cadences):
        yield "arms: given others than each scenario under each cadence, expected these, each once"
    if not given:
        yield "arms: given none, expected at least one"


def _misshapen(error: Mapping[str, Any]) -> str:
    """Say where a kept form departs from what is declared, in one line."""
    place = ".".join(map(str, error["loc"])) or "the whole"
    if error["type"] == "missing":
        return f"{place}: is missing"
    if error["type"] in ("dataclass_type", "dict_type"):
        return f"{place}: given {shown(error['input'])}, expected a table"
    return f"{place}: given {shown(error['input'])}; {error['msg'][:1].lower()}{error['msg'][1:]}"


def _leave_out_usual(endpoints: dict[str, Any]) -> None:
    """Leave out what a model of agreements does not say, so that it does not change what is kept of older ones."""
    for name, usual in (("wording", None), ("primary", IN_FORCE)):
        if endpoints[name] == usual:
            del endpoints[name]
    for own in endpoints["further"]:
        for name, usual in (("most", None), ("says", "")):
            if own[name] == usual:
                del own[name]


def _without_nothing(content: dict[str, Any], *names: str) -> dict[str, Any]:
    """Leave out what a config does not ask for, so that it does not change what is kept of older ones."""
    return {name: value for name, value in content.items() if name not in names or value is not None}
