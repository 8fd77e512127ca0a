"""Growing until precise enough, and saying beforehand what that takes."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy import stats

from timeline.analysis import stopping
from timeline.analysis.analysis import analyse
from timeline.analysis.contrasts import Comparison, paired_shares
from timeline.analysis.estimates import Estimate
from timeline.analysis.intervals import Z, bounded_mean
from timeline.analysis.samples import Sample
from timeline.analysis.stopping import Look, Watch, look, next_stage, stages, times_needed
from timeline.cli import main
from timeline.config.load import load
from timeline.errors import ConfigError
from timeline.keeping import store as store_module
from timeline.keeping.sealed import seal
from timeline.keeping.store import open_run
from timeline.pages import report as report_module
from timeline.pages.context import Context
from timeline.playing import kept_growth
from timeline.playing.forecast import _widest, forecast
from timeline.playing.growing import Grown, grow
from timeline.playing.run import Tally, run_folder
from timeline.playing.run import run as play_all
from timeline.study.experiment import Experiment
from timeline.study.keys import arm_keys, determinants
from timeline.study.resolved import Resolved, ResolvedConfig
from timeline.study.yardsticks import ALL, SIGN, Yardstick

TOY = Path(__file__).parent / "toy_run"


@pytest.fixture(autouse=True, scope="module")
def no_waiting() -> Iterator[None]:
    """Do without waiting for the disk."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(store_module.os, "fsync", lambda _: None)
        yield


def measure(statistic: str = "mean", estimand: str = ALL, span: float = 100.0) -> Yardstick:
    return Yardstick("m", "M", estimand, "days", "higher", statistic, "days kept", (), "nobody signed", span=span)  # type: ignore[arg-type]


def everyone(values: np.ndarray) -> Sample:
    return Sample(np.asarray(values, dtype=float), np.ones(len(values), dtype=bool))


# Intervals of what has bounds


def test_an_interval_with_bounds_is_that_of_two_replications_more_one_at_each_bound() -> None:
    values = np.array([3.0, 0.0, 0.0, -2.0, 7.0])
    with_two = np.array([*values, -10.0, 10.0])
    found = bounded_mean(values.mean(), values.var() * 5, 5, (-10.0, 10.0))
    half = stats.norm.ppf(0.975) * with_two.std() / np.sqrt(7)
    assert found == pytest.approx((with_two.mean() - half, with_two.mean() + half))


def test_differences_of_shares_have_the_interval_of_bonett_and_price() -> None:
    one, other = (12 + 1) / (200 + 2), (3 + 1) / (200 + 2)
    half = 1.96 * math.sqrt((one + other - (one - other) ** 2) / 202)
    assert paired_shares((12, 3), 200, 1.96) == pytest.approx((one - other - half, one - other + half))


def test_days_that_are_all_or_nothing_have_the_interval_of_shares_times_the_window() -> None:
    rng = np.random.default_rng(1)
    ones = rng.random((2, 400)) < [[0.30], [0.33]]
    found = {}
    for statistic, scale in (("share", 1.0), ("mean", 100.0)):
        comparison = Comparison(measure(statistic), ["base", "one"], "base")
        comparison.add({"base": everyone(scale * ones[0]), "one": everyone(scale * ones[1])})
        contrast = comparison.contrasts()["one"]
        found[statistic] = np.array([contrast.low, contrast.high]) / scale
    assert found["mean"] == pytest.approx(found["share"])


def test_identical_days_keep_an_interval_for_what_was_not_seen() -> None:
    values = np.random.default_rng(2).uniform(0, 100, 1000)
    comparison = Comparison(measure(), ["base", "one"], "base")
    comparison.add({"base": everyone(values), "one": everyone(values)})
    found = comparison.contrasts()["one"]
    assert found.difference == 0
    assert found.high == -found.low == pytest.approx(Z * math.sqrt(2) * 100 / 1002, rel=1e-3)
    assert found.distinguishable is False
    assert found.note == "the same on all 1000 replications; the interval is what so many replications cannot rule out"


