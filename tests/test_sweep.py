"""Sweeps: what varies, what is played, what is found, and what an interruption leaves behind."""

from __future__ import annotations

import json
import math
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy import stats
from scipy.stats import qmc

from timeline.analysis.critical import critical_value
from timeline.analysis.samples import sample
from timeline.analysis.smooth import smooth
from timeline.analysis.surface import Findings, chosen_afresh, compare
from timeline.cli import main
from timeline.config.load import load
from timeline.config.sweep import read_key
from timeline.engines import reference
from timeline.errors import ConfigError, StoreError
from timeline.keeping import store as store_module
from timeline.keeping.archive import Archive
from timeline.pages.sweep import afresh, answer, region
from timeline.playing.blocks import play_and_compare, sweep_folder
from timeline.playing.run import Interrupted
from timeline.playing.tasks import task_of, world_of
from timeline.plots.style import svg
from timeline.plots.surface import margins, surface, surface_caption
from timeline.study.resolved import ResolvedConfig
from timeline.study.sweep_arms import Block, SweepPlan, blocks_of, plan_sweep

ROOT = Path(__file__).resolve().parents[1]

MODEL = '''"""A deal is signed and breached; how soon it is breached depends on how it is told of."""

import math
from enum import IntEnum

from timeline.model.endpoints import Endpoints
from timeline.model.declarations import Clock, Mechanism, Model
from timeline.model.records import Field, Lever, Parameter, Parameters, Record


class Outcome(IntEnum):
    OPEN = 0
    COLLAPSED = 1


class Cause(IntEnum):
    NONE = 0
    BREACH = 1


class Phase(IntEnum):
    TALKS = 0
    SIGNED = 1


class State(Record):
    day = Field(0.0, "days since the start")
    outcome = Field(Outcome.OPEN, "how it ended")
    cause = Field(Cause.NONE, "by what")
    phase = Field(Phase.TALKS, "the phase")
    signed_day = Field(math.nan, "when it was signed")


class Rates(Parameters):
    signing = Parameter(1.0, "signings", unit="per year", plausible=(0.1, 9.0), evidence="judgement", source="invented")
    breach = Parameter(0.3, "breaches", unit="per year", plausible=(0.0, 9.0), evidence="judgement", source="invented")
    dusty = Parameter(True, "nothing", evidence="judgement", source="invented")


class Telling(Record):
    every = Lever(60.0, "interval between reports", unit="days", low=1.0)
    share = Lever(0.0, "share that is told", unit="share")
    idle = Lever(0.0, "what nobody reads", unit="share")
    voices = Lever(1, "how many speak", unit="count")
    loud = Lever(False, "whether it is told aloud")


def check(cadence):
    both = cadence.every > 700 and cadence.share > 0.99
    return ["\\"every\\" and \\"share\\" are both at their most"] if both else []


def sign(s):
    s.phase = Phase.SIGNED
    s.signed_day = s.day


def breach(s):
    s.outcome = Outcome.COLLAPSED
    s.cause = Cause.BREACH


def danger(s, p):
    if s.phase != Phase.SIGNED:
        return 0.0
    off = math.log(p.cadence.every / 60.0)
    return p.rates.breach * (1.0 + 0.5 * off * off) * (1.0 - 0.8 * p.cadence.share)


MODEL = Model(
    name="deal",
    title="A deal",
    state=State,
    mechanisms=(
        Mechanism(
            "rates",
            (
                Clock("signing", lambda s, p: p.rates.signing if s.phase == Phase.TALKS else 0.0, sign),
                Clock("breach", danger, breach),
            ),
            parameters=Rates,
        ),
    ),
    open=Outcome.OPEN,
    levers=Telling,
    check_levers=check,
    endpoints=Endpoints(
        phases=(("talks", None), ("signed", "signed_day")), accord=None, half_verified=None, hostility=None,
        failures=("collapsed",), safe=(),
    ),
)
'''

CONFIG = """title = "How often, and how much?"
question = "Where is it best?"
model = "deal"
horizon = "10 years"
replications = 40
seed = 5
baseline = "silence"

[analysis]
follow_up = "5 years"
rmst = ["5 years"]

[cadences.silence]

[cadences.told]
every = "90 days"
share = 0.5

[cadences.seldom]
every = "1 year"
"""

SWEEP = """
[sweep]
measure = "rmst 5 years"
replications = 200
points = 32

[sweep.keys]
"cadences.told.every" = { from = "2 weeks", to = "2 years", scale = "log" }
"cadences.told.share" = { from = 0.1, to = 0.9 }
"""


@pytest.fixture(autouse=True, scope="module")
def no_waiting() -> Iterator[None]:
    """Do without waiting for the disk."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(store_module.os, "fsync", lambda _: None)
        yield


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with the model."""
    folder = tmp_path_factory.mktemp("deals")
    (folder / "models").mkdir()
    (folder / "configs").mkdir()
    (folder / "models" / "deal.py").write_text(MODEL)
    (folder / "configs" / "deal.toml").write_text(CONFIG + SWEEP)
    return folder


Write = Callable[[str], Path]


@pytest.fixture
def write(place: Path) -> Write:
    """Write a config with another table [sweep]."""

    def written(sweep: str) -> Path:
        path = place / "configs" / "other.toml"
        path.write_text(CONFIG + sweep)
        return path

    return written


def planned(path: Path, **options: Any) -> SweepPlan:
    return plan_sweep(load(path, sweep=options))


