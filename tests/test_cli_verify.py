"""``timeline verify``: what both engines make of a model."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from timeline.cli import main
from timeline.engines import agreement, compiled, reference
from timeline.engines.world import World
from timeline.workspace import Workspace

TOY = Path(__file__).parent / "toy"


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the toy workspace, which is the working directory; and a cache of its own."""
    shutil.copytree(TOY, tmp_path / "toy", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.chdir(tmp_path / "toy")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "toy"


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Callable[[str], tuple[int, str, str]]:
    def call(line: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as stopped:
            main(shlex.split(line))
        return int(stopped.value.code or 0), *capsys.readouterr()

    return call


def test_engines_that_agree_are_said_to_agree(
    call: Callable[[str], tuple[int, str, str]], toys_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(toys_cache))
    monkeypatch.chdir(TOY)
    status, out, err = call("verify talks --config configs/talks.toml --replications 20")
    assert (status, err) == (0, "")
    said = re.fullmatch(
        r"The engines agree, bit for bit: (\d+) replications, ([\d,]+) firings, (\d+) of them at the instant of "
        r"another\.\n",
        out,
    )
    assert said
    assert int(said.group(1)) % 20 == 0
    assert int(said.group(2).replace(",", "")) > 20


#: The least of 64 bits has no opposite, as Python's whole numbers have; the remainder hides it.
SCRAMBLED = (
    "\n    least = -9223372036854775807 - 1 + 0 * s.insiders\n    s.insiders = -least % 1000\n    s.leak_day = s.day"
)


@pytest.mark.slow
def test_where_the_engines_part_is_shown_side_by_side(toy: Path, call: Callable[[str], tuple[int, str, str]]) -> None:
    leaks = toy / "models" / "mechanisms" / "leaks.py"
    leaks.write_text(leaks.read_text().replace("\n    s.leak_day = s.day", SCRAMBLED))
    status, out, err = call("verify talks --replications 50")
    assert (status, err) == (1, "")
    head, columns, *lines = out.splitlines()
    told = re.fullmatch(r'The engines part: model "talks", replication (\d+), day ([\d.e+]+), after leak:', head)
    assert told
    assert columns.split() == ["simpy", "compiled"]
    assert [line.split()[0] for line in lines] == ["insiders"]
    before = float(told.group(2))
    world = World(Workspace(toy).load("talks"), horizon=before)
    one, other = (engine(world, int(told.group(1)), 1) for engine in (reference.rows, compiled.play))
    assert one.tobytes() == other.tobytes()


def test_a_parting_at_the_start_or_in_an_observation_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    from toys import count, model, running

    from timeline.model.declarations import Clock, Integral
    from timeline.model.laws import fixed

    world = World(model(Clock("daily", running, count, fixed(1)), observations=(Integral("n"),)), horizon=9.5)

    def differs(field: str, from_day: float) -> agreement.Divergence:
        def play(world: World, first: int, count: int) -> agreement.Rows:
            made = reference.rows(world, first, count)
            if world.horizon > from_day:
                (made if field in made.dtype.names else made["state"])[field] += 1
            return made

        monkeypatch.setattr(compiled, "play", play)
        found = agreement.compare(world, 5).divergence
        assert found is not None
        return found

    assert differs("n", 0.0) == agreement.Divergence(0, 0.0, "", (("n", 0, 1),))
    found = differs("observation_0", 6.0)
    assert (found.day, found.clock, found.differences[0][0]) == (6.0, "daily", "observation_0")
    assert found.differences[0][2] == found.differences[0][1] + 1
    assert differs("m", 9.4).day == 9.0


def test_wrong_usage_is_one_sentence(toy: Path, call: Callable[[str], tuple[int, str, str]]) -> None:
    status, _, err = call("verify quiet --config configs/talks.toml")
    assert status == 2
    assert 'is for model "talks", expected one for "quiet"' in err
    status, _, err = call("verify talk")
    assert status == 2
    assert 'did you mean "talks"?' in err
    assert call("verify talks --replications 0")[0] == 2