def test_two_replications_are_lost_among_many() -> None:
    rng = np.random.default_rng(3)
    base = rng.uniform(0, 100, 50_000)
    comparison = Comparison(measure(), ["base", "one"], "base")
    comparison.add({"base": everyone(base), "one": everyone(np.clip(base + rng.normal(0, 30, 50_000), 0, 100))})
    found = comparison.contrasts()["one"]
    assert (found.high - found.low) / (2 * found.critical * found.se) == pytest.approx(1, abs=0.002)


def test_one_cadence_whose_days_are_all_0_keeps_an_interval() -> None:
    found = Estimate(measure())
    found.add(everyone(np.zeros(998)))
    summary = found.summary()
    assert (summary.estimate, summary.low) == (0.0, 0.0)
    assert summary.high == pytest.approx(0.1 + Z * math.sqrt(999 * 0.1**2 + 99.9**2) / 1000)


# Looking, and looking further


@pytest.mark.parametrize(("statistic", "estimand"), [("mean", ALL), ("share", ALL), ("mean", SIGN), ("share", SIGN)])
def test_an_outlook_is_what_the_same_replications_several_times_over_would_show(statistic: str, estimand: str) -> None:
    rng = np.random.default_rng(4)
    among = rng.random((3, 300)) < 0.7 if estimand == SIGN else np.ones((3, 300), dtype=bool)
    luck = rng.random(300)
    values = [(luck < level).astype(float) for level in (0.5, 0.55, 0.6)]
    names = ("base", "one", "two")

    def compared(times: int) -> Comparison:
        comparison = Comparison(measure(statistic, estimand, 1.0), names, "base")
        for _ in range(times):
            comparison.add({n: Sample(np.where(a, v, 0.0), a) for n, v, a in zip(names, values, among, strict=True)})
        return comparison

    ahead, there = compared(1).outlook()(5.0), compared(5).contrasts()
    for name in ("one", "two"):
        assert ahead[name][:6] == pytest.approx(there[name][:6], rel=1e-9)
        assert ahead[name].note == there[name].note


@pytest.mark.parametrize("statistic", ["mean", "share"])
def test_the_outlook_of_one_cadence_is_that_too(statistic: str) -> None:
    values = (np.random.default_rng(5).random(200) < 0.1).astype(float)
    once, often = (Watch(measure(statistic, span=1.0), ["base"], "base", "estimates") for _ in range(2))
    once.add({"base": everyone(values)})
    for _ in range(7):
        often.add({"base": everyone(values)})
    assert once.outlook()(7.0)["base"][0] == pytest.approx(often.outlook()(1.0)["base"][0], rel=1e-9)


def test_the_smallest_sample_is_what_the_asked_width_calls_for() -> None:
    # Nothing differs at all: half the width is 1.96 sqrt(2) 100 / n, about 0.1 days after 2,772 replications.
    watch = Watch(measure(), ["base", "one"], "base", "contrasts")
    values = everyone(np.full(1000, 30.0))
    watch.add({"base": values, "one": values})
    found = look({"default": watch}, 0.1)
    assert found.needed == pytest.approx(1.96 * math.sqrt(2) * 100 / 0.1, rel=0.002)


def test_a_look_names_the_widest_interval_of_all_scenarios() -> None:
    rng = np.random.default_rng(6)
    watches = {name: Watch(measure(), ["base", "calm", "wild"], "base", "contrasts") for name in ("x", "y")}
    for scenario, watch in watches.items():
        base = np.full(1000, 50.0)
        wild = base + rng.normal(0, 9 if scenario == "y" else 1, 1000)
        watch.add({"base": everyone(base), "calm": everyone(base), "wild": everyone(wild)})
    found = look(watches, 0.2)
    assert (found.scenario, found.cadence, found.replications) == ("y", "wild", 1000)