@cache
def found_in(path: Path, out: Path) -> Findings:
    plan = planned(path)
    with Archive(sweep_folder(plan, out), plan.content()) as archive:
        return play_and_compare(plan, archive, workers=2)[0]


@pytest.fixture
def found(place: Path) -> Findings:
    """What the sweep of the config finds; played once."""
    return found_in(place / "configs" / "deal.toml", place / "results")


def values_of(plan: SweepPlan, arm: int, first: int, count: int) -> np.ndarray[Any, Any]:
    """The measure's values of an arm, by the reference engine."""
    from timeline.analysis.histories import read_histories
    from timeline.keeping.rows import frame

    experiment = plan.experiment
    ends = experiment.model.endpoints
    assert ends is not None
    world = world_of(task_of(experiment, plan.arm(arm)))
    rows = frame(world.model, reference.rows(world, first, count))
    return sample(plan.measure, read_histories(rows, ends, experiment.horizon)).values


# What varies.


def test_a_sobol_sequence_is_scipys_own_scrambled_by_the_seed(place: Path) -> None:
    plan = planned(place / "configs" / "deal.toml")
    parts = qmc.Sobol(2, rng=np.random.default_rng(5)).random_base2(5)
    every = np.exp(np.log(14.0) + parts[:, 0] * np.log(730.5 / 14.0))
    assert [place[0] for place in plan.places] == [float(f"{x:.6g}") for x in every]
    assert [place[1] for place in plan.places] == [float(f"{0.1 + 0.8 * x:.6g}") for x in parts[:, 1]]


def test_more_points_begin_with_the_same_points(place: Path) -> None:
    config = place / "configs" / "deal.toml"
    few, many = planned(config, points=20), planned(config, points=64)
    assert many.places[:20] == few.places
    assert few.experiment.warnings == (
        "--points: given 20, no power of 2: the points lie less evenly than 16 or 32 would",
    )


def test_on_a_grid_the_last_key_varies_fastest_and_numbers_rise(write: Write) -> None:
    plan = planned(
        write(
            "[sweep]\nmeasure = 'in force'\n[sweep.keys]\n"
            "cadences.told.every = ['1 year', '3 months']\nparameters.rates.breach = [0.3, 0.1, 0.2]\n"
        )
    )
    breach = [0.1, 0.2, 0.3]
    assert plan.places == tuple((every, b) for every in (91.3125, 365.25) for b in breach)
    assert plan.sweep.keys[0].labels == ("3 months", "1 year")
    assert plan.said(0) == "every 3 months, breach 0.1 per year"


def test_a_range_on_a_grid_is_cut_into_equal_ratios_where_asked(write: Write) -> None:
    plan = planned(
        write(
            "[sweep]\nmeasure = 'in force'\n[sweep.keys]\n"
            "cadences.told.every = { from = '10 days', to = '1000 days', scale = 'log', steps = 3 }\n"
        )
    )
    assert plan.places == ((10.0,), (100.0,), (1000.0,))


def test_whole_numbers_are_rounded_and_played_once(place: Path) -> None:
    config = place / "configs" / "deal.toml"
    plan = planned(config, points=16, keys={"cadences.told.voices": {"from": 1, "to": 3}})
    assert {point[0] for point in plan.places} == {1, 2, 3}
    assert len(plan.arms) == 4  # and the baseline


def test_a_key_of_the_world_gives_each_point_a_baseline_in_its_own_world(place: Path) -> None:
    config = place / "configs" / "deal.toml"
    keys = {"parameters.rates.breach": [0.1, 0.4], "cadences.told.share": [0.2, 0.8]}
    plan = planned(config, keys=keys)
    assert plan.worlds_differ
    assert [plan.arms[k] for k in plan.base] == [
        ("silence", {"rates.breach": b / 365.25}) for b in (0.1, 0.1, 0.4, 0.4)
    ]
    assert len(plan.arms) == 6


def test_the_baseline_in_several_worlds_is_compared_with_itself_as_the_config_has_it(place: Path) -> None:
    config = place / "configs" / "deal.toml"
    plan = planned(config, cadence="silence", keys={"parameters.rates.breach": [0.1, 0.4]})
    assert not plan.worlds_differ
    assert plan.arms[plan.base[0]] == ("silence", {})


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("a.b[0].c=2 weeks..2 years log", ("a.b[0].c", {"from": "2 weeks", "to": "2 years", "scale": "log"})),
        ("a.b = 0.1 .. 1", ("a.b", {"from": 0.1, "to": 1})),
        ("a.b=true,false", ("a.b", [True, False])),
        ("a.b=verified, carried out", ("a.b", ["verified", "carried out"])),
    ],
)
def test_an_option_says_what_a_table_does(text: str, read: object) -> None:
    assert read_key(text) == read


@pytest.mark.parametrize("text", ["a.b", "a.b=", "=1..2", "a.b=1..", "a.b=..2"])
def test_an_option_that_is_no_range_and_no_list_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected KEY=FROM\.\.TO"):
        read_key(text)


TOP = "[sweep]\nmeasure = 'in force'\npoints = 16\n"
KEYS = "[sweep.keys]\n"
EVERY = "cadences.told.every = { from = '2 weeks', to = '2 years' }\n"


