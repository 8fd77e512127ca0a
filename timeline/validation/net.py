"""Net contrasts: two settings of the whole model, played with the same luck, held against what becomes of the crisis.

A claim turns the strength of one arrow and looks just downstream; that tests whether the arrow is there. A net
contrast turns a lever, switches a mechanism off, sets the crisis otherwise or forces an event, and looks at the end:
is an agreement in force, was it kept, how hostile are the sides. Many paths lead there, and some lead back. So the
outcome can go against what an essay says, or be too small to matter, and the table says so. A row is no check: it
cannot fail, and it holds under the assumptions at their defaults only.

A workspace declares its rows in ``models/claims.py``, as ``NET``, and by what they are judged, as ``NET_MEASURES``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from timeline.engines.world import World
from timeline.errors import ModelError, nearest
from timeline.model.declarations import Model, unmet_needs
from timeline.model.records import Lever, Parameter, leaves
from timeline.model.units import YEAR
from timeline.validation.claims import Measure, Setting, check_measure, given_values, pattern
from timeline.validation.pairs import ENOUGH, SEED, Effect, Sums, compared, play_observed, sums

#: Replications of each setting.
PAIRS = 8_000
#: A difference below this does not matter: a hundredth, one percentage point.
MATTERS = 0.01

Expectation = Literal["helps", "hurts", ""]
NetWord = Literal["helps", "hurts", "no effect", "reverses the essay"]


@dataclass(frozen=True)
class NetMeasure:
    """What net contrasts are held against: a measure between 0 and 1, and which way is good.

    Attributes
    ----------
    name
        Short, as a column is headed.
    measure
        How it is taken.
    better
        ``"higher"`` or ``"lower"``.
    """

    name: str
    measure: Measure
    better: Literal["higher", "lower"] = "higher"


@dataclass(frozen=True)
class Net:
    """One row: two settings of a model, and what an essay says of the second against the first.

    Attributes
    ----------
    model
        The model that plays both.
    says
        What the essay says, a sentence. No two rows of a model share it.
    essay
        Where: ``"S0"``, ``"S1"``, ``"S2"``, several with commas.
    base, turned
        The two settings. The difference is ``turned`` minus ``base``.
    expects
        What the essay expects of ``turned``; empty if it does not say.
    main
        The name of the measure that decides the verdict.
    answers
        Short names of the essays' claims that this row speaks to, of the workspace's ``READING``.
    note
        What to know beside it, a sentence.
    years
        How long timelines are played.
    """

    model: str
    says: str
    essay: str
    base: Setting
    turned: Setting
    expects: Expectation = ""
    main: str = "in force"
    answers: tuple[str, ...] = ()
    note: str = ""
    years: float = 15.0

    @property
    def turns(self) -> frozenset[str]:
        """Paths of the parameters and levers in which the two settings differ; one that is left out counts as well.

        Examples
        --------
        >>> Net("m", "", "", Setting("a", {"x": 1, "y": 2}), Setting("b", {"x": 1, "y": 3, "z": 0})).turns == {"y", "z"}
        True
        """
        one, other = self.base.given, self.turned.given
        unset = object()
        return frozenset(path for path in {*one, *other} if one.get(path, unset) != other.get(path, unset))

    @property
    def switches(self) -> frozenset[str]:
        """Mechanisms that are in one of the two settings only."""
        return frozenset(self.base.without) ^ frozenset(self.turned.without)


@dataclass(frozen=True)
class NetVerdict:
    """A row and what came of it.

    Attributes
    ----------
    row
        The row.
    effects
        By the name of the measure: its value in ``base`` (low) and in ``turned`` (high), with the difference.
    better
        Whether ``"higher"`` or ``"lower"`` is good, of the main measure.
    """

    row: Net
    effects: Mapping[str, Effect] = field(compare=False)
    better: Literal["higher", "lower"] = "higher"

    @property
    def main(self) -> Effect:
        """The effect on the row's main measure."""
        return self.effects[self.row.main]

    @property
    def found(self) -> Literal["helps", "hurts", "no effect"]:
        """What turning does, whatever the essay says; nothing if the difference is within `ENOUGH` standard errors."""
        errors = self.main.errors
        if not abs(errors) >= ENOUGH:  # NaN is not
            return "no effect"
        return "helps" if (errors > 0) == (self.better == "higher") else "hurts"

    @property
    def word(self) -> NetWord:
        """The verdict: what is found, or that it reverses the essay."""
        if self.found != "no effect" and self.row.expects and self.found != self.row.expects:
            return "reverses the essay"
        return self.found

    @property
    def settled(self) -> bool:
        """Whether the interval leaves no room for a difference that matters, of a point or more either way."""
        low, high = self.main.interval
        return low > -MATTERS and high < MATTERS


