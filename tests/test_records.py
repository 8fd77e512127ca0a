"""Records: one declaration, a NumPy dtype and a Python object that behave alike, also when compiled."""

from __future__ import annotations

import math
import types
from enum import IntEnum

import numba
import numpy as np
import pytest
from toys import Outcome, Phase, SideParameters, State, model

from timeline.errors import ModelError
from timeline.model import laws
from timeline.model.records import (
    Array,
    Field,
    Lever,
    Parameter,
    Parameters,
    Record,
    blank,
    compose,
    dtype,
    fill,
    leaves,
    resolve,
    values,
)

# ---------------------------------------------------------------- dtype and object


def test_the_dtype_holds_floats_integers_flags_and_enumerations_as_64_bit_integers():
    found = {name: dtype(State)[name] for name in ("day", "n", "on", "outcome", "phase", "since")}
    assert found == {
        "day": np.float64, "n": np.int64, "on": np.bool_, "outcome": np.int64, "phase": np.int64,
        "since": np.float64,
    }  # fmt: skip
    assert dtype(State)["steps"].shape == (3,)
    assert dtype(State).isalignedstruct


def test_a_blank_objects_values_fill_a_numpy_record():
    made = np.zeros(1, dtype(State))
    made[0] = values(blank(State))
    assert (made["on"][0], made["a"]["pressure"][0], made["n"][0]) == (True, 0.25, 0)
    assert np.isnan(made["steps"]["day"]).all()


def test_two_blanks_share_nothing():
    one, other = blank(State), blank(State)
    one.a.level = 5
    one.steps[0].level = 7
    assert (one.b.level, other.a.level, other.steps[0].level) == (0, 0, 0)


def test_an_enumeration_is_kept_as_a_bare_integer():
    state = blank(State)
    state.phase = Phase.ACCORD
    assert type(state.phase) is int
    assert state.phase == Phase.ACCORD


@pytest.mark.parametrize(("given", "kept"), [(1.9, 1), (-1.9, -1), (True, 1), (Phase.ACCORD, 1), (2**53, 2**53)])
def test_an_integer_field_is_cut_as_numpy_cuts(given, kept):
    state, record = blank(State), np.zeros(1, dtype(State))
    state.n = given
    record["n"] = given
    assert state.n == kept == record["n"][0]


def test_a_flag_is_a_flag():
    state = blank(State)
    state.on = 2.5
    assert state.on is True
    state.on = 0
    assert state.on is False


def test_a_float_field_turns_integers_into_floats():
    state = blank(State)
    state.x = 3
    assert type(state.x) is float


def test_a_number_may_not_become_nan_but_a_milestone_may():
    state = blank(State)
    state.since = math.nan
    with pytest.raises(FloatingPointError, match=r"NaN was written to Side\.pressure, where a number must be"):
        state.b.pressure = math.nan


def test_an_unknown_name_is_refused_with_the_nearest():
    with pytest.raises(AttributeError, match='"presure" is no field of Side that can be set; did you mean "pressure"'):
        blank(State).a.presure = 1.0


def test_a_record_within_a_record_cannot_be_replaced():
    state = blank(State)
    with pytest.raises(AttributeError, match='"a" is no field of State that can be set'):
        state.a = state.b


def test_a_record_may_inherit_fields():
    class Longer(State):
        extra = Field(2.0)

    assert list(Longer.fields) == [*State.fields, "extra"]
    assert blank(Longer).extra == 2.0


def test_leaves_are_named_by_their_paths():
    paths = [path for path, _ in leaves(State)]
    assert paths[0] == "day"
    assert "a.pressure" in paths
    assert "steps[].kept" in paths


def test_a_path_resolves_to_an_owner_and_a_name():
    state = fill(blank(State), {"a.level": 3, "steps[2].day": 4.0})
    owner, name = resolve(state, "steps[2].day")
    assert (getattr(owner, name), state.a.level) == (4.0, 3)


@pytest.mark.parametrize("path", ["a", "steps", "steps[0]", "steps[3].day", "steps[-1].day", "b.x", "", "n.real"])
def test_a_path_that_names_no_field_is_refused(path):
    with pytest.raises(ModelError, match="names"):
        resolve(blank(State), path)


def test_a_composed_record_has_its_parts():
    made = compose("Parameters", {"a": SideParameters, "cadence": Array(SideParameters, 2)})
    assert [path for path, _ in leaves(made)] == ["a.lean", "cadence[].lean"]


# ---------------------------------------------------------------- declarations refused

GOOD = {"unit": "1/year", "plausible": (0.0, 4.0), "evidence": "judgement", "source": "invented"}


