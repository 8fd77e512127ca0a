"""Every program of the queue benchmark plays the same queue.

Given the very same times, all keep the same books, bit for bit. With draws of their own, each agrees with the
exact law of the queue: the number present is a birth-and-death process, and a customer who finds n others waits
for n + 1 services. Were the seeds not fixed, a program that is right would stray from a figure by more than 4
standard errors with a probability of 6e-5 (4e-4 with few replications); from any of the figures, of 5 in 1,000.
"""

from __future__ import annotations

import math
import shutil
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import queue_model
import queue_task
import queues
from queue_task import ARRIVAL_RATE, SERVICE_RATE, Books, Given
from queues import OURS, PROGRAMS, Program
from scipy import integrate, sparse, special
from scipy.sparse.linalg import expm_multiply

from timeline.engines import compiled, reference
from timeline.engines.world import World

FAR = 4.0
#: Customers of one short replication, and how many replications; salabim needs a tenth of a second for one.
SHORT, REPLICATIONS, FEWER = 40, 300, 30
EVERY = [pytest.param(program, id=program.title) for program in PROGRAMS]
TAKING = [pytest.param(program, id=program.title) for program in PROGRAMS if program.takes]


def needs(program: Program) -> None:
    if program.package:
        pytest.importorskip(program.package, reason=f"{program.name} is {queues.NOT_INSTALLED}")
    if program.name == "GillesPy2" and shutil.which("g++") is None:
        pytest.skip("there is no g++ to compile GillesPy2's network with")


# -- the same times, the same books


@pytest.mark.parametrize("program", TAKING)
@pytest.mark.parametrize("seed", [1, 2])
def test_given_the_same_times_every_program_keeps_the_same_books(program: Program, seed: int) -> None:
    needs(program)
    customers = 700
    expected = queue_task.by_hand(queue_task.drawn(customers, seed), customers)
    assert program.with_given(customers, seed) == expected


def test_the_books_of_three_customers_are_as_worked_out_on_paper() -> None:
    # They come on days 1, 2 and 7. The second waits till the first leaves on day 4 and leaves on day 9; the third
    # is served from then on, and would leave on day 10. The fourth would come on day 12.
    given = Given(gaps=[1.0, 1.0, 5.0, 5.0], services=[3.0, 5.0, 1.0, 1.0])
    by_day_10, by_day_11 = (queue_task.by_hand(given, customers) for customers in (9, 9.9))
    assert by_day_10 == Books(arrived=3, served=2, total_wait=3.0 + 7.0)
    assert by_day_11 == Books(arrived=3, served=3, total_wait=3.0 + 7.0 + 3.0)
    assert by_day_11.events == 6
    assert by_day_11.mean_wait == 13.0 / 3


def test_given_too_few_times_the_books_are_refused() -> None:
    with pytest.raises(ValueError, match="times for 1 customers given, and the last comes before the horizon"):
        queue_task.by_hand(Given([1.0], [1.0]), 9)


def test_the_compiled_engine_plays_a_long_queue_as_worked_out_by_hand() -> None:
    customers = 20_000
    assert queue_model.run_compiled(customers, 3) == queue_task.by_hand(queue_task.drawn(customers, 3), customers)


@pytest.mark.parametrize("engine", [compiled, reference])
def test_a_queue_without_room_ends_the_timeline(engine) -> None:
    crowded = {"queue.arrivals": 10.0, "queue.services": 0.001}
    rows = engine.rows(World(queue_model.MODEL, given=crowded, horizon=1e6), 1, 1)
    state = rows["state"][0]
    assert state["outcome"] == queue_model.Outcome.FULL
    assert state["arrived"] - state["served"] == queue_model.PLACES
    with pytest.raises(OverflowError, match="found 1024 others before it"):
        queue_model._books(rows)


# -- draws of their own, against the law of the queue


@cache
def number_present(days: float, steps: int) -> np.ndarray:
    """Return P(n are present), by evenly spaced times from 0 to ``days``, shape (steps + 1, 400)."""
    most = 400  # who come beyond it are turned away: their probability is below the last bit in the days looked at
    up, down = np.full(most - 1, ARRIVAL_RATE), np.full(most - 1, SERVICE_RATE)
    leaving = np.r_[ARRIVAL_RATE, np.full(most - 2, ARRIVAL_RATE + SERVICE_RATE), SERVICE_RATE]
    generator = sparse.diags_array([up, -leaving, down], offsets=[-1, 0, 1], format="csc")
    empty = np.zeros(most)
    empty[0] = 1.0
    return expm_multiply(generator, empty, start=0.0, stop=days, num=steps + 1, traceA=-leaving.sum())


