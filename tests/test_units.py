"""Units are parsed, not decoration."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timeline.model.units import LOGARITHMS, MONTH, YEAR, expected, parse_duration, parse_quantity, parse_unit

PLAIN = ["share", "index", "ratio", "count", "number"]
TIMES = {"hours": 1 / 24, "days": 1.0, "weeks": 7.0, "months": MONTH, "years": YEAR}


def test_a_year_is_365_25_days_and_a_month_a_twelfth_of_it() -> None:
    assert parse_duration("1 year") == 365.25
    assert parse_duration("12 months") == 365.25


@pytest.mark.parametrize(("word", "days"), TIMES.items())
def test_every_time_word_works_in_singular_and_plural(word: str, days: float) -> None:
    assert parse_duration(f"3 {word}") == 3 * days
    assert parse_duration(f"3 {word.removesuffix('s')}") == 3 * days


@pytest.mark.parametrize(
    "text",
    [
        "5e-3 per insider per year",
        "5e-3/insider/year",
        "5e-3 1/insider/year",
        " 0.005 per insiders per years ",
    ],
)
def test_a_rate_may_be_written_in_several_ways(text: str) -> None:
    assert parse_quantity(text, parse_unit("1/insider/year")) == pytest.approx(0.005 / YEAR, rel=1e-15)


def test_a_rate_in_another_time_unit_is_converted() -> None:
    assert parse_quantity("1 per month", parse_unit("1/year")) == 1 / MONTH


def test_a_percentage_is_a_share() -> None:
    assert parse_quantity("40 %", parse_unit("share")) == 0.4


@given(st.floats(0, 1e9), st.sampled_from(sorted(TIMES)))
def test_a_bare_number_and_the_same_number_with_the_declared_unit_agree(number: float, word: str) -> None:
    unit = parse_unit(word)
    assert parse_quantity(number, unit) == parse_quantity(f"{number!r} {word}", unit)


@given(st.floats(1e-9, 1e9), st.sampled_from(sorted(TIMES)), st.sampled_from(sorted(TIMES)))
def test_converting_there_and_back_keeps_a_duration(number: float, one: str, other: str) -> None:
    days = parse_quantity(f"{number!r} {one}", parse_unit(other))
    assert days / parse_unit(one).factor == pytest.approx(number, rel=1e-15)


@given(st.floats(0, 1e6), st.sampled_from(sorted(TIMES)))
def test_per_and_slash_mean_the_same(number: float, word: str) -> None:
    unit = parse_unit(f"1/insider/{word}")
    assert parse_quantity(f"{number!r} per insider per {word}", unit) == parse_quantity(number, unit)


@given(st.lists(st.sampled_from(["insider", "step", "year", "day"]), min_size=1, max_size=4))
def test_the_order_of_counted_things_does_not_matter(words: list[str]) -> None:
    forth = parse_unit("1/" + "/".join(words))
    back = parse_unit("1/" + "/".join(reversed(words)))
    assert forth.dimension == back.dimension
    assert forth.factor == pytest.approx(back.factor, rel=1e-15)


@given(st.text(max_size=20))
def test_any_text_is_a_finite_duration_or_refused_with_a_sentence(text: str) -> None:
    try:
        days = parse_duration(text)
    except ValueError as problem:
        assert "given" in str(problem) or "is no unit" in str(problem)  # noqa: PT017
    else:
        assert math.isfinite(days)
        assert days >= 0


@pytest.mark.parametrize("text", ["", "per", "days per", "1/", "/", "a / / b", "3 days", "per per year", "a b"])
def test_what_is_no_unit_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r'is no unit; expected e\.g\. "days"'):
        parse_unit(text)


@pytest.mark.parametrize(
    ("given_value", "unit", "message"),
    [
        ("ninety days", "days", 'given "ninety days", expected a duration such as "90 days"'),
        ("90", "days", 'given "90" without a unit, expected a duration such as "90 days"'),
        ("90 shares", "days", 'given "90 shares", expected a duration such as "90 days"'),
        (
            "90 da ys",
            "days",
            'given "90 da ys", but "da ys" is no unit; expected e.g. "days", "per year", "1/insider/year" or "share"'
            '; did you mean "day"?',
        ),
        (-1, "days", 'given -1, expected a duration such as "90 days", 0 or more'),
        (1.5, "share", "given 1.5, expected a share, between 0 and 1"),
        ("150%", "index", 'given "150%", expected an index, between 0 and 1'),
        (math.inf, "days", 'given inf, expected a duration such as "90 days", a finite number'),
        (math.nan, "share", "given nan, expected a share, a finite number"),
        ("1e999 days", "days", 'given "1e999 days", expected a duration such as "90 days", a finite number'),
        (10**400, "days", 'given a huge number, expected a duration such as "90 days"'),
        (True, "share", "given True, expected a share"),
        (
            "2 per year",
            "1/insider/year",
            'given "2 per year", expected a value in 1/insider/year, such as "2 per insider per year"',
        ),
    ],
)
def test_a_wrong_quantity_says_what_was_given_and_expected(given_value: object, unit: str, message: str) -> None:
    with pytest.raises(ValueError, match=r"^given") as caught:
        parse_quantity(given_value, parse_unit(unit))
    assert str(caught.value) == message


def test_a_bare_number_is_no_duration() -> None:
    with pytest.raises(ValueError, match='given 15, expected a duration such as "15 years"'):
        parse_duration(15)


@pytest.mark.parametrize("unit", PLAIN)
def test_plain_units_have_no_dimension_and_change_nothing(unit: str) -> None:
    parsed = parse_unit(unit)
    assert (parsed.dimension, parsed.factor) == ((), 1.0)
    assert parse_quantity(0.5, parsed) == 0.5
    assert expected(parsed) in (f"a {unit}", f"an {unit}")


@pytest.mark.parametrize("text", LOGARITHMS)
def test_of_a_hazard_ratio_and_its_like_the_code_sees_the_natural_logarithm(text: str) -> None:
    unit = parse_unit(text)
    assert parse_quantity(2, unit) == math.log(2.0)
    assert [unit.written(unit.seen(ratio)) for ratio in (0.05, 1.0, 16.0)] == [0.05, 1.0, 16.0]


def test_a_ratio_of_hazards_is_above_nothing() -> None:
    with pytest.raises(ValueError, match=r"given 0, expected a hazard ratio, between 1e-09 and 1e\+09"):
        parse_quantity(0, parse_unit("hazard ratio"))
