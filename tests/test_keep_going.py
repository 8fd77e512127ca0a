"""Replications that the model stops: left out of every arm, counted, listed, said."""

import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from timeline.cli import main
from timeline.config.load import load as read_config
from timeline.engines.world import FAILED
from timeline.errors import RunError
from timeline.front.result import open_result
from timeline.front.study import load
from timeline.keeping.store import open_results
from timeline.playing.run import run_folder

MODEL = '''
"""A toy that stops where its first draw is large."""
import math
from enum import IntEnum
from timeline import Clock, Endpoints, Field, Lever, Mechanism, Model, Record, exponential

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
    strain = Field(0.0, "strain")

class Cadence(Record):
    limit = Lever(1.0, "draws above this stop the model", unit="share")

def speed(s, p):
    return 0.01

def sign(s, p, u):
    if s.phase == Phase.TALKS:
        s.phase = Phase.SIGNED
        s.signed_day = s.day
        s.strain = math.sqrt(p.cadence.limit - u[0])
    elif u[0] < 0.5:
        s.outcome = Outcome.COLLAPSED
        s.cause = Cause.BREACH

MODEL = Model(
    name="stops", title="Stops", state=State, levers=Cadence, open=Outcome.OPEN,
    mechanisms=[Mechanism("signs", about="It signs.", clocks=[
        Clock("sign", speed=speed, fires=sign, law=exponential(), uniforms=1, says="it is signed")])],
    endpoints=Endpoints(phases=(("talks", None), ("signed", "signed_day")), accord=None, half_verified=None,
                        hostility=None),
)
'''
CONFIG = """
model = "stops"
horizon = "5 years"
replications = 40
seed = 3
baseline = "whole"

[cadences.whole]
[cadences.strict]
limit = 0.9
"""

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    for folder in ("models", "configs"):
        (tmp_path / folder).mkdir()
    (tmp_path / "models" / "stops.py").write_text(MODEL)
    (tmp_path / "configs" / "stopping.toml").write_text(CONFIG)
    return tmp_path / "configs" / "stopping.toml"


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Call:
    def called(*args: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main([str(arg) for arg in args])
        captured = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, captured.out, captured.err

    return called


@pytest.mark.parametrize("engine", ["simpy", "compiled"])
def test_failed_replications_are_left_out_of_every_arm(config: Path, engine: str) -> None:
    result = load(config).run(engine=engine, workers=1, keep_going=True)
    (arm,) = result.left_out
    failed = arm["replications"]
    assert (arm["cadence"], 0 < len(failed) < 12) == ("strict", True)
    kept = [number for number in range(40) if number not in failed]
    for cadence in ("whole", "strict"):
        assert result.rows(cadence)["replication"].to_list() == kept
    assert set(result.estimates.filter(measure="in_force_end")["n"]) == {len(kept)}
    # The others are those of a run in which nothing stops.
    whole = load(config).change("cadences.strict.limit", 1.0).run(engine=engine, workers=1)
    others = whole.rows("whole").filter(pl.col("replication").is_in(kept))
    assert result.rows("whole").equals(others)


@pytest.mark.slow
def test_both_engines_leave_out_the_same(config: Path) -> None:
    one, other = (load(config).run(engine=name, workers=1, keep_going=True).left_out for name in ("simpy", "compiled"))
    assert one == other


def test_a_run_ends_at_a_failed_replication_unless_it_shall_keep_going(config: Path, call: Call) -> None:
    status, _, err = call("run", config, "--quiet", "--no-report", "--engine", "simpy")
    assert status == 1
    assert "replay it: timeline trace " in err
    status, out, _ = call("run", config, "--quiet", "--no-report", "--engine", "simpy", "--keep-going", "--json")
    assert status == 0
    ((arm,),) = [json.loads(out)["left_out"]]
    assert arm["cadence"] == "strict"
    with open_results(run_folder(read_config(config))) as store:
        assert sum(part["rows"] for arm in store.arms for part in store.parts(arm)) == 80


def test_what_was_left_out_is_said_and_refused_by_a_run_that_does_not_keep_going(config: Path, call: Call) -> None:
    _, _, err = call("run", config, "--no-report", "--quiet", "--engine", "simpy", "--keep-going")
    failed = open_result(run_folder(read_config(config))).resolved
    with open_results(run_folder(read_config(config))) as store:
        (numbers,) = store.failed(failed.keys.values(), 40).values()
    said = (
        f"{len(numbers)} of 40 replications are left out of every arm, because the model stopped there: {numbers[0]} "
    )
    assert f"Warning: {said}(default x strict), " in err
    status, _, err = call("run", config, "--no-report", "--quiet", "--engine", "simpy")
    assert status == 1
    assert said in err
    assert err.endswith("Give --keep-going to do without them again\n")


def test_the_page_says_which_replications_it_does_without(config: Path, call: Call) -> None:
    _, out, _ = call("run", config, "--quiet", "--engine", "simpy", "--keep-going")
    page = Path(out.splitlines()[-1].removeprefix("Report: ")).read_text()
    assert "left out of every arm, because the model stopped there: " in page


def test_a_failed_row_says_so_and_nothing_else(config: Path) -> None:
    result = load(config).run(folder=config.parent / "out", engine="simpy", workers=1, keep_going=True)
    assert result.folder is not None
    ((arm,), key) = result.left_out, result.arms["default", "strict"]
    rows = pl.read_parquet(result.folder / "parts" / key / "*.parquet")
    failed = rows.filter(pl.col("firings") == FAILED)
    assert failed["replication"].to_list() == arm["replications"]
    assert set(failed["outcome"]) == {"open"}


def test_an_error_of_the_program_is_not_passed_over(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RunError("the engines disagree")

    monkeypatch.setattr("timeline.engines.reference.rows", broken)
    with pytest.raises(RunError, match="the engines disagree"):
        load(config).run(engine="simpy", workers=1, keep_going=True)


def test_a_model_without_endpoints_is_told_too(config: Path, call: Call) -> None:
    path = config.parents[1] / "models" / "stops.py"
    text = path.read_text()
    path.write_text(text[: text.index("    endpoints=Endpoints(")] + ")\n")
    status, out, err = call("run", config, "--quiet", "--no-report", "--engine", "simpy", "--keep-going")
    assert (status, out.startswith("Simulated 80 replications in 2 arms.")) == (0, True)
    assert "are left out of every arm, because the model stopped there: " in err
    assert "If it stops where things go badly, what is left is too favourable" in err