@pytest.mark.parametrize(
    ("sweep", "message"),
    [
        (
            "[sweep]\npoints = 16\n" + KEYS + EVERY,
            'sweep.measure: not given, expected a measure such as "rmst 5 years"',
        ),
        (
            TOP,
            "sweep.keys: not given, expected a table [sweep.keys] with a range or a list for each key",
        ),
        (
            TOP + KEYS,
            "sweep.keys: none given, expected one, two or three",
        ),
        (
            TOP + "pionts = 3\n" + KEYS + EVERY,
            "sweep.pionts: given 3, but there is no such key; expected one of measure, replications, "
            'fresh, points, design, scenario, cadence, keys; did you mean "points"?',
        ),
        (
            TOP + "replications = 1\n" + KEYS + EVERY,
            "sweep.replications: given 1, expected a whole number from 2 to 2**32",
        ),
        (
            TOP + "design = 'sobel'\n" + KEYS + EVERY,
            'sweep.design: given "sobel", expected "sobol" or "grid"; did you mean "sobol"?',
        ),
        (
            TOP + "design = 'grid'\n" + KEYS + EVERY,
            "sweep.points: given 16 with a grid, whose lists say how many points there are; leave it "
            'out, or give design = "sobol"',
        ),
        (
            "[sweep]\nmeasure = 'in force'\npoints = 4\n" + KEYS + EVERY,
            "sweep.points: given 4, expected 8 to 20,000",
        ),
        (
            "[sweep]\nmeasure = 'signed day'\npoints = 16\n" + KEYS + EVERY,
            'sweep.measure: given "signed day", of which neither more nor less is better, expected a '
            "measure that has a best",
        ),
        (
            "[sweep]\nmeasure = 'rmst 4 years'\npoints = 16\n" + KEYS + EVERY,
            'sweep.measure: given "rmst 4 years", but there is no mean up to "4 years"; add it to rmst '
            "under [analysis]",
        ),
        (
            "[sweep]\nmeasure = 'rmst_both_sign_1826'\npoints = 16\n" + KEYS + EVERY,
            'sweep.measure: given "rmst_both_sign_1826", whose population is another for each pair of '
            "points, expected one over all, or among those that sign",
        ),
        (
            TOP + KEYS + "cadences.told.evry = { from = '2 weeks', to = '2 years' }\n",
            'sweep.keys.cadences.told.evry: given from "2 weeks" to "2 years", expected a lever such as '
            '"cadences.NAME.keep" or a parameter such as "parameters.leaks.discovery"; did you mean '
            '"cadences.told.every"?',
        ),
        (
            TOP + KEYS + "cadences.tolled.every = { from = '2 weeks', to = '2 years' }\n",
            'sweep.keys.cadences.tolled.every: given from "2 weeks" to "2 years", '
            'but there is no cadence "tolled"; did you mean "told"?',
        ),
        (
            TOP + KEYS + "cadences.told.every = { from = '2 years', to = '2 weeks' }",
            'sweep.keys.cadences.told.every: given from "2 years" to "2 weeks", expected a lower end '
            "below the upper one",
        ),
        (
            TOP + KEYS + "cadences.told.every = { from = '2 hours', to = '2 weeks' }",
            'sweep.keys.cadences.told.every.from: given "2 hours", expected 1 day or more',
        ),
        (
            TOP + KEYS + "cadences.told.every = { from = 0.2, to = '90 days' }",
            "sweep.keys.cadences.told.every.from: given 0.2, expected 1 day or more",
        ),
        (
            TOP + KEYS + "cadences.told.share = { from = 0.1, to = '2 weeks' }",
            'sweep.keys.cadences.told.share.to: given "2 weeks", expected a share',
        ),
        (
            TOP + KEYS + "cadences.told.share = { from = 0, to = 1, scale = 'log' }",
            'sweep.keys.cadences.told.share: given from 0 to 1 with scale = "log", expected a lower end above 0',
        ),
        (
            TOP + KEYS + "cadences.told.share = { from = 0, to = 1, scale = 'lgo' }",
            'sweep.keys.cadences.told.share.scale: given "lgo", expected "linear" or "log"; did you mean "log"?',
        ),
        (
            TOP + KEYS + "cadences.told.share = { from = 0, to = 1, too = 1 }",
            "sweep.keys.cadences.told.share.too: given 1, but there is no such key; expected one of "
            'from, to, scale, steps; did you mean "to"?',
        ),
        (
            TOP + KEYS + "cadences.told.loud = { from = 0, to = 1 }",
            'sweep.keys.cadences.told.loud: given a range, expected a list out of false, true, with design = "grid"',
        ),
        (
            TOP + KEYS + "cadences.told.share = [0, 1]",
            "sweep.keys.cadences.told.share: given a list, expected { from = ..., to = ... } with design "
            '= "sobol"; or leave "points" out',
        ),
        (
            "[sweep]\nmeasure = 'in force'\n\n" + KEYS + EVERY,
            "sweep.keys.cadences.told.every.steps: not given, expected on a grid how many values the "
            'range is cut into, 2 or more; or a list; or "points"',
        ),
        (
            "[sweep]\nmeasure = 'in force'\n\n" + KEYS + "cadences.told.share = [0.5]",
            "sweep.keys.cadences.told.share: given 1 values, expected at least two",
        ),
        (
            "[sweep]\nmeasure = 'in force'\n\n" + KEYS + "cadences.told.every = ['1 year', '12 months']",
            'sweep.keys.cadences.told.every[1]: given "12 months" twice, expected different values',
        ),
        (
            "[sweep]\nmeasure = 'in force'\n\n"
            + KEYS
            + "cadences.told.share = { from = 0.01, to = 1, steps = 40 }\n"
            + "cadences.told.idle = { from = 0.01, to = 1, steps = 40 }\n"
            + "parameters.rates.breach = { from = 0.1, to = 1, steps = 30 }",
            "sweep.keys: given 40 x 40 x 30 = 48,000 points, expected at most 20,000; give fewer values, "
            'or ranges with design = "sobol" and points = 4096',
        ),
        (
            TOP + KEYS + EVERY + "cadences.seldom.share = { from = 0, to = 1 }",
            "sweep.keys: given levers of told and seldom, expected those of one cadence",
        ),
        (
            TOP + KEYS + "parameters.rates.breach = { from = 0.1, to = 1 }",
            "sweep.cadence: not given, expected one of silence, told, seldom: only the world varies, so "
            "it must be said which cadence is compared with silence",
        ),
        (
            TOP + "cadence = 'seldom'\n" + KEYS + EVERY,
            'sweep.cadence: given "seldom", but the levers that vary are those of told',
        ),
        (
            TOP + "scenario = 'defaut'\n" + KEYS + EVERY,
            'sweep.scenario: given "defaut", expected one of default; did you mean "default"?',
        ),
        (
            TOP + KEYS + EVERY + "cadences.told.share = { from = 0, to = 1 }",
            'sweep.keys: at cadences.told.every = 2 years, cadences.told.share = 1: "every" and "share" '
            "are both at their most",
        ),
    ],
)
def test_a_wrong_sweep_is_one_problem_that_says_where(write: Write, sweep: str, message: str) -> None:
    path = write(sweep)
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert [re.sub(r", line \d+: ", ": ", line) for line in caught.value.problems] == [f"{path}: {message}"]


