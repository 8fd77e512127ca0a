"""Work in a copy of the process, and the effects that are compiled so."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from test_compiled import cut, refused, same
from toys import count, model, running, toggle, while_on

from timeline.engines import meanwhile as module
from timeline.engines import program
from timeline.engines.meanwhile import a_core_is_free, meanwhile
from timeline.engines.world import World
from timeline.model.declarations import Clock
from timeline.model.laws import fixed, weibull


def small() -> World:
    """A world of a model of its own, so that it is compiled anew."""
    clocks = Clock("toggle", running, toggle, fixed(2)), Clock("count", while_on, count, weibull(1.5))
    return World(model(*clocks), horizon=12.0)


def gone(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    return False


def noted(path: Path) -> int:
    """The process that has written its number to a file, once it has."""
    for _ in range(1_000):
        if path.exists() and path.read_text().endswith("\n"):
            return int(path.read_text())
        time.sleep(0.01)
    raise AssertionError("the copy has written nothing")


def test_what_a_copy_leaves_on_disk_is_there_once_it_is_waited_for(tmp_path: Path) -> None:
    here = [0]

    def work() -> None:
        here[0] = 1
        (tmp_path / "note").write_text(f"{os.getpid()}\n")

    with meanwhile(work) as done:
        assert done()
        assert done()
    assert noted(tmp_path / "note") != os.getpid()
    assert here == [0]


def test_a_copy_that_fails_says_nothing_and_was_not_done(capfd: pytest.CaptureFixture[str]) -> None:
    def work() -> None:
        os.write(1, b"said")
        raise KeyError

    with meanwhile(work) as done:
        assert not done()
    said = capfd.readouterr()
    assert (said.out, said.err) == ("", "")


def test_a_copy_that_stands_still_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.5)

    def work() -> None:
        (tmp_path / "note").write_text(f"{os.getpid()}\n")
        time.sleep(600)

    with meanwhile(work) as done:
        process = noted(tmp_path / "note")
        assert not done()
    assert gone(process)


def test_a_copy_that_nobody_waits_for_is_ended(tmp_path: Path) -> None:
    def work() -> None:
        (tmp_path / "note").write_text(f"{os.getpid()}\n")
        time.sleep(600)

    with meanwhile(work):
        process = noted(tmp_path / "note")
    assert gone(process)


def test_without_room_for_a_copy_it_is_simply_not_done(monkeypatch: pytest.MonkeyPatch) -> None:
    def full() -> int:
        raise BlockingIOError

    monkeypatch.setattr(os, "fork", full)
    with meanwhile(lambda: None) as done:
        assert not done()


# ---------------------------------------------------------------- effects


@pytest.fixture
def met(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Have the effects of the smallest model compiled in a copy, and tell whether that was done."""
    found: list[bool] = []
    real = program._waiting_for

    def watched(fire: Any, done: Callable[[], bool]) -> Any:
        def noting() -> bool:
            found.append(done())
            return found[-1]

        return real(fire, noting)

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(program, "_MANY", 0)
    monkeypatch.setattr(program, "a_core_is_free", lambda: True)
    monkeypatch.setattr(program, "_waiting_for", watched)
    return found


def test_effects_that_a_copy_compiled_make_the_same_timelines(met: list[bool], tmp_path: Path) -> None:
    assert same(small(), 50)
    assert set(met) == {True}
    assert {path.name.split("-")[0] for path in tmp_path.rglob("*.nb?")} == {"program.play_rows"}


@pytest.mark.slow
def test_when_the_copy_fails_the_effects_are_compiled_here(met: list[bool], monkeypatch: pytest.MonkeyPatch) -> None:
    here, refuse_cuts = os.getpid(), program._refuse_cuts

    def failing(function: Any) -> None:
        if os.getpid() != here:
            raise MemoryError
        refuse_cuts(function)

    monkeypatch.setattr(program, "_refuse_cuts", failing)
    assert same(small(), 50)
    assert set(met) == {False}


@pytest.mark.slow
def test_an_effect_that_is_refused_is_refused_with_the_same_sentence(met: list[bool]) -> None:
    assert 'a float for the whole number "m"; write int(...) around it' in refused(cut)
    assert set(met) == {False}


def test_a_core_is_free_where_this_process_may_use_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0}, raising=False)
    assert not a_core_is_free()
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1}, raising=False)
    assert a_core_is_free()
    monkeypatch.delattr(os, "sched_getaffinity")
    assert not a_core_is_free()
