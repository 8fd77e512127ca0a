"""A config gives a clock a law fitted to data, and both engines live by it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from toys import count, end, history, model, nothing, running

from timeline.config.load import load
from timeline.engines import compiled, reference
from timeline.engines.world import World
from timeline.errors import ConfigError, ModelError
from timeline.model.declarations import Clock
from timeline.model.laws import Law, empirical, lifetime, lognormal, mixture, weibull
from timeline.playing.tasks import task_of, world_of
from timeline.study.experiment import Experiment
from timeline.study.keys import arm_keys, determinants, overrides
from timeline.study.resolved import Resolved

TOY = Path(__file__).parent / "toy"
OFFICE = Clock("office", running, end, empirical([0.0], [1e-9], age=3.0), takes_law=True)
POLLS = Clock("polls", running, count)
TOYS = model(OFFICE, POLLS)
GIVEN = {
    "weibull": weibull(0.6, scale=40.0),
    "lognormal": lognormal(1.2, median=25.0),
    "mixture": mixture([0.3, 0.7], [0.2, 0.01]),
    "life table": empirical([0.0, 5.0, 30.0], [0.05, 0.01, 0.03]),
}


@pytest.mark.parametrize("law", GIVEN.values(), ids=GIVEN)
def test_both_engines_live_by_a_given_law_bit_for_bit(law: Law) -> None:
    world = World(TOYS, seed=5, horizon=1e4, laws=(("office", law),))
    assert reference.rows(world, 0, 50).tobytes() == compiled.play(world, 0, 50).tobytes()


@pytest.mark.parametrize("law", GIVEN.values(), ids=GIVEN)
def test_ends_come_by_the_given_law_from_the_clocks_own_first_age_on(law: Law) -> None:
    days = compiled.play(World(TOYS, seed=5, horizon=1e7, laws=(("office", law),)), 0, 4000)["state"]["day"]
    uniforms = (np.arange(40_000) + 0.5) / 40_000
    expected = [lifetime(law, float(u), law.first, law.second, 3.0) for u in uniforms]
    # Falsely red once in a thousand seeds.
    assert stats.ks_2samp(days, expected).pvalue > 0.001


def test_another_law_moves_no_other_clocks_draws() -> None:
    polls = []
    for law in GIVEN.values():
        fired = history(
            World(model(replace(OFFICE, fires=nothing), POLLS), seed=5, horizon=50.0, laws=(("office", law),))
        )
        polls.append([firing for firing in fired if firing[1] == "polls"])
    assert len(polls[0]) > 10
    assert all(each == polls[0] for each in polls)


@pytest.mark.parametrize("age", [0.0, 10.0, 300.0])
@pytest.mark.parametrize(
    ("shares", "hazards"),
    [([0.3, 0.7], [0.2, 0.01]), ([0.27, 0.73], [2.75 / 365.25, 0.031 / 365.25]), ([0.5, 0.3, 0.2], [5.0, 0.05, 1e-4])],
)
def test_a_mixture_lasts_as_its_classes_do_and_met_late_has_lost_those_that_end_soon(
    shares: list[float], hazards: list[float], age: float
) -> None:
    def lasting(days: float) -> float:
        return sum(share * np.exp(-hazard * days) for share, hazard in zip(shares, hazards, strict=True))

    law = mixture(shares, hazards)
    for chance in np.linspace(0.001, 0.999, 300):
        t = lifetime(law, float(chance), 0.0, 0.0, age)
        assert lasting(age + t) / lasting(age) == pytest.approx(chance, abs=1e-4)


def test_a_mixture_of_equals_is_exponential() -> None:
    assert mixture([0.5, 0.5], [0.1, 0.1]) == empirical([0.0], [0.1])


def test_a_law_for_one_side_stands_over_one_for_both() -> None:
    family = Clock("office", running, end, empirical([0.0], [0.1]), over="sides", takes_law=True)
    toys = model(family)
    world = World(toys, laws=(("office", weibull(2.0)), ("office[b]", weibull(3.0))))
    assert [world.law_of(member).first for member in toys.members] == [2.0, 3.0]


def test_a_clock_that_takes_no_law_is_given_none() -> None:
    with pytest.raises(ModelError, match=r"laws\.polls: this clock takes no law from outside, expected one of office"):
        World(TOYS, laws=(("polls", weibull(2.0)),))
    with pytest.raises(ModelError, match=r'laws\.ofice: model "toys" has no such clock, .*did you mean "office"'):
        World(TOYS, laws=(("ofice", weibull(2.0)),))


def test_a_memoryless_clock_cannot_say_that_it_takes_a_law_in_days() -> None:
    with pytest.raises(ModelError, match="takes_law=True with a law that is exponential"):
        model(Clock("office", running, end, takes_law=True))


# ---------------------------------------------------------------- configs

HEAD = 'model = "talks"\nhorizon = "2 years"\nreplications = 10\nseed = 7\n[cadences.silence]\n'
GIVES = '[laws.handover]\nlaw = "weibull"\nshape = 0.6\nscale = "40 days"\n'
FITTED = '[laws.handover.fitted]\nfile = "leaders.csv"\nspells = 830\ndated = 2026-01-31\n'
Read = Callable[..., Experiment]


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Read:
    """Read a config of a toy whose leaders' clock takes a law."""
    shutil.copytree(TOY, tmp_path / "toy", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.chdir(tmp_path / "toy")
    file = Path("models/mechanisms/succession.py")
    file.write_text(file.read_text("utf-8").replace("weibull(1.5),", "weibull(1.5), takes_law=True,"), encoding="utf-8")

    def reading(*parts: str) -> Experiment:
        Path("configs/x.toml").write_text(HEAD + "".join(parts), encoding="utf-8")
        return load(Path("configs/x.toml"))

    return reading


@pytest.mark.parametrize(
    ("lines", "law"),
    [
        ('law = "weibull"\nshape = 0.6\nscale = "40 days"\n', GIVEN["weibull"]),
        ('law = "lognormal"\nmedian = "25 days"\nsigma = 1.2\n', GIVEN["lognormal"]),
        ('law = "mixture"\nshare = 0.3\nfast = "0.2 per day"\nslow = "0.01 per day"\n', GIVEN["mixture"]),
        ('law = "exponential"\nrate = "365.25 per year"\n', empirical([0.0], [1.0])),
        ('law = "life table"\nknots = [0, 5, 30]\nhazards = [0.05, 0.01, 0.03]\n', GIVEN["life table"]),
    ],
)
def test_a_config_gives_each_kind_of_law(read: Read, lines: str, law: Law) -> None:
    assert [arm.laws for arm in read(f"[laws.handover]\n{lines}").arms] == [(("handover", law),)]


def test_a_task_carries_the_law_to_whoever_plays_it(read: Read) -> None:
    experiment = read(GIVES)
    world = world_of(task_of(experiment, experiment.arms[0]))
    assert world.laws == (("handover", GIVEN["weibull"]),)


def test_the_command_line_changes_a_number_of_a_law(read: Read) -> None:
    read(GIVES)
    changed = load(Path("configs/x.toml"), ["laws.handover.shape=2"])
    assert changed.arms[0].laws == (("handover", weibull(2.0, scale=40.0)),)


def test_a_law_moves_the_keys_of_its_arms_and_where_it_comes_from_moves_none(read: Read) -> None:
    plain, given, told = read(), read(GIVES), read(GIVES, FITTED)
    assert overrides(plain, plain.arms[0]) == {}
    assert determinants(plain).run == determinants(given).run
    assert arm_keys(plain) != arm_keys(given) == arm_keys(told)


def test_the_resolved_form_keeps_a_law_and_where_it_comes_from_and_has_none_without(read: Read) -> None:
    assert "laws" not in Resolved.of(read()).to_json()["config"]
    again = Resolved.from_json(json.loads(json.dumps(Resolved.of(read(GIVES, FITTED)).to_json())))
    assert again.config.laws is not None
    assert again.config.laws[0].given == {"law": "weibull", "shape": 0.6, "scale": "40 days"}
    assert again.config.laws[0].fitted == {"file": "leaders.csv", "spells": 830, "dated": "2026-01-31"}


@pytest.mark.usefixtures("read")
@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("[laws.leak]\n", "laws.leak: given a law, but this clock takes no law from outside, expected one of hand"),
        ("[laws.handovr]\n", "has no such clock, expected one of handover, handover[a], handover[b]; did you mean"),
        ("[laws.handover]\n", "law: given nothing, expected one of exponential, weibull, lognormal, mixture, life"),
        ('[laws.handover]\nlaw = "weibul"\n', 'law: given "weibul", expected one of exponential'),
        ('[laws.handover]\nlaw = "weibull"\nshape = 2\n', "scale: not given, expected a duration above 0 such as"),
        (GIVES + "median = 3\n", "median: given 3, but a law that is weibull has no such key; expected shape, scale"),
        (GIVES.replace("0.6", "-1"), "shape: given -1, expected a number above 0"),
        (GIVES.replace("40 days", "40 per day"), 'scale: given "40 per day", expected a duration above 0'),
        ('[laws.handover]\nlaw = "life table"\nknots = [5]\nhazards = [1.0]\n', "expected ages that begin with 0"),
        ('[laws.handover]\nlaw = "exponential"\nrate = 3\n', "rate: given 3, expected a rate above 0"),
        ('without = ["succession"]\n', 'given a law, but its mechanism "succession" is switched off'),
    ],
)  # fmt: skip
def test_a_law_that_cannot_be_is_refused_with_its_line(lines: str, said: str) -> None:
    Path("configs/x.toml").write_text(lines + HEAD + GIVES if lines.startswith("without") else HEAD + lines, "utf-8")
    with pytest.raises(ConfigError) as caught:
        load(Path("configs/x.toml"))
    assert said in str(caught.value)
    assert "x.toml, line" in str(caught.value)