def test_an_interval_that_is_not_defined_is_left_out_and_named() -> None:
    watch = Watch(measure("share", SIGN, 1.0), ["base", "one", "never"], "base", "contrasts")
    luck = np.random.default_rng(7).random((2, 1000))
    nobody = Sample(np.zeros(1000), np.zeros(1000, dtype=bool))
    watch.add({"base": everyone(luck[0] < 0.5), "one": everyone(luck[1] < 0.5), "never": nobody})
    found = look({"default": watch}, 0.01)
    assert found.cadence == "one"
    assert found.left_out == ("never: nobody signed under one of the two arms",)


def test_times_needed_follows_the_square_of_the_width() -> None:
    assert times_needed(lambda times: 12 / math.sqrt(times), 3.0) == pytest.approx(16, rel=1e-3)
    assert times_needed(lambda times: 1.0, 0.5) == math.inf
    # The narrowest width that a config may ask for, from the fewest replications and the largest variance.
    assert times_needed(lambda times: 1 / math.sqrt(2 * times), 1e-10) == pytest.approx(5e19, rel=1e-3)


def test_looks_are_few_and_go_as_far_as_seems_needed() -> None:
    # The width falls as it should: 1,000 replications give 10, so 25,000 give 2.
    def look_at(n: int) -> Look:
        half = 10 / math.sqrt(n / 1000)
        return Look(n, half, "s", "c", n * (half / 2) ** 2, ())

    looked = [found.replications for found in stages(1000, 10**6, look_at, 2.0)]
    assert looked == [1000, 2000, 4000, 8000, 16000, 26000]
    assert [found.replications for found in stages(1000, 5000, look_at, 2.0)][-1] == 5000
    assert next_stage(10_000, 10_001, 10**6) == 11_000


# Configs


def workspace(folder: Path) -> Path:
    """A toy workspace with an index, whose config wants precision."""
    shutil.copytree(TOY, folder, ignore=shutil.ignore_patterns("__pycache__"))
    model = folder / "models" / "bargain.py"
    model.write_text(model.read_text().replace("hostility=None", 'hostility="support"'))
    config = folder / "configs" / "telling.toml"
    text = config.read_text().replace("replications = 30", "replications = 1000")
    text = text.replace(text[text.index("[scenarios.breachy]") : text.index("[analysis]")], "")
    text += '\n[precision]\nmeasure = "rmst 5 years"\nhalf_width = "15 days"\nat_most = 20_000\n'
    config.write_text(text)
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return workspace(tmp_path / "toy")


def asked(folder: Path, *changes: str) -> Experiment:
    return load(folder / "configs" / "telling.toml", [f"precision.{change}" for change in changes])


def refused(folder: Path, *changes: str, replications: int | None = None) -> str:
    with pytest.raises(ConfigError) as problem:
        load(folder / "configs" / "telling.toml", changes, replications)
    return str(problem.value)


@pytest.mark.parametrize(
    ("named", "given", "half_width", "unit"),
    [
        ("rmst 5 years", '"5 days"', 5.0, "days"),
        ("rmst 5 years", '"1 week"', 7.0, "days"),
        ("in force", "0.005", 0.005, "share"),
        ("in force", '"0.5 points"', 0.005, "share"),
        ("in force", '"1 point"', 0.01, "share"),
        ("in force", '"0.5%"', 0.005, "share"),
        ("hostility", "0.01", 0.01, "index"),
    ],
)
def test_a_half_width_is_written_in_the_unit_of_its_measure(
    folder: Path, named: str, given: str, half_width: float, unit: str
) -> None:
    found = asked(folder, f'measure="{named}"', f"half_width={given}").precision
    assert found is not None
    assert (found.half_width, found.unit) == (pytest.approx(half_width), unit)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (['half_width="0 days"'], "more than 0: no finite number of replications leaves no error"),
        (['half_width="-5 days"'], "more than 0: no finite number"),
        (["half_width=5"], 'given 5, expected a duration such as "5 days"'),
        (['half_width="5%"'], '"rmst 5 years" is measured in days'),
        (['measure="in force"'], 'given "15 days", expected a share such as 0.005, "0.5 points" or "0.5%"'),
        (['measure="in force"', "half_width=true"], "given true, expected a share such as 0.005"),
        (['measure="hostility"', 'half_width="1%"'], "expected a number such as 0.01"),
        (['half_width="5 years"'], "expected less than 1,826 days: no interval can be wider"),
        (
            ['half_width="0.01 days"'],
            "takes 506,211 replications even if none differs, but at most 20,000 may be played",
        ),
        (['measure="rmst 3 years"'], 'but there is no mean up to "3 years"'),
        (['measure="signed day median"'], "a median, which is of the first replications only"),
        (['of="contrast"'], 'did you mean "contrasts"?'),
        (['measure="survival both sign 1826"', 'of="estimates"', "half_width=0.1"], 'expected of = "contrasts"'),
        (["at_most=999"], "given 999, expected 1,000 or more: so many replications are played before the first look"),
        (["at_most=0"], "given 0, expected a whole number from 1 to 2**32"),
        (["mesure=1"], 'did you mean "measure"?'),
    ],
)
def test_a_precision_that_cannot_be_had_is_refused_where_it_is_written(
    folder: Path, changes: list[str], said: str
) -> None:
    problem = refused(folder, *(f"precision.{change}" for change in changes))
    assert said in problem
    assert "precision." in problem


