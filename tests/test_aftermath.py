"""What comes after the outcome: clocks that run only then, and processes that begin again."""

import math
from enum import IntEnum
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from timeline import Clock, Endpoints, Field, Integral, LaterAgreements, Mechanism, Model, Record, Sampled, fixed
from timeline.analysis.histories import Reader, read_histories
from timeline.analysis.rmst import days_in_force
from timeline.analysis.survival import in_force
from timeline.engines import compiled, reference
from timeline.engines.world import World
from timeline.keeping.rows import frame
from timeline.workspace import find

HORIZON = 10.0


class Outcome(IntEnum):
    OPEN = 0
    LOST = 1


class State(Record):
    day = Field(0.0)
    outcome = Field(Outcome.OPEN)
    level = Field(1.0)
    ticks = Field(0)
    years = Field(0)


def one(s, p):
    return 1.0


def tick(s, p):
    s.ticks += 1


def lose(s, p):
    s.outcome = Outcome.LOST
    s.level = 5.0


def live_on(s, p):
    s.years += 1
    s.level = s.level - 1.0


def begin_again(s, p):
    s.outcome = Outcome.OPEN


def model(*after, observations=()):
    return Model(
        name="toy",
        title="Toy",
        state=State,
        open=Outcome.OPEN,
        mechanisms=(
            Mechanism("toy", (Clock("tick", one, tick, fixed(1.0)), Clock("loss", one, lose, fixed(3.5)), *after)),
        ),
        endpoints=Endpoints(signed=None, failures=("lost",)),
        observations=observations,
    )


def played(toy, horizon=HORIZON):
    """Return the one row that both engines give."""
    world = World(toy, horizon=horizon)
    rows = compiled.play(world, 0, 1)
    assert reference.rows(world, 0, 1).tobytes() == rows.tobytes()
    return rows[0]


#: All that looks on, in one model: compiled once.
YEARLY = model(
    Clock("year", one, live_on, fixed(2.0), after=True),
    observations=(Integral("level"), Integral("level", name="all", after=True), Sampled("level", (1.0, 4.0, 6.0))),
)


def test_a_timeline_without_a_clock_for_the_aftermath_ends_when_its_outcome_is_decided():
    """That the engines agree on such timelines is said by all other toys."""
    row = reference.rows(World(model(), horizon=HORIZON), 0, 1)[0]
    assert (row["state"]["day"], row["state"]["ticks"], row["firings"]) == (3.5, 3, 4)


def test_clocks_of_the_aftermath_run_only_once_the_outcome_is_decided_and_all_others_only_before():
    row = played(YEARLY)
    # Lost on day 3.5; the years after it end on days 5.5, 7.5 and 9.5.
    assert (row["state"]["ticks"], row["state"]["years"], row["state"]["level"]) == (3, 3, 2.0)


def test_the_day_of_the_row_is_the_day_on_which_the_outcome_was_decided():
    assert played(YEARLY)["state"]["day"] == 3.5


def test_a_timeline_that_is_never_decided_has_the_horizon_as_its_day():
    row = played(YEARLY, horizon=3.0)
    assert (row["state"]["day"], row["state"]["years"]) == (3.0, 0)


def test_an_integral_stops_with_the_outcome_unless_it_is_to_go_on():
    row = played(YEARLY)
    assert row["observation_0"] == 3.5
    assert row["observation_1"] == 3.5 + 2 * 5 + 2 * 4 + 2 * 3 + 0.5 * 2


def test_samples_go_on_in_the_aftermath():
    row = played(YEARLY)
    assert row["observation_2"].tolist() == [1.0, 5.0, 4.0]


def test_a_process_that_begins_again_goes_on_where_its_clocks_were_paused():
    row = played(model(Clock("again", one, begin_again, fixed(1.0), after=True)))
    # Lost on day 3.5 and begun again on 4.5 with half a day left to the fourth tick: four more, the last on the day of
    # the next loss, 8.
    assert row["state"]["day"] == 3.5
    assert (row["state"]["ticks"], row["state"]["outcome"]) == (7, Outcome.OPEN)


# -- several agreements in the analysis

AGREED = Endpoints(
    phases=(("talks", None), ("signed", "signed_day")), accord=None, half_verified=None, hostility=None,
    later=LaterAgreements("later.signed", "later.ended"),
)  # fmt: skip


def histories():
    """Lost on day 40 and signed again on 60; never signed, then signed on 50 and lost on 70; one that holds."""
    nan = math.nan
    rows = pl.DataFrame(
        {
            "replication": [0, 1, 2],
            "day": [40.0, 30.0, 100.0],
            "outcome": ["collapsed", "abandoned", "open"],
            "cause": ["breach", "none", "none"],
            "signed_day": [10.0, nan, 20.0],
            "later.signed": [[60.0, nan], [50.0, nan], [nan, nan]],
            "later.ended": [[nan, nan], [70.0, nan], [nan, nan]],
        },
        schema_overrides={"later.signed": pl.Array(pl.Float64, 2), "later.ended": pl.Array(pl.Float64, 2)},
    )
    return read_histories(rows, AGREED, horizon=100.0)


def test_in_force_on_a_day_counts_any_agreement():
    curve = in_force(histories(), np.array([5.0, 15.0, 45.0, 55.0, 65.0, 100.0]))
    assert (curve["estimate"] * 3).round(6).to_list() == [0, 1, 1, 2, 3, 2]


def test_days_in_force_add_up_over_agreements():
    assert days_in_force(histories(), within=90.0).tolist() == [30.0 + 30.0, 20.0, 70.0]


def test_survival_since_signature_speaks_of_the_first_agreement():
    assert histories().kept.tolist()[0] == 30.0
    assert math.isnan(histories().kept[1])


# -- the shipped model, on the reference engine, which needs no compilation

SOME = 60


@pytest.fixture(scope="module")
def recurring():
    return find(Path("models")).load("recurring")


@pytest.fixture(scope="module")
def rows(recurring):
    return reference.rows(World(recurring, horizon=15 * 365.25), 0, SOME)


def test_the_first_process_is_the_same_whether_another_may_follow(rows):
    usual = reference.rows(World(find(Path("models")).load("backchannel"), horizon=15 * 365.25), 0, SOME)["state"]
    for field in ("day", "signed_day", "accord_day", "half_verified_day"):
        assert np.array_equal(rows["state"][field], usual[field], equal_nan=True)
    assert np.array_equal(rows["state"]["first_outcome"], usual["outcome"])


def test_no_agreement_ends_before_it_is_signed_and_none_begins_before_the_last_has_failed(rows):
    state = rows["state"]
    signed, ended = state["later"]["signed"], state["later"]["ended"]
    both = np.isfinite(signed) & np.isfinite(ended)
    assert both.sum() > 3
    assert (ended >= signed)[both].all()
    assert (signed[:, 0] > state["day"])[np.isfinite(signed[:, 0])].all()
    assert (signed[:, 1] > ended[:, 0])[np.isfinite(signed[:, 1]) & np.isfinite(ended[:, 0])].all()


def test_rows_and_table_tell_the_same_of_later_agreements(recurring, rows):
    horizon = 15 * 365.25
    one, other = (
        Reader(recurring).read(rows, horizon),
        read_histories(frame(recurring, rows), recurring.endpoints, horizon),
    )
    assert np.array_equal(one.later, other.later)
    assert np.isfinite(one.later[0]).any()


@pytest.mark.slow
def test_engines_agree_where_processes_begin_again(recurring):
    world = World(recurring, horizon=15 * 365.25)
    assert reference.rows(world, 0, 12).tobytes() == compiled.play(world, 0, 12).tobytes()