def test_four_keys_are_too_many(write: Write) -> None:
    names = ("every", "share", "idle", "voices")
    path = write(TOP + KEYS + "".join(f"cadences.told.{name} = {{ from = 1, to = 2 }}\n" for name in names))
    with pytest.raises(ConfigError, match=r"sweep\.keys: given 4 keys, expected one, two or three"):
        load(path)


def test_a_config_without_a_sweep_says_what_to_give(write: Write) -> None:
    path = write("")
    with pytest.raises(ConfigError, match=r"sweep: not given, expected a table \[sweep\], or the options"):
        planned(path)
    assert planned(path, measure="in force", points=8, keys=dict([read_key("cadences.told.share=0..1")])).own.size == 8


# What is played.


def test_every_points_values_are_those_of_the_reference_engine(found: Findings, place: Path) -> None:
    plan = found.plan
    blocks = blocks_of(len(plan.arms), 200)
    with Archive(sweep_folder(plan), plan.content()) as archive:
        kept = np.concatenate([archive.read(block) for block in blocks])
    for arm in (0, 1, 17, 32):
        assert (kept[arm] == values_of(plan, arm, 0, 200).astype(np.float32)).all()


def test_a_point_can_be_played_alone_as_a_config_writes_it(found: Findings) -> None:
    plan, point = found.plan, 7
    sets = [f"{key.name}={value}" for key, value in zip(plan.sweep.keys, plan.places[point], strict=True)]
    alone = load(plan.experiment.path, sets)
    assert alone.cadences["told"].values == plan.arm(int(plan.own[point])).lever_values


def test_the_share_in_force_is_that_of_the_closed_form(place: Path) -> None:
    # A wrong program would be four errors off; twelve right ones are once in 1,300 trials.
    keys = {"cadences.told.every": ["30 days", "60 days", "1 year"], "cadences.told.share": [0.0, 0.3, 0.6, 0.9]}
    plan = planned(place / "configs" / "deal.toml", measure="in force", keys=keys, replications=2_000, fresh=10)
    with Archive(sweep_folder(plan), plan.content()) as archive:
        got = play_and_compare(plan, archive, workers=2)[0].points
    a, years = 1.0, 10.0
    for (every, share), estimate, se in zip(plan.places, got["estimate"], got["se"], strict=True):
        b = 0.3 * (1 + 0.5 * math.log(float(every) / 60) ** 2) * (1 - 0.8 * float(share))
        expected = a / (a - b) * (math.exp(-b * years) - math.exp(-a * years))
        assert abs(estimate - expected) < 4 * se


def test_blocks_cover_every_arm_and_replication_once() -> None:
    seen = np.zeros((37, 5_000), int)
    for block in blocks_of(37, 5_000):
        seen[block.arm : block.arm + block.arms, block.first : block.first + block.count] += 1
    assert (seen == 1).all()


# What is found.


class Kept:
    """Values in memory that are read as an archive's are."""

    def __init__(self, values: np.ndarray[Any, Any]) -> None:
        self.values = values

    def read(self, block: Block) -> np.ndarray[Any, Any]:
        return self.values[block.arm : block.arm + block.arms, block.first : block.first + block.count]


def compared(plan: SweepPlan, values: np.ndarray[Any, Any], **measure: Any) -> Findings:
    """Compare values (arms, replications) as if the plan had played them."""
    own = replace(plan, sweep=replace(plan.sweep, replications=values.shape[1]))
    object.__setattr__(own, "measure", replace(plan.measure, **measure))
    return compare(Kept(values), own)  # type: ignore[arg-type]