@cache
def expected_books(days: float) -> tuple[float, float]:
    """Return the expected number served by the horizon, and the expected sum of their waits.

    A customer who comes on day t and finds n others waits for n + 1 services, an Erlang time, whatever comes
    later. It has left by day T with probability P(Erlang(n + 1) <= T - t), and adds to the waits the mean of that
    time where it is not longer.
    """
    steps = 800
    found = number_present(days, steps)
    left = SERVICE_RATE * np.linspace(days, 0.0, steps + 1)[:, None]
    services = np.arange(1, found.shape[1] + 1)
    served = ARRIVAL_RATE * (found * special.gammainc(services, left)).sum(axis=1)
    waited = ARRIVAL_RATE * (found * services / SERVICE_RATE * special.gammainc(services + 1, left)).sum(axis=1)
    return tuple(integrate.simpson(values, dx=days / steps) for values in (served, waited))


def strays(values: list[float], expected: float) -> float:
    """Return by how many standard errors a mean strays."""
    return abs(np.mean(values) - expected) / (np.std(values, ddof=1) / math.sqrt(len(values)))


def test_whoever_has_come_has_left_or_is_present() -> None:
    days = 50.0
    served, _ = expected_books(days)
    present = number_present(days, 800)[-1] @ np.arange(400)
    assert served + present == pytest.approx(ARRIVAL_RATE * days, rel=1e-9)


def test_in_the_long_run_a_wait_is_ten_days() -> None:
    served, waited = zip(expected_books(2500.0), expected_books(2000.0), strict=True)
    # Between two late days: 1 / (service rate - arrival rate), by Little's law.
    assert (waited[0] - waited[1]) / (served[0] - served[1]) == pytest.approx(10.0, rel=1e-3)


@pytest.mark.parametrize("program", EVERY)
def test_with_its_own_draws_every_program_agrees_with_the_law_of_the_queue(program: Program) -> None:
    needs(program)
    play = program.load()
    count = FEWER if program.name == "salabim" else REPLICATIONS
    books = [play(SHORT, seed) for seed in range(count)]
    served, waited = expected_books(queue_task.horizon(SHORT))
    assert strays([b.arrived for b in books], SHORT) < FAR
    assert strays([b.served for b in books], served) < FAR
    if program.name == "GillesPy2":  # it cannot tell one customer from another
        assert all(math.isnan(b.total_wait) for b in books)
    else:
        assert strays([b.total_wait for b in books], waited) < FAR


def test_gillespy2_s_waits_follow_from_the_number_present() -> None:
    program = next(program for program in PROGRAMS if program.name == "GillesPy2")
    needs(program)
    import queue_gillespy2

    # All have waited together, day by day, as long as there were people present.
    days, points = 44.0, 89
    present = queue_gillespy2.numbers_present(days, points, seed=1, replications=2000)
    waits = integrate.trapezoid(present, dx=days / (points - 1), axis=1)
    expected = integrate.trapezoid(number_present(days, points - 1) @ np.arange(400), dx=days / (points - 1))
    assert present.shape == (2000, points)
    assert strays(list(waits), expected) < FAR


# -- the table


def test_a_peer_that_is_missing_is_named_with_the_way_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    missing = Program("Nosuch", "", "no_such_simulator", "queue_nosuch", "run", 10)
    few = replace(OURS, customers=1000)
    monkeypatch.setattr(queues, "OURS", few)
    monkeypatch.setattr(queues, "PROGRAMS", (few, missing))
    lines = {line.what: line for line in queues.measure(quick=True)}
    assert list(lines) == [
        "the same customers and waits, given the same times",
        "one core: compiled engine",
        "one core: Nosuch",
        "compiled engine against Nosuch",
    ]
    for what in ("one core: Nosuch", "compiled engine against Nosuch"):
        assert lines[what].note == "not installed: pip install 'crisis-timeline[bench]'"
        assert math.isnan(lines[what].value)
        assert lines[what].reaches is None


def test_a_program_with_other_books_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue_model, "run_reference", lambda customers, seed: Books(1, 1, 1.0))
    line = queues.same_books([OURS, PROGRAMS[1]])
    assert (line.value, line.target, line.reaches) == (1.0, 2.0, False)
    assert line.note == "these differ: reference engine"
