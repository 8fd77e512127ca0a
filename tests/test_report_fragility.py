"""What the page says of fragile deals."""

from types import SimpleNamespace

import polars as pl

from timeline.analysis.hazards import SCHEMA
from timeline.pages.fragility import fragility


def analysis(rows):
    frame = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    return SimpleNamespace(hazards=frame.with_columns(scenario=pl.lit("calm"), cadence=pl.lit("silence")))


ROWS = [
    ("all", 0.0, 30.0, 80, 10.0, 8.0, 6.3, 10.0),
    ("all", 730.0, 1826.0, 20, 10.0, 2.0, 1.2, 3.1),
    ("lasting", 0.0, 30.0, 40, 10.0, 4.0, 2.9, 5.4),
    ("lasting", 730.0, 1826.0, 20, 10.0, 2.0, 1.2, 3.1),
    ("fragile", 0.0, 30.0, 40, 2.0, 20.0, 14.3, 27.2),
    ("fragile", 730.0, 1826.0, 0, 0.0, None, None, None),
]


def test_the_part_due_to_fragile_deals_is_said_in_words():
    found = fragility(analysis(ROWS), "calm", "silence")
    assert found.finding.startswith(
        "Under silence the danger to a signed agreement falls with its age: 8.00 failures a year in its first year, "
        "2.00 after its second. In this model 50% of that fall (26% to 74%) is selection: fragile deals go first, and "
        "the lasting ones are left."
    )


def test_each_age_has_a_rate_a_kind_with_its_interval():
    found = fragility(analysis(ROWS), "calm", "silence")
    assert found.rows == (
        ("0 to 30 days", ("8.00 (6.30 to 10.00)", "4.00 (2.90 to 5.40)", "20.00 (14.30 to 27.20)")),
        ("2 years to 5 years", ("2.00 (1.20 to 3.10)", "2.00 (1.20 to 3.10)", "nobody left")),
    )


def test_a_model_without_fragile_deals_has_no_such_section():
    assert fragility(analysis(ROWS[:2]), "calm", "silence") is None


def test_too_few_failures_are_said_to_be_too_few():
    rows = [(kind, *row[1:3], 0, 1.0, 0.0, 0.0, 3.7) for kind, *_ in ROWS for row in ROWS[:1]]
    found = fragility(analysis(rows[:1] + rows[2:3] + rows[4:5]), "calm", "silence")
    assert found.finding.startswith("Too few agreements fail under silence for a statement")


def test_a_fall_within_the_monte_carlo_error_is_no_finding():
    # Eight failures against two: the logarithm of their ratio is 1.39, its error 1.96 times 0.79.
    rows = [(*row[:3], row[3] // 10, (row[4] or 0.0) / 10, *row[5:]) for row in ROWS]
    assert fragility(analysis(rows), "calm", "silence").finding.startswith(
        "Too few agreements fail under silence for a statement"
    )


def test_a_fall_that_the_lasting_deals_share_is_not_put_down_to_the_fragile_ones():
    rows = [*ROWS[:2], ("lasting", 0.0, 30.0, 80, 10.0, 8.0, 6.3, 10.0), *ROWS[3:]]
    found = fragility(analysis(rows), "calm", "silence")
    assert "none of that fall is a matter of fragile deals going first" in found.finding