def test_estimates_and_their_errors_are_those_of_scipy(found: Findings) -> None:
    plan = found.plan
    with Archive(sweep_folder(plan), plan.content()) as archive:
        kept = np.concatenate([archive.read(block) for block in blocks_of(len(plan.arms), 200)]).astype(float)
    own, base = kept[plan.own], kept[plan.base]
    got = {name: found.points[name].to_numpy() for name in found.points.columns}
    np.testing.assert_allclose(got["estimate"], own.mean(axis=1), rtol=1e-12)
    np.testing.assert_allclose(got["se"], stats.sem(own, axis=1), rtol=1e-9)
    np.testing.assert_allclose(got["difference"], (own - base).mean(axis=1), rtol=1e-9)
    np.testing.assert_allclose(got["difference_se"], stats.sem(own - base, axis=1), rtol=1e-9)
    np.testing.assert_allclose(got["behind_se"], stats.sem(own - own[found.best], axis=1), rtol=1e-9)
    assert found.best == int(np.argmax(own.mean(axis=1)))
    assert found.baseline == pytest.approx(base[0].mean())
    assert found.baseline_se == pytest.approx(stats.sem(base[0]))


def test_a_mean_among_those_that_sign_has_the_error_of_a_ratio(place: Path) -> None:
    plan = planned(place / "configs" / "deal.toml", points=8)
    random = np.random.default_rng(3)
    values = random.normal(size=(9, 500)) + 3
    values[random.random((9, 500)) < 0.3] = np.nan
    got = compared(plan, values).points
    for point in range(8):
        y, base = values[plan.own[point]], values[plan.base[point]]
        psi = [np.nan_to_num(v - np.nanmean(v)) / (~np.isnan(v)).mean() for v in (y, base)]
        assert got["estimate"][point] == pytest.approx(np.nanmean(y))
        assert got["difference_se"][point] == pytest.approx(stats.sem(psi[0] - psi[1]), rel=1e-9)


def test_the_margin_along_a_key_is_the_mean_of_its_points_with_a_paired_error(place: Path) -> None:
    keys = {"cadences.told.every": ["30 days", "1 year"], "cadences.told.share": [0.1, 0.5, 0.9]}
    plan = planned(place / "configs" / "deal.toml", keys=keys)
    values = np.random.default_rng(4).normal(size=(7, 300))
    got = compared(plan, values).margins
    differences = (values[plan.own] - values[plan.base]).reshape(2, 3, 300)
    for axis, own in ((1, got[:2]), (0, got[2:])):
        each = differences.mean(axis=axis)
        np.testing.assert_allclose(own["difference"], each.mean(axis=1), rtol=1e-9)
        np.testing.assert_allclose(own["se"], stats.sem(each, axis=1), rtol=1e-9)
    assert got["middle"].to_list() == ["30.0", "365.25", "0.1", "0.5", "0.9"]


def test_the_critical_value_is_that_of_the_correlations(place: Path) -> None:
    plan = planned(place / "configs" / "deal.toml", points=16)
    random = np.random.default_rng(6)
    for common in (0.0, 2.0, 20.0):
        values = random.normal(size=(17, 2_000)) + common * random.normal(size=2_000)
        values[plan.base[0]] = random.normal(size=2_000) * 0.1
        got = compared(plan, values)
        exact = critical_value(np.corrcoef(values[plan.own] - values[plan.base]))
        assert got.against_baseline == pytest.approx(exact, abs=0.15)  # a quantile of a thousand draws
        assert 1.95 < got.against_baseline <= stats.norm.ppf(0.5 + 0.95 ** (1 / 16) / 2) + 1e-12


def test_the_region_holds_the_best_point_as_often_as_it_says(place: Path) -> None:
    # In 100 experiments 95 are promised; a right program has fewer than 87 once in 2,000 trials.
    plan = planned(place / "configs" / "deal.toml", points=16)
    random = np.random.default_rng(7)
    truth = np.append(-0.02 * (np.arange(16) - 6.0) ** 2, 0.0)  # the last is the baseline, wherever it is played
    level = np.zeros(17)
    level[plan.own] = truth[:16]
    held = 0
    for _ in range(100):
        noise = random.normal(size=(17, 150)) + random.normal(size=150)
        held += bool(compared(plan, level[:, None] + noise, span=np.inf).tied[6])
    assert held >= 87


def test_points_that_have_not_jumped_yet_are_not_told_apart(place: Path) -> None:
    # All differ from the best by a hair in every replication, which a plain interval would take for certain.
    plan = planned(place / "configs" / "deal.toml", points=8)
    values = np.zeros((9, 400))
    values[plan.own] = 900 + np.random.default_rng(8).normal(size=400) + 0.01 * np.arange(8)[:, None]
    got = compared(plan, values, span=1826.25)
    assert got.best == 7
    assert got.tied.all()
    assert got.points["behind_se"].max() < 1e-9
    assert got.points["differs_from_baseline"].all()


def test_less_is_better_where_the_measure_says_so(place: Path) -> None:
    plan = planned(place / "configs" / "deal.toml", measure="outcome_collapsed", points=8)
    values = (np.random.default_rng(9).random((9, 300)) < np.linspace(0.1, 0.9, 9)[:, None]).astype(float)
    got = compared(plan, values)
    assert got.best == int(np.argmin(values[plan.own].mean(axis=1)))
    assert got.points["behind_best"].min() == 0