@pytest.mark.parametrize(
    ("parameter", "problem"),
    [
        (
            Parameter(1.0, "", **GOOD),
            "X.x: no meaning given, expected a few words on what the parameter stands for",
        ),
        (
            Parameter(1.0, "m", **GOOD | {"evidence": "guess"}),
            'X.x: evidence "guess" given, expected one of measured, literature, judgement',
        ),
        (
            Parameter(1.0, "m", **GOOD | {"source": ""}),
            "X.x: no source given, expected where the value comes from",
        ),
        (Parameter(1.0, "m", **GOOD | {"unit": "furlongs per"}), 'X.x: "furlongs per" is no unit'),
        (
            Parameter(1.0, "m", **GOOD | {"plausible": None}),
            "X.x: no plausible range given, expected plausible=(low, high) in 1/year",
        ),
        (Parameter(5.0, "m", **GOOD), "X.x: value 5.0 lies outside its plausible range 0.0 to 4.0"),
        (
            Parameter(1.0, "m", **GOOD | {"unit": "share", "plausible": (0.5, 1.5)}),
            "X.x: plausible range 0.5 to 1.5 is impossible in share",
        ),
        (Parameter(1, "m", **GOOD), "X.x: whole number 1 given, expected 1.0: days need a float"),
        (Field(1.0), "X.x: given Field, expected a Parameter"),
        (1.0, "X.x: given 1.0, expected a Field, a Parameter, a Lever, an Array or a Record"),
        (
            Field("text"),
            "X.x: default 'text' given, expected a float, an int, a flag or a member of an IntEnum",
        ),
    ],
)
def test_a_parameter_is_refused_for(parameter, problem):
    with pytest.raises(ModelError) as refused:
        type("X", (Parameters,), {"x": parameter})
    assert str(refused.value).startswith(problem)


def test_a_parameter_reaches_the_code_in_days():
    class Rates(Parameters):
        yearly = Parameter(2.0, "a rate", **GOOD)
        steps = Parameter(4, "how many", **GOOD | {"unit": "count"})
        loud = Parameter(True, "whether", evidence="judgement", source="invented")
        first = Parameter(Phase.ACCORD, "where it begins", evidence="judgement", source="invented")

    made = blank(Rates)
    assert (made.yearly, made.steps, made.loud, made.first) == (2.0 / 365.25, 4, True, 1)


def test_a_lever_reaches_the_code_in_days():
    class Policy(Record):
        every = Lever(2.0, "days between", unit="weeks")

    assert blank(Policy).every == 14.0


def test_a_whole_number_in_a_unit_that_is_not_days_is_no_lever():
    with pytest.raises(ModelError, match=r"^Policy\.every: whole number 2 given, expected 2\.0: days need a float$"):

        class Policy(Record):
            every = Lever(2, "weeks between", unit="weeks")


def test_a_lever_may_be_a_whole_number_of_days_or_of_things():
    class Policy(Record):
        every = Lever(2, "days between", unit="days")
        reports = Lever(3, "how many")

    assert (blank(Policy).every, blank(Policy).reports) == (2, 3)


@pytest.mark.parametrize("name", ["record", "fields"])
def test_a_field_may_not_be_called_as_the_records_own_shape(name):
    with pytest.raises(ModelError) as refused:
        type("Archive", (Record,), {name: Field(0.0)})
    assert str(refused.value) == (
        f'Archive.{name}: "{name}" is what every record calls its own shape, expected another name for the field'
    )


# ---------------------------------------------------------------- compiled as they are
#
# A side family, a counted family, helpers, tables and enumerations, written as models are. The test
# compiles each with numba and compares one call, bit by bit, with the same call on the Python object.

TABLE = (0.5, 1.25, 2.0)


class Mood(IntEnum):
    CALM = 0
    ANGRY = 1


def weight(me, other):
    return TABLE[me.level % 3] * math.exp(-other.pressure) + math.pow(me.pressure, 1.5)


def side_speed(s, p, me, other, p_me):
    if s.phase == Phase.ACCORD and s.on:
        return p_me.lean * weight(me, other)
    return 0.0


def step_speed(s, p, i):
    kept = 0
    for step in range(3):
        if s.steps[step].kept:
            kept += 1
    return p.toy.rate * (1 + kept) if not s.steps[i].kept else 0.0


def side_fires(s, p, me, other, u):
    me.pressure += 0.3 * (1.0 - me.pressure) * u[0]
    other.level += 2
    s.m += 1.9
    s.x -= math.log(u[1])
    s.phase = Phase.ACCORD if s.phase == Phase.TALKS else Phase.TALKS
    s.on = not s.on
    if s.since != s.since:
        s.since = s.day
    s.outcome = Outcome.ENDED