def check_net(model: Model, row: Net, measures: Sequence[NetMeasure]) -> tuple[World, World]:
    """Return the two worlds of a row; refuse one that cannot be played.

    Raises
    ------
    ModelError
        If a path, a value, a mechanism, an event or a measure is not the model's, levers contradict each other, or one
        is set whose mechanism is absent, a mechanism is left without what it needs, or both settings are one.
    """
    where = f'net contrast "{row.says}"'
    if not {measure.name: measure for measure in measures}.get(row.main):
        names = [measure.name for measure in measures]
        raise ModelError(f'{where}: main "{row.main}" given, expected one of {", ".join(names)}')
    for measure in measures:
        check_measure(model, measure.measure, where)
    base, turned = (_world(model, setting, row.years, f"{where}: {setting.name}") for setting in (row.base, row.turned))
    if _key(base) == _key(turned):
        raise ModelError(f"{where}: both settings are the same, expected two")
    return base, turned


def _world(model: Model, setting: Setting, years: float, where: str) -> World:
    try:
        given = given_values(model, setting.given)
        world = World(model, given, SEED, years * YEAR, without=setting.without, injections=setting.injections)
    except ModelError as problem:
        raise ModelError(f"{where}: {problem}") from None
    for name, needed in unmet_needs(model, setting.without):
        raise ModelError(f'{where}: without "{needed}" given, but "{name}" needs it; leave that out too')
    present = {mechanism.name for mechanism in model.mechanisms} - set(setting.without)
    known = dict(leaves(model.parameters))
    for path in given:
        lever = known[pattern(path)]
        if isinstance(lever, Lever) and lever.needs and lever.needs not in present:
            raise ModelError(f'{where}: "{path}" given, but it needs "{lever.needs}", which is absent')
    if model.check_levers is not None:
        for sentence in model.check_levers(world.parameters.cadence):
            raise ModelError(f"{where}: {sentence}")
    return world


def _key(world: World) -> Any:
    """Return what tells worlds of one model apart; a value given as it is by default makes no other world."""
    usual = {path: leaf.in_days for path, leaf in leaves(world.model.parameters) if isinstance(leaf, Parameter | Lever)}
    given = frozenset((path, value) for path, value in world.given.items() if value != usual[pattern(path)])
    return given, frozenset(world.without), world.injections, world.horizon


def contrasts(
    model: Model, rows: Iterable[Net], measures: Sequence[NetMeasure], pairs: int = PAIRS
) -> Iterator[NetVerdict]:
    """Yield what comes of each row, in order; a setting that several rows share is played once.

    Parameters
    ----------
    model
        The model; from `timeline.validation.pairs.observing` if a measure takes a time average.
    rows
        About it.
    measures
        What both settings are held against, each between 0 and 1.
    pairs
        Replications of each setting; number k of one has the luck of number k of the other.

    Raises
    ------
    ModelError
        If a row cannot be played; see `check_net`.
    """
    # What every timeline adds to the measures is kept, not the timelines: 16 bytes of each a measure.
    kept: dict[Any, dict[str, Sums]] = {}

    def played(world: World) -> dict[str, Sums]:
        key = _key(world)
        if key not in kept:
            outside = {"without": world.without, "injections": world.injections}
            found = play_observed(model, world.given, world.horizon / YEAR, pairs, **outside)
            kept[key] = {each.name: sums(model, each.measure, found, world.horizon) for each in measures}
        return kept[key]

    better = {measure.name: measure.better for measure in measures}
    for row in rows:
        base, turned = (played(world) for world in check_net(model, row, measures))
        effects = {name: compared(base[name], turned[name]) for name in better}
        yield NetVerdict(row, effects, better[row.main])


def net_rows(declared: Any, name: str) -> tuple[tuple[Net, ...], tuple[NetMeasure, ...]]:
    """Return a workspace's rows about one model, by essay and then as they stand, and what they are held against.

    Parameters
    ----------
    declared
        The workspace's ``claims.py``, or None if it has none.
    name
        Of the model.

    Raises
    ------
    ModelError
        If there are rows and nothing to hold them against.
    """
    rows = [row for row in getattr(declared, "NET", ()) if row.model == name]
    measures = tuple(getattr(declared, "NET_MEASURES", {}).get(name, ()))
    if rows and not measures:
        known = getattr(declared, "NET_MEASURES", {})
        raise ModelError(f'models/claims.py: NET_MEASURES has no entry "{name}"{nearest(name, known)}, expected one')
    return tuple(sorted(rows, key=lambda row: row.essay)), measures