def test_a_key_that_nothing_reads_is_said_to_change_nothing(place: Path) -> None:
    config = place / "configs" / "deal.toml"
    plan = planned(config, keys={"cadences.told.idle": [0.1, 0.9], "cadences.told.share": [0.1, 0.9]})
    with Archive(sweep_folder(plan), plan.content()) as archive:
        got, _ = play_and_compare(plan, archive)
    assert got.idle == ("cadences.told.idle",)
    assert "“idle” alone changes nothing." in answer(got)
    plan = planned(config, keys={"cadences.told.idle": {"from": 0.1, "to": 0.9}}, points=8)
    with Archive(sweep_folder(plan), plan.content()) as archive:
        got, _ = play_and_compare(plan, archive)
    assert answer(got).startswith("All 8 points are the same in every replication: “idle” changes nothing.")
    assert afresh(got) == ""
    assert got.tied.all()
    assert svg(surface(got), "x")


def test_too_few_that_count_is_an_error_that_names_the_point(place: Path) -> None:
    plan = planned(place / "configs" / "deal.toml", points=8)
    values = np.ones((9, 50))
    values[plan.own[3], 1:] = np.nan
    with pytest.raises(ConfigError, match=f"fewer than two of 50 replications count at {plan.said(3)}"):
        compared(plan, values)


def test_the_best_points_are_played_afresh_with_numbers_not_used_before(found: Findings) -> None:
    plan = found.plan
    chosen = chosen_afresh(found)
    assert chosen[0] == found.best
    assert found.fresh["point"].to_list() == [point + 1 for point in chosen]
    assert found.fresh["n"].to_list() == [1_000] * len(chosen)
    own, base = (values_of(plan, int(arm[found.best]), 200, 1_000) for arm in (plan.own, plan.base))
    assert found.fresh["estimate"][0] == pytest.approx(own.mean(), rel=1e-6)
    assert found.fresh["difference"][0] == pytest.approx((own - base).mean(), rel=1e-5)
    assert "(numbers 200 to 1,199)" in afresh(found)


def test_a_flat_surface_is_smooth_and_a_plane_is_told_exactly() -> None:
    places = np.random.default_rng(2).random((40, 3))
    assert smooth(places, np.full(40, 7.0)).at(places[:2]).tolist() == [7.0, 7.0]
    plane = smooth(places, places @ np.array([1.0, -2.0, 0.5]))
    assert plane.explained > 0.999
    np.testing.assert_allclose(plane.at(places), places @ np.array([1.0, -2.0, 0.5]), atol=1e-3)


# What an interruption leaves behind.


def outputs(folder: Path) -> dict[str, bytes]:
    return {
        path.name: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file() and path.name != "lock"
    }


def test_a_stopped_sweep_goes_on_and_ends_in_the_same_bytes(place: Path, tmp_path: Path) -> None:
    plan = planned(place / "configs" / "deal.toml", replications=1_900)
    with Archive(tmp_path / "whole", plan.content()) as archive:
        whole = play_and_compare(plan, archive, workers=2)[0]

    def stop(done: int, total: int) -> None:
        if done:
            raise KeyboardInterrupt

    with Archive(tmp_path / "stopped", plan.content()) as archive:
        with pytest.raises(
            Interrupted, match=r"of 62,700 timelines are saved\. The same command goes on .*: timeline x"
        ):
            play_and_compare(plan, archive, command="timeline x", progress=stop)
        assert 0 < len(archive.missing(blocks_of(33, 1_900))) < len(blocks_of(33, 1_900))
        # What a kill in the middle of a file leaves is not taken for a block.
        (archive.folder / "values" / "000030-0000000000.npz.tmp").write_bytes(b"half")
    with Archive(tmp_path / "stopped", plan.content()) as archive:
        again, played = play_and_compare(plan, archive, workers=2)
    assert 0 < played < 62_700 + whole.fresh.height * 9_500 + 9_500
    assert again.points.equals(whole.points)
    assert again.fresh.equals(whole.fresh)
    for name, data in outputs(tmp_path / "whole").items():
        assert outputs(tmp_path / "stopped")[name] == data


def test_nothing_is_played_twice(found: Findings) -> None:
    with Archive(sweep_folder(found.plan), found.plan.content()) as archive:
        again, played = play_and_compare(found.plan, archive)
    assert played == 0
    assert again.points.equals(found.points)


def test_a_damaged_block_is_named_with_what_to_do(place: Path, tmp_path: Path) -> None:
    plan = planned(place / "configs" / "deal.toml", points=8)
    (block,) = blocks_of(9, 200)
    with Archive(tmp_path / "x", plan.content()) as archive:
        archive.write(block, np.ones((9, 200), np.float32))
        path = tmp_path / "x" / "values" / block.name
        data = bytearray(path.read_bytes())
        data[-200] ^= 1
        path.write_bytes(bytes(data))
        with pytest.raises(StoreError, match=r"is damaged .* delete this file, and the same command plays its 1,800"):
            archive.read(block)
        path.write_bytes(bytes(data[:100]))
        with pytest.raises(StoreError, match="is damaged"):
            archive.read(block)


def test_a_block_of_another_sweep_is_refused(place: Path, tmp_path: Path) -> None:
    config = place / "configs" / "deal.toml"
    one, other = planned(config, points=8), planned(config, points=9)
    block = Block(0, 9, 0, 200)
    with Archive(tmp_path / "one", one.content()) as archive:
        archive.write(block, np.ones((9, 200), np.float32))
    with Archive(tmp_path / "other", other.content()) as archive:
        (tmp_path / "other" / "values").mkdir()
        shutil.copy(tmp_path / "one" / "values" / block.name, tmp_path / "other" / "values")
        with pytest.raises(StoreError, match="belongs to another sweep"):
            archive.read(block)