def step_fires(s, i, u):
    s.steps[i].kept = True
    s.steps[i].day = s.day + u[0]
    s.steps[i].level = s.n % 5 - 7 // 2
    s.y = min(s.y, 0.25) + max(0.0, s.x) / 3


def compiled(function, made):
    """Compile a function and the plain functions of its module that it calls."""
    if function not in made:
        scope = dict(function.__globals__)
        for name in function.__code__.co_names:
            helper = scope.get(name)
            if isinstance(helper, types.FunctionType) and helper.__module__ == function.__module__:
                scope[name] = compiled(helper, made)
        made[function] = numba.njit(types.FunctionType(function.__code__, scope, function.__name__))
    return made[function]


def pairs():
    """Return the same state and parameters twice: as Python objects, and as NumPy records."""
    toy = model()
    s = fill(
        blank(State),
        {
            "day": 12.5, "phase": Phase.ACCORD, "n": 13, "m": 4, "x": 0.1, "y": 0.7, "a.level": 5,
            "a.pressure": 0.4, "b.pressure": 0.9, "steps[1].kept": True,
        },
    )  # fmt: skip
    p = fill(blank(toy.parameters), {"a.lean": 0.8, "b.lean": 1.7, "toy.rate": 0.3})
    arrays = []
    for light, record in ((s, State), (p, toy.parameters)):
        made = np.zeros(1, dtype(record))
        made[0] = values(light)
        arrays.append(made)
    return s, p, arrays[0], arrays[1]


def bits(record):
    """Return the bytes of every leaf: padding between them is left out."""
    if record.dtype.names is None:
        return [record.tobytes()]
    return [leaf for name in record.dtype.names for leaf in bits(record[name])]


def bits_of(light, record):
    made = np.zeros(1, dtype(record))
    made[0] = values(light)
    return bits(made[0])


@pytest.fixture(scope="module")
def machine():
    return {}


@pytest.mark.parametrize("me", ["a", "b"])
def test_a_side_familys_functions_compile_and_give_the_same_bits(machine, me):
    other = "b" if me == "a" else "a"
    s, p, states, parameters = pairs()
    record, numbers = states[0], parameters[0]
    plain = side_speed(s, p, getattr(s, me), getattr(s, other), getattr(p, me))
    fast = compiled(side_speed, machine)(record, numbers, record[me], record[other], numbers[me])
    assert plain == fast
    assert plain > 0
    u = (0.37, 0.81)
    side_fires(s, p, getattr(s, me), getattr(s, other), u)
    compiled(side_fires, machine)(record, numbers, record[me], record[other], np.array(u))
    assert bits(record) == bits_of(s, State)
    assert (s.m, s.phase, s.on) == (5, Phase.TALKS, False)


@pytest.mark.parametrize("i", [0, 1, 2])
def test_a_counted_familys_functions_compile_and_give_the_same_bits(machine, i):
    s, p, states, parameters = pairs()
    record = states[0]
    assert step_speed(s, p, i) == compiled(step_speed, machine)(record, parameters[0], i)
    step_fires(s, i, (0.37,))
    compiled(step_fires, machine)(record, i, np.array([0.37]))
    assert bits(record) == bits_of(s, State)


def test_the_laws_compile_and_give_the_same_bits():
    """400 lifetimes of each law, aged and not, from the least uniform to the greatest."""
    made = {}
    chances = [2.0**-53, 1e-9, *np.linspace(0.005, 0.995, 196).tolist(), 1 - 1e-9, 1 - 2.0**-53]
    quantile = compiled(laws.normal_quantile, made)
    assert [laws.normal_quantile(c) for c in chances] == [quantile(c) for c in chances]
    knots, hazards = (0.0, 1.0, 3.0), (0.2, 0.0, 0.7)
    for function, rest in (
        (laws.weibull_lifetime, (1.5, 0.0)),
        (laws.weibull_lifetime, (0.7, 2.5)),
        (laws.weibull_lifetime, (0.001, 0.0)),
        (laws.lognormal_lifetime, (0.8, 0.0)),
        (laws.lognormal_lifetime, (0.8, 1.3)),
        (laws.lognormal_lifetime, (1e4, 0.0)),
        (laws.uniform_lifetime, (1.0, 7.0, 2.5)),
        (laws.empirical_lifetime, (knots, hazards, 0.5)),
    ):
        fast = compiled(function, made)
        assert [function(c, *rest) for c in chances] == [fast(c, *rest) for c in chances], function.__name__