def test_a_first_look_at_few_replications_is_refused(folder: Path) -> None:
    config = folder / "configs" / "telling.toml"
    config.write_text(config.read_text().replace("replications = 1000", "replications = 500"))
    assert "replications: given 500 with [precision]" in refused(folder)


@pytest.mark.parametrize("options", [{"replications": 150}, {"changes": ["replications=150"]}])
def test_so_many_replications_on_the_command_line_are_exactly_so_many(folder: Path, options: dict[str, Any]) -> None:
    found = load(folder / "configs" / "telling.toml", **options)
    assert found.precision is not None
    assert (found.replications, found.precision.at_most) == (150, 150)
    assert found.precision.fixed_by in ("--replications", "--set replications")


def test_a_width_that_no_number_can_reach_is_refused_with_any_number(folder: Path) -> None:
    assert "at most 4,294,967,296 may be played" in refused(
        folder, 'precision.half_width="1e-7 days"', replications=150
    )


def test_one_cadence_has_nothing_to_be_compared_with(folder: Path) -> None:
    config = folder / "configs" / "telling.toml"
    text = config.read_text()
    config.write_text(text[: text.index("[cadences.yearly]")] + text[text.index("[scenarios.calm]") :])
    assert 'precision.of: given "contrasts" with one cadence only' in refused(folder, 'precision.of="contrasts"')
    assert asked(folder, 'of="estimates"').precision is not None


def test_cadences_that_all_set_the_same_differ_by_nothing(folder: Path) -> None:
    config = folder / "configs" / "telling.toml"
    config.write_text(config.read_text().replace('every = "365.25 days"', ""))
    said = refused(folder, 'precision.of="contrasts"')
    assert 'every cadence sets the same as the baseline "silence": the differences are 0 however many' in said


def test_one_cadence_that_sets_the_same_as_the_baseline_is_warned_of(folder: Path) -> None:
    config = folder / "configs" / "telling.toml"
    config.write_text(config.read_text() + '\n[cadences.hush]\nabout = "nothing, too"\n')
    assert any('cadence "hush" sets the same as the baseline' in warning for warning in asked(folder).warnings)


def test_of_a_number_of_things_that_nothing_bounds_a_warning_says_what_narrow_intervals_are_worth(
    folder: Path,
) -> None:
    model = folder / "models" / "bargain.py"
    text = model.read_text().replace(
        'hostility="support"', 'hostility=None, further=(AtEnd("day", "Day", "days", "higher"),)'
    )
    model.write_text(text.replace("    Array,", "    Array, AtEnd,"))
    [said] = [warning for warning in asked(folder, 'measure="day"').warnings if "nothing bounds" in warning]
    assert 'given "day", a mean of values that nothing bounds: a rare large one may still be to come' in said