def test_a_foreign_an_edited_and_a_busy_folder_are_refused(place: Path, tmp_path: Path) -> None:
    content = planned(place / "configs" / "deal.toml", points=8).content()
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "thesis.tex").touch()
    with pytest.raises(StoreError, match=r"holds thesis.tex, but no sweep.json"):
        Archive(tmp_path / "foreign", content)
    with (
        Archive(tmp_path / "own", content),
        pytest.raises(StoreError, match="is in use by another timeline command"),
    ):
        Archive(tmp_path / "own", content)
    manifest = tmp_path / "own" / "sweep.json"
    manifest.write_text(manifest.read_text().replace('"replications": 200', '"replications": 300'))
    with pytest.raises(StoreError, match="was edited by hand"):
        Archive(tmp_path / "own", content)
    manifest.write_text(manifest.read_text()[:50])
    with pytest.raises(StoreError, match="is no manifest of a sweep"):
        Archive(tmp_path / "own", content)


@pytest.mark.parametrize("change", [{"points": 16}, {"replications": 300}, {"measure": "in force"}])
def test_another_sweep_has_another_folder(place: Path, change: dict[str, Any]) -> None:
    config = place / "configs" / "deal.toml"
    assert sweep_folder(planned(config, **change)) != sweep_folder(planned(config))


