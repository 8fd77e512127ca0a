"""The rule that stops: how often intervals hold when their own width has decided how many replications there are.

Every experiment is played by the rule itself, with a first stage of the fewest replications that a config may ask
for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from interval_coverage.laws import RARE, SKEWED, TIED, WINDOW, Fate, days_measure, draw, share_measure
from interval_coverage.rows import Row, count
from timeline.analysis.samples import Sample
from timeline.analysis.stopping import Look, Watch, look, stages
from timeline.study.questions import FEWEST
from timeline.study.yardsticks import SIGN, Yardstick

_AT_MOST = 1_000_000

Draw = Callable[[np.random.Generator, int], dict[str, Sample]]


def study(experiments: int, seed: int) -> list[Row]:
    """Measure how often intervals hold when playing has stopped because they were narrow enough.

    Parameters
    ----------
    experiments
        How many to repeat for each row.
    seed
        What their luck is drawn from.
    """
    rng = np.random.default_rng([seed, 4])
    tied = "79% tied, kurtosis 85"
    together = (TIED, Fate(0.03, 0.02, 0.15), SKEWED)
    return [
        _days(experiments, rng, (TIED,), 10.0, tied),
        _days(experiments, rng, (TIED,), 5.0, tied),
        _days(experiments, rng, (TIED,), 2.5, tied),
        _days(experiments, rng, (SKEWED,), 5.0, "98% tied, the others gain days"),
        _days(experiments, rng, (RARE,), 5.0, "99.9% tied, the others gain days"),
        _days(experiments, rng, (RARE,), 1.0, "99.9% tied, the others gain days"),
        _days(experiments, rng, (RARE,), 1.0, "99.9% tied, the others gain days", bounded=False),
        _days(experiments, rng, together, 10.0, "three mostly tied differences, all at once"),
        _shares(experiments, rng, 0.005),
        _signers(experiments, rng, 0.04),
        _own(experiments, rng, 0.03, 5.0),
    ]


def play(
    watch: Watch, drawn: Draw, rng: np.random.Generator, half_width: float, at_most: int = _AT_MOST
) -> tuple[int, dict[str, tuple[float, float]]]:
    """Play one experiment by the rule.

    Returns
    -------
    int
        Replications after which it stopped.
    dict
        The intervals then, by cadence.
    """

    def look_at(replications: int) -> Look:
        watch.add(drawn(rng, replications - watch.n))
        return look({"default": watch}, half_width)

    for _ in stages(FEWEST, at_most, look_at, half_width):
        pass
    return watch.n, watch.intervals()


def _repeat(
    experiments: int,
    rng: np.random.Generator,
    watch: Callable[[], Watch],
    drawn: Draw,
    half_width: float,
    truth: Mapping[str, float],
    interval: str,
    outcome: str,
    unit: str,
) -> Row:
    held, half, n = np.empty(experiments, dtype=np.bool_), np.empty(experiments), np.empty(experiments)
    for at in range(experiments):
        n[at], found = play(watch(), drawn, rng, half_width)
        held[at] = all(found[name][0] <= true <= found[name][1] for name, true in truth.items())
        half[at] = max(found[name][1] - found[name][0] for name in truth) / 2
    source = "closed form" if unit == "days" else "set"
    return count(f"stopping rule, {interval}", outcome, source, held, half, n, unit)


def _days(
    experiments: int,
    rng: np.random.Generator,
    fates: tuple[Fate, ...],
    half_width: float,
    outcome: str,
    bounded: bool = True,
) -> Row:
    truth = {f"{number}": fate.mean for number, fate in enumerate(fates, start=1)}
    return _repeat(
        experiments,
        rng,
        lambda: Watch(days_measure(bounded), ("plain", *truth), "plain", "contrasts"),
        lambda rng, n: draw(fates, rng, n),
        half_width,
        truth,
        f"± {half_width:g} {'day' if half_width == 1 else 'days'}" + ("" if bounded else ", plain normal interval"),
        outcome,
        "days",
    )


def _shares(experiments: int, rng: np.random.Generator, half_width: float) -> Row:
    first, second = 0.01, 0.002

    def drawn(rng: np.random.Generator, n: int) -> dict[str, Sample]:
        luck, everyone = rng.random(n), np.ones(n, dtype=np.bool_)
        common = luck > 0.7
        plain, one = common | (luck < second), common | ((luck >= second) & (luck < first + second))
        return {"plain": Sample(plain.astype(float), everyone), "1": Sample(one.astype(float), everyone)}

    return _repeat(
        experiments,
        rng,
        lambda: Watch(share_measure(), ("plain", "1"), "plain", "contrasts"),
        drawn,
        half_width,
        {"1": first - second},
        f"± {100 * half_width:g} points",
        "shares, 98.8% tied",
        "share",
    )


def _signers(experiments: int, rng: np.random.Generator, half_width: float) -> Row:
    signs, keeps = (0.10, 0.08), (0.6, 0.7)

    def drawn(rng: np.random.Generator, n: int) -> dict[str, Sample]:
        luck, own = rng.random(n), rng.random((2, n))
        among = [own[i] < signs[i] for i in range(2)]
        values = [np.where(among[i], luck < keeps[i], 0.0) for i in range(2)]
        return {"plain": Sample(values[0], among[0]), "1": Sample(values[1], among[1])}

    return _repeat(
        experiments,
        rng,
        lambda: Watch(share_measure(SIGN), ("plain", "1"), "plain", "contrasts"),
        drawn,
        half_width,
        {"1": keeps[1] - keeps[0]},
        f"± {100 * half_width:g} points",
        "shares among signers; one timeline in ten signs",
        "share",
    )


def _own(experiments: int, rng: np.random.Generator, signed: float, half_width: float) -> Row:
    measure: Yardstick = days_measure()

    def drawn(rng: np.random.Generator, n: int) -> dict[str, Sample]:
        days = np.where(rng.random(n) < signed, WINDOW * rng.random(n), 0.0)
        return {"plain": Sample(days, np.ones(n, dtype=np.bool_))}

    return _repeat(
        experiments,
        rng,
        lambda: Watch(measure, ("plain",), "plain", "estimates"),
        drawn,
        half_width,
        {"plain": signed * WINDOW / 2},
        f"± {half_width:g} days",
        f"one cadence's mean, 0 in {1 - signed:.0%}",
        "days",
    )