def test_what_was_asked_is_part_of_what_was_decided(folder: Path) -> None:
    assert ResolvedConfig.of(asked(folder)).to_json()["precision"] == {
        "measure": "rmst_in_force_1826",
        "of": "contrasts",
        "half_width": 15.0,
        "at_most": 20_000,
        "unit": "days",
        "fixed_by": "",
    }
    assert "precision" not in ResolvedConfig.of(replace(asked(folder), precision=None)).to_json()


# Running


def grown(experiment: Experiment, play: Callable[..., Tally] = play_all) -> tuple[Grown, dict[str, Any], list[str]]:
    said: list[str] = []
    with open_run(run_folder(experiment), determinants(experiment)) as store:
        store.resolved = Resolved.of(experiment, "timeline run")
        found = grow(experiment, store, lambda stage: play(stage, store, engine="simpy", chunk=500), said.append)
        return found, store.read_json("resolved.json"), said


def parts(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((folder / "results").rglob("parts/*/*"))}


@dataclass(frozen=True)
class Whole:
    """A run that has grown until it was precise enough."""

    folder: Path
    grown: Grown
    resolved: dict[str, Any]
    said: list[str]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    folder = workspace(tmp_path_factory.mktemp("whole") / "toy")
    return Whole(folder, *grown(asked(folder)))


def test_a_run_grows_until_every_interval_is_narrow_enough_and_says_so(whole: Whole) -> None:
    reached = whole.grown.reached
    assert whole.said[0].startswith("After 1,000 replications the widest interval is ± 18.")
    assert whole.grown.experiment.replications == 2000
    assert whole.grown.tally == Tally(arms=2, total=4000, simulated=4000, reused=0)
    assert whole.resolved["config"]["replications"] == 2000
    assert whole.resolved["precision"] == json.loads(json.dumps(asdict(reached)))
    assert reached.narrow_enough is True
    assert reached.half_width <= 15
    assert reached.sentence.startswith("Precise enough after 2,000 replications an arm: mean days in force")


def test_the_width_that_ends_a_run_is_that_of_its_report(whole: Whole) -> None:
    experiment = whole.grown.experiment
    with open_run(run_folder(experiment), determinants(experiment)) as store:
        analysis = analyse(
            {arm: store.read(key, 2000) for arm, key in arm_keys(experiment).items()},
            endpoints=experiment.model.endpoints,  # type: ignore[arg-type]
            window=experiment.window,
            baseline=experiment.baseline,
        )
    row = analysis.contrasts.filter(pl.col("measure") == "rmst_in_force_1826").row(0, named=True)
    assert (row["high"] - row["low"]) / 2 == pytest.approx(whole.grown.reached.half_width, rel=1e-12)


def test_rows_are_read_from_a_replication_on(whole: Whole) -> None:
    experiment = whole.grown.experiment
    key = next(iter(arm_keys(experiment).values()))
    with open_run(run_folder(experiment), determinants(experiment)) as store:
        later = pl.concat(store.pieces(key, 1900, ["replication", "day"], first=750))
        assert later.equals(store.read(key, 1900, ["replication", "day"])[750:])
        assert [piece.height for piece in store.pieces(key, 1900, ["day"], first=1000)] == [900]


def test_an_interrupted_run_ends_where_it_would_have_ended(whole: Whole, folder: Path) -> None:
    def stopped(stage: Experiment, *args: Any, **options: Any) -> Tally:
        if stage.replications > 1000:
            play_all(replace(stage, replications=1300), *args, **options)
            raise KeyboardInterrupt
        return play_all(stage, *args, **options)

    with pytest.raises(KeyboardInterrupt):
        grown(asked(folder), stopped)
    again, resolved, _ = grown(asked(folder))
    assert again.tally.reused == 2 * 1300
    assert resolved["precision"] == json.loads(json.dumps(asdict(whole.grown.reached)))
    assert parts(folder) == parts(whole.folder)


