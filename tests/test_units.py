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
            'given "90 da ys", expected a duration such as "90 days"; did you mean "90 days"?',
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


@pytest.mark.parametrize(
    ("text", "unit", "meant"),
    [
        ("15 yrs", "days", "15 years"),
        ("15 yr", "days", "15 years"),
        ("1 Yr", "days", "1 year"),
        ("15y", "days", "15 years"),
        ("1_000 dyas", "years", "1_000 days"),
        ("6 mnths", "days", "6 months"),
        ("6 mos", "days", "6 months"),
        ("2 wks", "days", "2 weeks"),
        ("36 hrs", "days", "36 hours"),
        ("5e-3 per insidr per yr", "1/insider/year", "5e-3 per insider per year"),
        ("5e-3/insider/yeer", "1/insider/year", "5e-3 /insider/year"),
        ("5e-3", "1/insider/year", "5e-3 per insider per year"),
        ("40 percent", "share", "40%"),
        ("0.4 shar", "share", "0.4 share"),
        ("2 hazrd ratio", "hazard ratio", "2 hazard ratio"),
        ("2 furlongs", "days", ""),
        ("2 per year", "days", ""),
    ],
)
def test_a_mistyped_unit_suggests_the_amount_that_was_meant(text: str, unit: str, meant: str) -> None:
    with pytest.raises(ValueError, match=r"^given") as caught:
        parse_quantity(text, parse_unit(unit))
    assert str(caught.value).partition("; did you mean ")[2] == (f'"{meant}"?' if meant else "")


def slips(word: str) -> list[str]:
    """Return a word with one letter left out, or two swapped."""
    left_out = [word[:i] + word[i + 1 :] for i in range(len(word))]
    swapped = [word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in range(len(word) - 1)]
    return [slip for slip in [*left_out, *swapped] if slip not in TIMES and f"{slip}s" not in TIMES]


@pytest.mark.parametrize("word", TIMES)
def test_every_slip_in_a_unit_of_time_suggests_that_unit(word: str) -> None:
    for slip in slips(word):
        with pytest.raises(ValueError, match=f'did you mean "3 {word}"'):
            parse_duration(f"3 {slip}")


def test_a_date_is_no_duration() -> None:
    with pytest.raises(ValueError, match='given "1995-08-27", which is a date, expected a duration such as "90 days"'):
        parse_duration("1995-08-27")


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
