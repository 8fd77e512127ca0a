"""Declarations: what a model is counted out to, and what it is refused for."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from toys import Outcome, Rates, SideParameters, State, count, end, model, nothing, running, while_on, world

from timeline.engines.world import World
from timeline.errors import ModelError
from timeline.model.declarations import (
    Clock,
    Counted,
    Integral,
    Mechanism,
    Model,
    Sampled,
    arguments,
    every,
    levers_in_use,
    renewal_path,
)
from timeline.model.laws import fixed, weibull
from timeline.model.records import Field, Lever, Record


def refused(*clocks, **rest) -> str:
    with pytest.raises(ModelError) as problem:
        model(*clocks, **rest)
    return str(problem.value)


WHERE = 'model "toys", mechanism "toy", clock "bad"'


# ---------------------------------------------------------------- families and labels


def test_families_are_counted_out_in_the_order_in_which_ties_are_settled():
    toy = model(
        Clock("step", running, nothing, over=Counted("steps", labels=("halt", "withdraw", "open"))),
        Clock("leak", running, nothing),
        Clock("succession", running, nothing, over="sides"),
    )
    assert [(m.index, m.name, m.label, m.number, m.side) for m in toy.members] == [
        (0, "step[0]", "halt", 0, None),
        (1, "step[1]", "withdraw", 1, None),
        (2, "step[2]", "open", 2, None),
        (3, "leak", "", 0, None),
        (4, "succession[a]", "a", 0, "a"),
        (5, "succession[b]", "b", 1, "b"),
    ]


def test_a_counted_family_without_labels_is_labelled_by_number():
    assert [m.label for m in model(Clock("x", running, nothing, over=Counted("steps"))).members] == [
        "0",
        "1",
        "2",
    ]


def test_a_renewal_path_names_the_members_own_record():
    assert renewal_path("leaks", None, 0) == "leaks"
    assert renewal_path("me.leaders", "b", 1) == "b.leaders"
    assert renewal_path("steps[i].day", None, 7) == "steps[7].day"


# ---------------------------------------------------------------- arguments


def test_a_wrong_argument_is_told_with_mechanism_clock_and_the_nearest_name():
    told = refused(Clock("bad", running, lambda s, pp: None))
    assert told == f'{WHERE}, fires: asks for an argument "pp"; did you mean "p"?; here a function may ask for p, s, u'


def test_a_clock_without_a_family_has_no_sides():
    told = refused(Clock("bad", lambda s, me: 1.0, nothing))
    assert told.startswith(f'{WHERE}, speed: asks for an argument "me" (the side this member belongs to')


def test_a_counted_family_has_a_number_but_no_sides():
    told = refused(Clock("bad", lambda i, other: 1.0, nothing, over=Counted("steps")))
    assert 'speed: asks for an argument "other" (the other side); here a function may ask for i, p, s' in told


def test_only_what_happens_may_draw():
    told = refused(Clock("bad", lambda s, u: 1.0, nothing))
    assert f'{WHERE}, speed: asks for an argument "u" (the uniforms of this firing' in told
    told = refused(Clock("bad", running, nothing, weibull(lambda u: 1.0)))
    assert f'{WHERE}, law: asks for an argument "u"' in told


def test_a_start_sees_neither_sides_nor_members():
    with pytest.raises(ModelError, match='mechanism "toy", start: asks for an argument "me"'):
        model(start=lambda s, me: None)


def test_something_that_is_no_function_is_refused():
    assert refused(Clock("bad", 0.5, nothing)) == f"{WHERE}, speed: given 0.5, expected a function"


def test_arguments_are_named_in_order():
    assert arguments(lambda s, p, me: None) == ("s", "p", "me")


# ---------------------------------------------------------------- s.day in a speed


def day_helper(state):
    return 1.0 if state.day > 30 else 0.0


DAY = f'{WHERE}, speed: reads "s.day", but a speed may change only when something fires'


def test_a_speed_may_not_read_the_day():
    assert refused(Clock("bad", lambda s: s.day, nothing)).startswith(DAY)


def test_a_speed_may_not_read_the_day_through_a_helper():
    def speed(s, p):
        return p.toy.rate * day_helper(s)

    assert refused(Clock("bad", speed, nothing)).startswith(DAY)


def test_a_speed_may_not_read_the_day_through_a_helper_in_a_closure():
    def window(state):
        return state.day

    def speed(s):
        return window(s)

    assert refused(Clock("bad", speed, nothing)).startswith(DAY)


def test_a_speed_may_not_hide_the_day_behind_another_name():
    def speed(s):
        state = s
        return state.day

    assert f"{WHERE}, speed: " in refused(Clock("bad", speed, nothing))


def test_an_effect_and_a_law_may_read_the_day():
    def fires(s):
        s.since = s.day

    assert model(Clock("good", while_on, fires, fixed(lambda s: 30.0 - s.day)))


# ---------------------------------------------------------------- fields


@pytest.mark.parametrize(
    ("over", "renews_on", "problem"),
    [
        (None, "alrm", '"alrm" names no field: there is no "alrm"; did you mean "alarm"?'),
        ("sides", "me.levl", '"a.levl" names no field: there is no "levl"; did you mean "level"?'),
        (
            Counted("steps"),
            "steps[i].dy",
            '"steps[0].dy" names no field: there is no "dy"; did you mean "day"?',
        ),
        (None, "steps[3].day", '"steps[3].day" names no field'),
        (None, "steps.day", '"steps.day" names no field'),
        (None, "a", '"a" names a record, expected one of its fields'),
        (None, "steps[0]", '"steps[0]" names a record, expected one of its fields'),
        (None, "n.real", '"n.real" names no field'),
        (None, "me.level", '"me.level" is for families over the sides'),
        (Counted("steps"), "me.level", '"me.level" is for families over the sides'),
        (None, "steps[i].day", '"steps[i].day" is for families'),
    ],
)
def test_a_field_to_renew_on_must_be_there(over, renews_on, problem):
    told = refused(Clock("bad", running, nothing, over=over, renews_on=renews_on))
    assert told.startswith(f"{WHERE}, renews_on: {problem}")


@pytest.mark.parametrize(
    ("observation", "problem"),
    [
        (Sampled("alrm", (1.0,)), 'observation "alrm over time": "alrm" names no field'),
        (Integral("a"), 'observation "integral of a": "a" names a record'),
        (Sampled("n", (1.0,), since="accord"), 'observation "n over time": "accord" names no field'),
        (
            Sampled("n", (), name="noted"),
            'observation "noted": days () given, expected rising days from 0 on',
        ),
        (Sampled("n", (2.0, 1.0)), "days (2.0, 1.0) given, expected rising days from 0 on"),
        (Sampled("n", (1.0, 1.0)), "days (1.0, 1.0) given, expected rising days from 0 on"),
        (Sampled("n", (-1.0,)), "days (-1.0,) given, expected rising days from 0 on"),
    ],
)
def test_an_observation_must_have_its_field_and_rising_days(observation, problem):
    assert problem in refused(observations=(observation,))


@pytest.mark.parametrize(
    ("first", "second", "column"),
    [
        (Sampled("n", (1.0,)), Integral("n", name="a.pressure"), "a.pressure"),
        (Sampled("n", (1.0,)), Integral("n", name="steps.kept"), "steps.kept"),
        (Sampled("n", (1.0,)), Integral("n", name="firings"), "firings"),
        (Sampled("n", (1.0,)), Sampled("n", (2.0,)), "n over time"),
    ],
)
def test_an_observations_column_must_be_its_own(first, second, column):
    assert refused(observations=(first, second)) == (
        f'model "toys", observation "{column}": another observation or a field of the state has this name, '
        'expected one of its own, such as name="n over time"'
    )


def test_a_field_may_not_hide_what_every_row_has():
    fields = {"day": Field(0.0), "outcome": Field(Outcome.OPEN), "firings": Field(0)}
    with pytest.raises(ModelError, match='model "toys", field "firings": every row has such a column'):
        Model("toys", "Toys", type("Poor", (Record,), fields), (), Outcome.OPEN)


def test_a_followed_field_must_be_there():
    with pytest.raises(ModelError, match=r'followed field: "b\.presure" names no field'):
        replace(model(), followed=("b.presure",))


@pytest.mark.parametrize("missing", ["day", "outcome"])
def test_a_state_needs_a_day_and_an_outcome(missing):
    fields = {"day": Field(0.0), "outcome": Field(Outcome.OPEN)}
    del fields[missing]
    kind = {"day": "float", "outcome": "IntEnum"}[missing]
    told = f'model "toys": the state needs a field "{missing}" of type {kind}'
    with pytest.raises(ModelError, match=re.escape(told)):
        Model("toys", "Toys", type("Poor", (Record,), fields), (), Outcome.OPEN)


# ---------------------------------------------------------------- names and families


def test_two_clocks_may_not_share_a_name():
    told = refused(Clock("bad", running, nothing), Clock("bad", running, count))
    assert told == f"{WHERE}: the name is taken, expected one of its own: it names the random draws"


@pytest.mark.parametrize(("over", "name"), [("sides", "bad[a]"), (Counted("steps"), "bad[2]")])
def test_a_clock_may_not_have_the_full_name_of_a_families_member(over, name):
    assert refused(Clock("bad", running, nothing, over=over), Clock(name, running, nothing)) == (
        f'model "toys": clock "bad" of mechanism "toy" and clock "{name}" of mechanism "toy" both have a member '
        f'called "{name}", expected names of their own: they name the random draws'
    )


def test_two_mechanisms_may_not_share_a_clocks_name():
    first, second = (Mechanism(name, (Clock("leak", running, nothing),)) for name in ("one", "two"))
    with pytest.raises(ModelError, match='mechanism "two", clock "leak": the name is taken'):
        Model("toys", "Toys", State, (first, second), Outcome.OPEN)


@pytest.mark.parametrize("name", ["toy", "a", "b", "cadence"])
def test_a_mechanisms_name_must_be_free(name):
    with pytest.raises(ModelError, match=f'mechanism "{name}": the name is taken'):
        Model("toys", "Toys", State, (Mechanism("toy"), Mechanism(name)), Outcome.OPEN, SideParameters)


def test_a_family_over_sides_needs_sides():
    with pytest.raises(ModelError, match='is a family over the sides, but the model has no sides "a" and "b"'):
        Model(
            "toys",
            "Toys",
            State,
            (Mechanism("toy", (Clock("x", running, nothing, over="sides"),)),),
            Outcome.OPEN,
        )


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (
            {"over": Counted("stps")},
            'counts over "stps", which is no array of the state; did you mean "steps"?',
        ),
        ({"over": Counted("n")}, 'counts over "n", which is no array of the state'),
        ({"over": Counted("steps", ("one", "two"))}, "2 labels given, expected 3"),
        ({"over": "side"}, "over='side' given, expected None, \"sides\" or Counted(...)"),
        ({"memory": "forget"}, 'memory "forget" given, expected "resume" or "restart"'),
        ({"uniforms": -1}, "uniforms=-1 given, expected 0 or more"),
    ],
)
def test_a_clock_is_refused_for(given, problem):
    assert refused(Clock("bad", running, nothing, **given)).startswith(f"{WHERE}: {problem}")


# ---------------------------------------------------------------- parameters, levers, worlds


class Policy(Record):
    every = Lever(30.0, "days between disclosures", unit="days")
    patience = Lever(2.0, "how long", unit="months")


def test_a_policy_is_made_of_levers():
    policy = type("Policy", (Record,), {"every": Field(30.0)})
    with pytest.raises(ModelError, match='model "toys", lever "every": given Field, expected a Lever'):
        Model("toys", "Toys", State, (), Outcome.OPEN, levers=policy)


def test_the_parameters_hold_sides_mechanisms_and_levers():
    toy = Model("toys", "Toys", State, (Mechanism("toy", parameters=Rates),), Outcome.OPEN, SideParameters, Policy)
    assert list(toy.parameters.fields) == ["a", "b", "toy", "cadence"]
    assert list(toy.assumptions) == ["a.lean", "b.lean", "toy.rate", "toy.shape"]
    assert [path for path, _ in levers_in_use(toy)] == ["cadence.every", "cadence.patience"]


def test_a_world_sees_its_parameters_in_days_with_what_is_given_put_in():
    toy = Model("toys", "Toys", State, (Mechanism("toy", parameters=Rates),), Outcome.OPEN, SideParameters, Policy)
    p = World(toy, given={"toy.rate": 0.75, "cadence.every": 90.0}).parameters
    assert (p.toy.rate, p.toy.shape, p.cadence.every, p.a.lean) == (0.75, 1.5, 90.0, 1.0)
    assert p.cadence.patience == pytest.approx(2 * 365.25 / 12)


def test_a_world_refuses_what_no_parameter_is_called():
    with pytest.raises(ModelError, match=r'"toy\.rat" names no field: there is no "rat"; did you mean "rate"'):
        _ = world(given={"toy.rat": 1.0}).parameters


@pytest.mark.parametrize("horizon", [0.0, -1.0, float("nan")])
def test_a_world_needs_a_horizon(horizon):
    with pytest.raises(ModelError, match=f"horizon {horizon} given, expected more than 0 days"):
        world(Clock("end", running, end), horizon=horizon)


def test_sample_days_are_counted_out_to_the_end():
    assert every(90, 270) == (0.0, 90.0, 180.0, 270.0)
    assert every(90, 269.9) == (0.0, 90.0, 180.0)