@pytest.mark.slow
def test_a_killed_sweep_goes_on_and_ends_in_the_same_bytes(place: Path, tmp_path: Path) -> None:
    command = [
        sys.executable, "-c", "from timeline.cli import main; main()", "sweep", str(place / "configs" / "deal.toml"),
        "--replications", "5000", "--quiet", "--workers", "1", "--seed", "11", "--out",
    ]  # fmt: skip
    subprocess.run([*command, str(tmp_path / "whole")], check=True, capture_output=True)
    kills = 0
    while kills < 20:
        running = subprocess.Popen([*command, str(tmp_path / "killed")], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        before = len(list(tmp_path.glob("killed/deal/*/values/*.npz")))
        while running.poll() is None and len(list(tmp_path.glob("killed/deal/*/values/*.npz"))) < before + 2:
            time.sleep(0.005)
        if running.poll() is not None:
            break
        running.send_signal(signal.SIGKILL)
        running.communicate()
        kills += 1
    else:
        subprocess.run([*command, str(tmp_path / "killed")], check=True, capture_output=True)
    assert kills > 2
    whole, killed = outputs(tmp_path / "whole"), outputs(tmp_path / "killed")
    assert {name: data for name, data in killed.items() if not name.endswith(".tmp")} == whole


# What people see.


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Call the command line; returns (exit status, stdout, stderr)."""

    def called(*args: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main([str(arg) for arg in args])
        captured = capsys.readouterr()
        return int(ended.value.code or 0), captured.out, captured.err

    return called


Call = Callable[..., tuple[int, str, str]]


def test_the_command_prints_the_finding_and_writes_a_page_that_asks_nobody(found: Findings, call: Call) -> None:
    status, out, err = call("sweep", found.plan.experiment.path)
    folder = sweep_folder(found.plan)
    assert (status, err) == (0, "Drawing the surface.\n")
    assert out.splitlines() == [
        "Nothing to play: all timelines are saved: 32 points and the baseline, 200 replications each; then "
        f"{found.fresh.height} of the points and the baseline, 1,000 fresh ones each.",
        answer(found), afresh(found), region(found), f"Points: {folder}/points.csv", f"Page: {folder}/sweep.html",
    ]  # fmt: skip
    page = (folder / "sweep.html").read_text()
    assert not re.search(r"https?://|<script", page)
    assert page.count("<svg ") == 2
    table = pl.read_csv(folder / "points.csv")
    assert table["cadences.told.every (days)"].to_list() == [point[0] for point in found.plan.places]
    assert table["tied_with_best"].sum() == found.tied.sum()
    before = page
    call("sweep", found.plan.experiment.path)
    assert (folder / "sweep.html").read_text() == before


def test_options_stand_for_the_table(place: Path, call: Call, write: Write) -> None:
    status, out, _ = call(
        "sweep", write(""), "--measure", "in force", "--key", "cadences.told.share=0, 0.4, 0.8", "--replications", 100,
        "--fresh", 50, "--json",
    )  # fmt: skip
    told = json.loads(out)
    assert status == 0
    assert told["sweep"]["keys"] == {"cadences.told.share": [0.0, 0.4, 0.8]}
    assert [point["n"] for point in told["points"]] == [100] * 3
    assert told["best"]["cadences.told.share (share)"] == 0.8
    assert told["fresh"][0]["n"] == 50


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--key", "cadences.told.share"], 'Error: --key: given "cadences.told.share", expected KEY=FROM..TO'),
        (["--key", "cadences.told.shore=0..1"], "Error: --key: given from 0 to 1, expected a lever"),
        (["--measure", "in farce"], 'Error: --measure: given "in farce", expected a measure'),
        (["--points", "30000"], "Error: --points: given 30,000, expected 8 to 20,000"),
    ],
)
def test_a_wrong_option_ends_with_status_2(place: Path, call: Call, options: list[str], message: str) -> None:
    status, _, err = call("sweep", place / "configs" / "deal.toml", *options)
    assert status == 2
    assert err.startswith(message)


def test_a_config_with_a_sweep_is_an_ordinary_experiment(place: Path, call: Call) -> None:
    config = place / "configs" / "deal.toml"
    status, out, _ = call("validate", config)
    assert status == 0
    assert (
        "Sweep         32 points, 200 replications each: cadences.told.every x cadences.told.share; "
        "`timeline sweep` plays it" in out
    )
    status, out, _ = call("run", config, "--no-report", "--quiet")
    assert (status, out.splitlines()[0]) == (0, "Simulated 120 replications in 3 arms.")
    assert ResolvedConfig.of(load(config)).to_json()["sweep"]["points"] == 32


def test_the_shipped_surface_varies_interval_and_share_of_the_report() -> None:
    sweep = load(ROOT / "configs" / "backchannel" / "surface.toml").sweep
    assert sweep is not None
    assert [key.path for key in sweep.keys] == ["cadence.rules[0].every", "cadence.rules[0].share"]
    assert (sweep.points, sweep.replications, sweep.measure) == (128, 2_000, "rmst_in_force_1826")


def test_a_rule_that_the_cadence_has_not_is_no_key() -> None:
    key = "cadences.monthly.rules[3].every"
    keys = {key: ["2 weeks", "1 year"]}
    path = ROOT / "configs" / "backchannel" / "cadence.toml"
    said = "given [3], but cadences.monthly.rules has 1, counted from 0; expected an index that exists"
    with pytest.raises(ConfigError) as swept:
        load(path, sweep={"measure": "in force", "keys": keys})
    with pytest.raises(ConfigError) as changed:
        load(path, [f"{key}=14"])
    assert (str(swept.value), str(changed.value)) == (f"--key: {said}", f"--set {key}: {said}")


def test_the_baseline_in_other_worlds_is_compared_with_that_in_the_world_of_the_config(place: Path) -> None:
    keys = {"parameters.rates.breach": ["0.3 per year", "0.31 per year"]}
    config = place / "configs" / "deal.toml"
    plan = planned(config, keys=keys, cadence="silence", replications=20, fresh=20)
    with Archive(sweep_folder(plan), plan.content()) as archive:
        got, _ = play_and_compare(plan, archive)
    assert " from silence in the world of the config" in answer(got)
    assert "But the other point cannot be told from it with 20 replications each." in answer(got)


SHAPES: dict[str, dict[str, Any]] = {
    "one key": {"keys": {"cadences.told.share": {"from": 0, "to": 0.9}}, "points": 16},
    "one list": {"keys": {"cadences.told.loud": [False, True]}},
    "a grid": {"keys": {"cadences.told.every": ["30 days", "1 year"], "cadences.told.share": [0.1, 0.5, 0.9]}},
    "worlds": {"keys": {"parameters.rates.breach": [0.1, 0.5], "cadences.told.share": [0.1, 0.5, 0.9]}},
    "three keys": {
        "keys": {
            "cadences.told.every": {"from": "2 weeks", "to": "2 years", "scale": "log"},
            "cadences.told.share": {"from": 0.1, "to": 0.9},
            "parameters.rates.breach": {"from": 0.1, "to": 2, "scale": "log"},
        },
        "points": 16,
    },
    "a cube": {
        "keys": {
            "cadences.told.every": ["30 days", "1 year"],
            "cadences.told.share": [0.1, 0.5, 0.9],
            "cadences.told.loud": [False, True],
        }
    },
}


@pytest.mark.parametrize("shape", SHAPES)
def test_every_kind_of_sweep_is_drawn_and_told(place: Path, shape: str) -> None:
    plan = planned(place / "configs" / "deal.toml", replications=60, fresh=60, **SHAPES[shape])
    with Archive(sweep_folder(plan), plan.content()) as archive:
        got, _ = play_and_compare(plan, archive)
    figure = surface(got)
    panels = {"three keys": 3, "a cube": 2}.get(shape, 1)
    assert len(figure.axes) == panels + (len(plan.sweep.keys) > 1)  # and the colour bar
    assert svg(figure, "x") == svg(surface(got), "x")
    assert surface_caption(got)
    assert region(got).startswith("The region (")
    assert got.shown == ("difference" if shape in ("worlds", "three keys") else "estimate")
    if len(plan.sweep.keys) > 1:
        assert len(margins(got).axes) == len(plan.sweep.keys)


@pytest.mark.slow
def test_ctrl_c_ends_with_130_and_the_command_that_goes_on(place: Path, tmp_path: Path) -> None:
    command = [
        sys.executable, "-c", "from timeline.cli import main; main()", "sweep", str(place / "configs" / "deal.toml"),
        "--replications", "5000", "--points", "256", "--workers", "1", "--out", str(tmp_path),
    ]  # fmt: skip
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while running.poll() is None and not list(tmp_path.glob("deal/*/values/*.npz")):
        time.sleep(0.01)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate()
    assert (running.returncode, out) == (130, "")
    assert "Stopping after the blocks in flight; press Ctrl-C again to drop them." in err
    assert re.search(
        r"Stopped: [\d,]+ of 1,285,000 timelines are saved\. The same command goes on where it stopped", err
    )
    assert "timeline sweep" in err
    assert "--points 256" in err