def test_more_saved_replications_than_needed_change_nothing(whole: Whole, folder: Path) -> None:
    shutil.copytree(whole.folder / "results", folder / "results")
    more = replace(asked(folder), precision=None, replications=2200)
    with open_run(run_folder(more), determinants(more)) as store:
        play_all(more, store, engine="simpy", chunk=500)
    found, resolved, _ = grown(asked(folder))
    assert (found.tally.simulated, resolved["config"]["replications"]) == (0, 2000)
    assert found.reached == whole.grown.reached


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count the looks that are taken, by a program that has been the same for long."""
    taken: list[int] = []

    def counting(*given: Any) -> Look:
        taken.append(1)
        return look(*given)

    monkeypatch.setattr(stopping, "look", counting)
    monkeypatch.setattr(kept_growth, "running_program", lambda: "the same")
    return taken


def test_a_run_that_has_grown_comes_to_the_same_without_another_look(
    whole: Whole, folder: Path, looks: list[int]
) -> None:
    shutil.copytree(whole.folder / "results", folder / "results")
    first, written, said = grown(asked(folder))
    assert (len(looks), said) == (2, whole.said)
    again = grown(asked(folder))
    assert (len(looks), again) == (2, (first, written, said))
    assert written == whole.resolved


def _forged(run: Path) -> None:
    kept = json.loads((run / "grown.json").read_bytes())
    kept["reached"]["replications"] = 1000
    (run / "grown.json").write_text(json.dumps(kept))


def _misshapen(run: Path) -> None:
    (run / "grown.json").write_bytes(seal({"decided": "", "said": 1, "reached": []}, run.name))


@pytest.mark.parametrize("change", [_forged, _misshapen, lambda run: (run / "grown.json").unlink()])
def test_what_growing_came_to_is_not_believed_if_it_was_altered(
    whole: Whole, folder: Path, looks: list[int], change: Callable[[Path], None]
) -> None:
    shutil.copytree(whole.folder / "results", folder / "results")
    first, *_ = grown(asked(folder))
    change(run_folder(asked(folder)))
    again, *_ = grown(asked(folder))
    assert (len(looks), again.reached) == (4, first.reached)


@pytest.mark.parametrize("precise", ['half_width="14 days"', None])
def test_another_question_or_another_program_looks_again(
    whole: Whole, folder: Path, looks: list[int], precise: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(whole.folder / "results", folder / "results")
    grown(asked(folder))
    if precise is None:
        monkeypatch.setattr(kept_growth, "running_program", lambda: "another")
    looks.clear()
    grown(asked(folder, precise) if precise else asked(folder))
    assert looks


def test_a_program_that_may_not_be_what_its_source_says_keeps_nothing(
    whole: Whole, folder: Path, looks: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_growth, "running_program", lambda: "")
    shutil.copytree(whole.folder / "results", folder / "results")
    (run_folder(asked(folder)) / "grown.json").unlink(missing_ok=True)
    grown(asked(folder))
    assert not (run_folder(asked(folder)) / "grown.json").exists()


def test_a_measure_that_no_replication_defines_is_not_waited_for(folder: Path) -> None:
    config = folder / "configs" / "telling.toml"
    changes = ['precision.measure="survival since signature 1826"', 'precision.half_width="2 points"']
    found, _, said = grown(load(config, [*changes, "rates.signing=0"]))
    assert said == ["After 1,000 replications no interval is defined."]
    assert found.experiment.replications == 1000
    assert found.reached.half_width is None
    assert found.reached.narrow_enough is False
    assert "No interval is defined after 1,000 replications an arm (still kept 5 years since" in found.reached.sentence
    assert "yearly in scenario calm: nobody signed early enough" in found.reached.sentence


# The command line


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Call the command line; returns (exit status, stdout, stderr)."""

    def called(*args: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main([str(arg) for arg in args])
        captured = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, captured.out, captured.err

    return called


Call = Callable[..., tuple[int, str, str]]


def test_a_run_that_may_not_grow_enough_says_what_it_would_take(
    folder: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    contexts: list[Context] = []

    def write(folder: Path, *, analysis: Any, context: Context, **_: Any) -> Path:
        contexts.append(context)
        return folder / "report.html"

    monkeypatch.setattr(report_module, "write_report", write)
    config = folder / "configs" / "telling.toml"
    status, out, _ = call(
        "run", config, "--engine", "simpy", "--workers", 1, "--set", "precision.at_most=1000", "--set",
        'precision.half_width="6 days"',
    )  # fmt: skip
    assert status == 0
    (sentence,) = [line for line in out.splitlines() if line.startswith("Not as precise as wanted")]
    assert "after 1,000 replications an arm, the most allowed" in sentence
    assert sentence.endswith("would be needed.")
    assert contexts[0].notes[-1] == sentence
    status, out, _ = call("report", next((folder / "results" / "telling").iterdir()))
    assert contexts[1].notes[-1] == sentence


def test_the_plan_foresees_what_the_run_needs_and_writes_nothing(whole: Whole, folder: Path, call: Call) -> None:
    config = folder / "configs" / "telling.toml"
    status, out, _ = call("plan", config, "--engine", "simpy", "--pilot", 400, "--json")
    assert status == 0
    assert not (folder / "results").exists()
    found = json.loads(out)
    half = whole.grown.reached.half_width
    # Half widths go with the root: what the run reached tells what exactly 15 days would have taken.
    truth = 2000 * (half / 15.0) ** 2
    assert found["low"] < truth < found["high"]
    assert found["needed"] == pytest.approx(truth, rel=0.3)
    assert found["replications"] == 2000
    (days,) = [width for width in found["widths"] if width["measure"] == "rmst_in_force_1826"]
    assert days["contrasts"] == pytest.approx(half, rel=0.15)
    assert found["half_width"] == pytest.approx(days["contrasts"])


def test_the_plan_says_what_a_config_without_precision_will_give(folder: Path) -> None:
    plain = replace(asked(folder), precision=None, replications=2000)
    found = forecast(plain, 400, engine="simpy")
    assert (found.needed, found.replications, found.arms) == (None, 2000, 2)
    assert found.seconds > 0
    assert found.bytes > 0
    share = next(width for width in found.widths if width.measure == "in_force_end")
    # The widest interval of a share among 2,000 is that of one half, 2.2 points.
    assert 0.01 < share.estimates < 0.022


def test_the_plan_says_if_the_config_allows_too_few(folder: Path, call: Call) -> None:
    config = folder / "configs" / "telling.toml"
    changes = ("--set", 'precision.half_width="5 days"', "--set", "precision.at_most=3000")
    _, out, _ = call("plan", config, "--engine", "simpy", "--pilot", 100, *changes)
    assert "The config allows at_most 3,000, which gives about ± " in out
    assert "3,000 replications an arm, 6,000 in all: about " in out


def test_the_plan_says_that_fewer_replications_are_the_wish_of_an_option(folder: Path, call: Call) -> None:
    config = folder / "configs" / "telling.toml"
    changes = ("--set", 'precision.half_width="5 days"', "--set", "replications=1000")
    status, out, _ = call("plan", config, "--engine", "simpy", "--pilot", 100, *changes)
    assert status == 0
    assert "--set replications allows 1,000, which gives about ± " in out
    assert "The config allows" not in out


def test_a_mean_that_does_not_vary_in_a_pilot_has_no_error_of_zero() -> None:
    watches = {"default": Watch(measure(span=np.inf), ["base"], "base", "estimates")}
    watches["default"].add({"base": everyone(np.zeros(100))})
    half, note = _widest(watches, 10.0)
    assert math.isnan(half)
    assert note == "base: the pilot saw no variation, so its error is not known"


def test_the_plan_of_a_measure_that_nobody_defines_says_so(folder: Path, call: Call) -> None:
    config = folder / "configs" / "telling.toml"
    changes = ("precision.measure=survival since signature 1826", "precision.half_width=0.02", "rates.signing=0")
    status, out, _ = call(
        "plan", config, "--engine", "simpy", "--pilot", 100, *(word for one in changes for word in ("--set", one))
    )
    assert status == 0
    assert "The pilot defines no interval of survival since signature 1826" in out
    assert "nobody signed early enough" in out
    assert "nan" not in out
