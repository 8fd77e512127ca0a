"""Small models with a closed form: the engine's days against exact distributions.

Every test is at a fixed seed and has error probability alpha = 1e-4: were the seed drawn at random, a
right engine would fail it once in ten thousand. Where a test has several parts, they share alpha.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats
from toys import (
    Outcome,
    count,
    end,
    fail,
    history,
    nothing,
    running,
    toggle,
    turn_off,
    turn_on,
    while_on,
    world,
)

from timeline.engines.reference import play, rows
from timeline.model.declarations import Clock, Sampled
from timeline.model.laws import Law, empirical, exponential, fixed, lognormal, uniform, weibull

ALPHA = 1e-4
N = 1500


def ends(*clocks: Clock, horizon: float = 1e9, seed: int = 1993, n: int = N, **rest):
    """Return the final states of ``n`` replications as a record array."""
    return rows(world(*clocks, horizon=horizon, seed=seed, **rest), 0, n)["state"]


def follows(sample, law, alpha: float = ALPHA) -> None:
    """Kolmogorov-Smirnov, one sample."""
    assert stats.kstest(np.asarray(sample), getattr(law, "cdf", law)).pvalue > alpha


def counted_as(sample, law, alpha: float = ALPHA) -> None:
    """Chi-square over the values of a discrete law, tails pooled so that at least 8 are expected."""
    sample = np.asarray(sample)
    expected, found, low = [], [], -1
    for k in range(int(law.ppf(1e-9)), int(law.ppf(1 - 1e-9)) + 1):
        mass = len(sample) * (law.cdf(k) - law.cdf(low))
        if mass >= 8 and len(sample) * law.sf(k) >= 8:
            expected.append(mass)
            found.append(np.sum((sample > low) & (sample <= k)))
            low = k
    expected.append(len(sample) * law.sf(low))
    found.append(np.sum(sample > low))
    assert len(found) > 2
    assert stats.chisquare(found, expected).pvalue > alpha


def unit_steps(sample, cumulative, alpha: float = ALPHA) -> None:
    """The cumulative hazard at the day of an event is exponential with mean one."""
    follows([cumulative(t) for t in sample], stats.expon, alpha)


@pytest.mark.parametrize(
    ("law", "speed", "expected"),
    [
        (exponential(), 0.25, stats.expon(scale=4)),
        (weibull(1.5), 0.01, stats.weibull_min(1.5, scale=100)),
        (lognormal(0.8), 1 / 30, stats.lognorm(0.8, scale=30)),
        (uniform(10, 20), 1.0, stats.uniform(10, 10)),
        (uniform(10, 20), 0.5, stats.uniform(20, 20)),
    ],
    ids=["exponential", "weibull", "lognormal", "uniform", "uniform, slow"],
)
def test_one_clock_fires_on_a_day_that_follows_its_law(law: Law, speed, expected):
    follows(ends(Clock("end", lambda s: speed, end, law))["day"], expected)


def test_a_clock_with_a_life_table_uses_up_its_cumulative_hazard():
    fired = ends(Clock("end", running, end, empirical([0, 10, 30], [0.05, 0.0, 0.2])))["day"]
    unit_steps(fired, lambda t: 0.05 * min(t, 10) + 0.2 * max(t - 30, 0))


def test_of_two_exponential_clocks_the_cause_and_the_day_are_independent():
    final = ends(Clock("leak", lambda s: 0.1, end), Clock("coup", lambda s: 0.3, fail))
    leaks = final["outcome"] == Outcome.ENDED
    assert stats.binomtest(int(leaks.sum()), N, 0.25).pvalue > ALPHA / 3
    follows(final["day"][leaks], stats.expon(scale=2.5), ALPHA / 3)
    follows(final["day"][~leaks], stats.expon(scale=2.5), ALPHA / 3)


def test_of_two_weibull_clocks_of_one_shape_the_cause_goes_by_the_hazard_ratio():
    shape, slow, fast = 1.5, 0.01, 0.02
    final = ends(
        Clock("leak", lambda s: slow, end, weibull(shape)),
        Clock("coup", lambda s: fast, fail, weibull(shape)),
    )
    total = slow**shape + fast**shape
    assert stats.binomtest(int((final["outcome"] == 1).sum()), N, slow**shape / total).pvalue > ALPHA / 2
    unit_steps(final["day"], lambda t: total * t**shape, ALPHA / 2)


def test_a_weibull_clock_competes_with_an_exponential_one():
    """Cause-specific days by the probability integral: P(leak by t) from the two hazards."""
    final = ends(Clock("leak", lambda s: 0.02, end), Clock("coup", lambda s: 0.02, fail, weibull(2.0)))
    grid = np.linspace(0, 400, 400_001)
    alive = np.exp(-0.02 * grid - (0.02 * grid) ** 2)
    leaked = np.concatenate([[0], np.cumsum((alive[1:] + alive[:-1]) / 2 * np.diff(grid) * 0.02)])
    leaks = final["outcome"] == 1
    assert stats.binomtest(int(leaks.sum()), N, leaked[-1]).pvalue > ALPHA / 2
    follows(final["day"][leaks], lambda t: np.interp(t, grid, leaked) / leaked[-1], ALPHA / 2)


def test_an_incumbents_first_term_is_conditional_on_the_age_in_office_and_the_next_is_not():
    def start(s, u):
        s.x = 3.0 * u[0]

    def change(s):
        s.n += 1
        s.y = s.day if s.n == 1 else s.y
        if s.n == 2:
            s.outcome = Outcome.ENDED

    speed = 0.1
    term = Clock("succession", lambda s: speed, change, weibull(1.8, age=lambda s: s.x))
    final = ends(term, start=start, uniforms=1)
    follows(final["x"], stats.uniform(0, 3), ALPHA / 3)
    aged = (final["x"] + speed * final["y"]) ** 1.8 - final["x"] ** 1.8
    follows(aged, stats.expon, ALPHA / 3)
    follows(speed * (final["day"] - final["y"]), stats.weibull_min(1.8), ALPHA / 3)


def test_an_incumbent_by_life_table_has_the_hazard_of_the_age_reached():
    term = Clock("succession", running, end, empirical([0, 10, 20], [0.01, 0.5, 0.02], age=lambda p: 8.0))
    unit_steps(ends(term)["day"], lambda t: 0.01 * min(t, 2) + 0.5 * min(max(t - 2, 0), 10) + 0.02 * max(t - 12, 0))


def windows(memory: str, law: Law):
    """A clock that runs in windows: three days open, two days closed."""
    open_close = (
        Clock("close", while_on, turn_off, fixed(3)),
        Clock("open", lambda s: 0.0 if s.on else 1.0, turn_on, fixed(2)),
    )
    return ends(*open_close, Clock("end", while_on, end, law, memory=memory))["day"]


def within(day):
    """Return (number of whole windows before, days into the open window)."""
    return np.floor(day / 5), day % 5


def test_a_clock_that_resumes_uses_up_one_lifetime_over_all_windows():
    before, into = within(windows("resume", weibull(2.0, age=0.5)))
    assert (into <= 3).all()
    follows((0.5 + 3 * before + into) ** 2 - 0.25, stats.expon)


def test_a_clock_that_restarts_meets_every_window_anew():
    """Windows before the first success are geometric; the day within it follows the law cut at three."""
    before, into = within(windows("restart", uniform(1, 9)))
    follows(into, stats.uniform(1, 2), ALPHA / 2)
    counted_as(before + 1, stats.geom(2 / 8), ALPHA / 2)


def test_a_renewed_window_meets_another_fate_each_time():
    """Renewed daily, a lifetime uniform on (0, 2) ends within a day with probability one half each time.

    Did a redraw repeat the same uniform, a lifetime above one would never end at all.
    """
    fired = ends(
        Clock("leak", running, count, fixed(1)),
        Clock("exposure", running, end, uniform(0, 2), renews_on="n"),
    )["day"]
    follows(fired % 1, stats.uniform, ALPHA / 2)
    counted_as(np.floor(fired) + 1, stats.geom(0.5), ALPHA / 2)


def test_renewing_a_memoryless_clock_changes_nothing_in_distribution():
    fired = ends(
        Clock("leak", lambda s: 0.7, count),
        Clock("end", lambda s: 0.2, end, renews_on="n"),
    )["day"]
    follows(fired, stats.expon(scale=5))


def test_a_hazard_that_changes_by_calendar_adds_up_over_its_pieces():
    rates = (0.02, 0.3, 0.0, 0.1)
    fired = ends(
        Clock("calendar", lambda s: 1.0 if s.n < 3 else 0.0, count, fixed(5)),
        Clock("end", lambda s: rates[s.n], end),
    )["day"]
    edges = (0, 5, 10, 15, math.inf)
    unit_steps(
        fired,
        lambda t: sum(r * max(0, min(t, b) - a) for r, a, b in zip(rates, edges, edges[1:], strict=False)),
    )
    assert not ((fired > 10) & (fired < 15)).any()


def test_a_weibull_clock_at_changing_speed_follows_its_law_in_operational_time():
    fired = ends(
        Clock("toggle", running, toggle, fixed(4)),
        Clock("end", lambda s: 0.3 if s.on else 0.05, end, weibull(2.5)),
    )["day"]
    operational = (
        np.floor(fired / 8) * (4 * 0.35) + 0.3 * np.minimum(fired % 8, 4) + 0.05 * np.maximum(fired % 8 - 4, 0)
    )
    follows(operational, stats.weibull_min(2.5))


def test_firings_of_a_steady_clock_are_a_poisson_process():
    """Their number is Poisson and, given the number, their days are independent and uniform."""
    toy = world(Clock("leak", lambda s: 0.5, nothing), horizon=12)
    fired = [[day for day, _ in history(toy, r)] for r in range(N)]
    counted_as([len(days) for days in fired], stats.poisson(6), ALPHA / 2)
    follows(np.concatenate(fired) / 12, stats.uniform, ALPHA / 2)


def test_a_later_lifetime_is_independent_of_the_first():
    toy = world(Clock("x", running, nothing, weibull(0.7)), horizon=60)
    told = [[day for day, _ in history(toy, r)][:3] for r in range(600)]
    gaps = np.diff(np.array(told), prepend=0.0)
    for k in range(3):
        follows(gaps[:, k], stats.weibull_min(0.7), ALPHA / 5)
    assert stats.spearmanr(gaps[:, 0], gaps[:, 1]).pvalue > ALPHA / 5
    assert stats.spearmanr(gaps[:, 0], gaps[:, 2]).pvalue > ALPHA / 5


def test_two_members_of_a_family_are_independent():
    def leave(s, me):
        me.pressure = s.day

    told = ends(Clock("leave", lambda me: 1.0 if me.pressure == 0.25 else 0.0, leave, over="sides"), horizon=50)
    a, b = told["a"]["pressure"], told["b"]["pressure"]
    follows(a, stats.expon, ALPHA / 3)
    follows(b, stats.expon, ALPHA / 3)
    assert stats.spearmanr(a, b).pvalue > ALPHA / 3


def test_a_pure_birth_process_is_geometric():
    """The Yule process: from one, each splits at rate 0.5; by day 4 geometric with exp(-2)."""
    told = ends(Clock("birth", lambda s: 0.5 * (1 + s.n), count), horizon=4.0, n=1000)
    counted_as(told["n"] + 1, stats.geom(math.exp(-2)))


def queue(service):
    def leave(s):
        s.n -= 1

    return Clock("arrive", lambda s: 1.5 if s.n < 3 else 0.0, count), Clock("leave", service, leave)


def test_arrivals_that_each_leave_by_themselves_are_poisson_on_every_day():
    """M/M/infinity from empty: Poisson with mean (2 / 0.5) (1 - exp(-0.5 t))."""

    def leave(s):
        s.n -= 1

    toy = world(
        Clock("arrive", lambda s: 2.0, count), Clock("leave", lambda s: 0.5 * s.n, leave),
        horizon=5.5, seed=7, observations=(Sampled("n", (1.0, 5.0)),),
    )  # fmt: skip
    taken = rows(toy, 0, 1000)["observation_0"]
    for k, day in enumerate((1.0, 5.0)):
        counted_as(taken[:, k], stats.poisson(4 * (1 - math.exp(-0.5 * day))), ALPHA / 2)


def test_a_queue_that_starts_in_its_stationary_law_stays_in_it():
    """M/M/1 with room for three: geometric weights (3/4)^n, on day 0 and on day 7."""
    weights = 0.75 ** np.arange(4)
    weights /= weights.sum()
    edges = tuple(float(edge) for edge in np.cumsum(weights)[:3])

    def start(s, u):
        s.n = (u[0] > edges[0]) + (u[0] > edges[1]) + (u[0] > edges[2])

    toy = world(
        *queue(lambda s: 2.0 if s.n > 0 else 0.0), start=start, uniforms=1, horizon=8, seed=7,
        observations=(Sampled("n", (0.0, 7.0)),),
    )  # fmt: skip
    taken = rows(toy, 0, 1000)["observation_0"].astype(int)
    for k in range(2):
        assert stats.chisquare(np.bincount(taken[:, k], minlength=4), 1000 * weights).pvalue > ALPHA / 2
    assert (taken[:, 0] != taken[:, 1]).mean() > 0.5


def test_effects_are_uniform_and_independent_of_the_lifetime_they_follow():
    def draw(s, u):
        s.x, s.y = u[0], u[1]
        s.outcome = Outcome.ENDED

    final = ends(Clock("leak", running, draw, uniforms=2))
    follows(final["x"], stats.uniform, ALPHA / 5)
    follows(final["y"], stats.uniform, ALPHA / 5)
    for here, there in (("x", "y"), ("x", "day"), ("y", "day")):
        assert stats.spearmanr(final[here], final[there]).pvalue > ALPHA / 5


def test_the_mean_of_paired_differences_needs_far_fewer_replications():
    """Common random numbers: the same leaks under both rates; the pairing removes most of the variance."""
    leak = Clock("leak", lambda s, p: p.toy.rate, end)
    slow, fast = (ends(leak, given={"toy.rate": rate}, n=300)["day"] for rate in (0.50, 0.55))
    assert (slow > fast).all()
    assert np.var(slow - fast) < np.var(slow) / 50
    assert slow == pytest.approx(fast * 1.1, rel=1e-12)


def test_a_calendar_has_no_luck():
    toy = world(Clock("weekly", running, count, fixed(7)), horizon=365.25)
    assert {int(play(toy, r).state.n) for r in range(20)} == {52}
