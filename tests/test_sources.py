"""What a function reads, derived from its source: helpers, closures and lambdas included."""

from __future__ import annotations

import functools
import math
from types import SimpleNamespace

import pytest
import toys

from timeline.errors import ModelError
from timeline.model.sources import reads_of


def helper(state, weight):
    return weight * state.insiders


def chain(s):
    return helper(s, s.press)


def back_and_forth(s, depth):
    return s.x if depth == 0 else forth_and_back(s, depth - 1)


def forth_and_back(state, depth):
    return state.y + back_and_forth(state, depth)


def test_attributes_count_by_their_first_name():
    def speed(s, p):
        return p.rate * s.a.pressure + s.steps[2].level

    assert reads_of(speed, "s") == {"a", "steps"}
    assert reads_of(speed, "p") == {"rate"}


def test_what_is_written_is_named_too():
    def fires(s):
        s.leaks += 1
        s.trust = 0.0

    assert reads_of(fires, "s") == {"leaks", "trust"}


def test_an_argument_that_the_function_lacks_is_not_read():
    def speed(me):
        s = me.level
        return s

    assert reads_of(speed, "s") == frozenset()


def test_a_helper_that_is_handed_the_argument_is_followed():
    assert reads_of(chain, "s") == {"insiders", "press"}


def test_a_helper_may_be_handed_the_argument_by_name():
    def speed(s):
        return helper(weight=2.0, state=s)

    assert reads_of(speed, "s") == {"insiders"}


def test_a_helper_of_another_module_is_followed():
    def speed(s):
        return toys.while_on(s)

    assert reads_of(speed, "s") == {"on"}


def test_a_helper_in_a_closure_is_followed():
    def inner(state):
        return state.day

    def speed(s):
        return inner(s)

    assert reads_of(speed, "s") == {"day"}


def test_helpers_that_call_each_other_end():
    assert reads_of(back_and_forth, "s") == {"x", "y"}


def test_a_helper_that_is_handed_a_part_reads_the_part():
    def speed(s):
        return helper(s.a, 1.0)

    assert reads_of(speed, "s") == {"a"}


def test_several_lambdas_on_one_line_are_told_apart():
    pair = (lambda s: s.x, lambda s: s.y + s.n)
    assert [reads_of(f, "s") for f in pair] == [{"x"}, {"y", "n"}]


def test_a_lambda_within_a_call_over_several_lines_is_found():
    made = SimpleNamespace(
        name="window", speed=lambda s: 1.0 if s.day > 3 else 0.0,
        fires=lambda s: s.n,
    )  # fmt: skip
    assert reads_of(made.speed, "s") == {"day"}
    assert reads_of(made.fires, "s") == {"n"}


def test_a_lambda_that_returns_a_lambda_is_not_mistaken_for_it():
    outer = lambda s: (s.x, lambda s: s.y)  # noqa: E731
    assert "x" in reads_of(outer, "s")
    assert reads_of(outer(SimpleNamespace(x=0))[1], "s") == {"y"}


@pytest.mark.parametrize("how", ["alias", "getattr", "unknown call"])
def test_an_argument_used_as_a_whole_is_refused_because_nobody_could_follow_it(how):
    def alias(s):
        state = s
        return state.day

    def by_name(s):
        return getattr(s, "day")  # noqa: B009

    def unknown(s):
        return math.fsum(s)

    with pytest.raises(ModelError, match='uses "s" as a whole, expected one of its fields'):
        reads_of({"alias": alias, "getattr": by_name, "unknown call": unknown}[how], "s")


def test_a_function_without_a_source_is_refused():
    scope: dict = {}
    exec("def speed(s):\n    return s.day", scope)
    with pytest.raises(ModelError, match="speed: its source cannot be read"):
        reads_of(scope["speed"], "s")
    with pytest.raises(ModelError, match="its source cannot be read"):
        reads_of(functools.partial(helper, weight=1.0), "state")


def test_a_decorated_function_is_read_through_its_own_source():
    @functools.wraps(helper)
    def plain(state, weight):
        return state.other

    assert reads_of(plain, "state") == {"other"}
