"""The limit: the compiled engine against the same twelve clocks written by hand in C.

The C program is `twelve.c`, the model `twelve.py`. Their rows are equal bit for bit, so all that differs is
what the generality of the engine costs.
"""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import twelve
from alternate import Line, alternate, ratio

from timeline.engines import compiled
from timeline.engines.draws import stream_key
from timeline.engines.world import World, row_dtype

PART = "limit"
SOURCE = Path(__file__).with_name("twelve.c")
#: A fused product and sum would have other last bits; no other flag here touches an arithmetic result.
FLAGS = ("-O3", "-march=native", "-ffp-contract=off")
TARGET = 0.85

Rows = np.ndarray[Any, np.dtype[np.void]]


class NoCompilerError(Exception):
    """There is no gcc here, or it does not take the program; the message says which."""


def world(seed: int = twelve.SEED, horizon: float = twelve.HORIZON) -> World:
    """Return the twelve clocks ready to be played; `horizon` in days."""
    return World(twelve.MODEL, given=twelve.GIVEN, seed=seed, horizon=horizon)


@cache
def c_library() -> ctypes.CDLL:
    """Compile `twelve.c` and load it.

    Raises
    ------
    NoCompilerError
        If there is no gcc, or it refuses the program.
    """
    gcc = shutil.which("gcc")
    if gcc is None:
        raise NoCompilerError("there is no gcc on the path, so the C program cannot be compiled")
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "twelve.so"
        command = [gcc, *FLAGS, "-shared", "-fPIC", "-o", str(made), str(SOURCE), "-lm"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise NoCompilerError(f"gcc does not take {SOURCE.name}: {done.stderr.strip()}")
        library = ctypes.CDLL(str(made))  # stays mapped when the file is gone
    library.row_size.restype = ctypes.c_int64
    library.play_rows.restype = None
    library.play_rows.argtypes = [
        ctypes.c_uint32, ctypes.c_int64, ctypes.c_double, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p,
    ]  # fmt: skip
    return library


def play_in_c(world: World, first: int, count: int) -> Rows:
    """Play replications `first` to `first + count - 1` with the C program; returns one row each, as an engine does.

    Only seed and horizon are read of the world: the C program has its parameters written in.

    Raises
    ------
    NoCompilerError
        If there is no gcc, or it refuses the program.
    """
    library = c_library()
    made = np.zeros(count, row_dtype(twelve.MODEL))
    assert library.row_size() == made.dtype.itemsize
    keys = np.array([stream_key(world.seed, "clock", member.name) for member in twelve.MODEL.members], np.uint32)
    starts = np.array([stream_key(world.seed, "start", name) for name in ("steps", "succession")], np.uint32)
    library.play_rows(first, count, world.horizon, keys.ctypes.data, starts.ctypes.data, made.ctypes.data)
    return made


def measure(quick: bool) -> list[Line]:
    """Measure replications per second on one core: the engine's divided by the C program's."""
    what = "compiled engine against twelve clocks in C"
    here = world()
    count = 500 if quick else 4_000
    try:
        rows = play_in_c(here, 0, 300)
    except NoCompilerError as problem:
        return [Line(PART, what, float("nan"), float("nan"), float("nan"), "times", TARGET, None, str(problem))]
    if rows.tobytes() != compiled.play(here, 0, 300).tobytes():
        raise RuntimeError("the C program and the compiled engine no longer play the same timelines")

    def replications(play: Callable[[World, int, int], Rows]) -> int:
        return len(play(here, 0, count))

    seconds = alternate(
        {"engine": partial(replications, compiled.play), "C": partial(replications, play_in_c)},
        rounds=5 if quick else 25,
    )
    value, low, high = ratio(seconds, "engine", "C")
    firings = float(rows["firings"].mean())
    lines = [
        Line(
            PART, what, value, low, high, "times", TARGET, value >= TARGET,
            f"replications per second on one core; equal rows; gcc {' '.join(FLAGS)}",
        )
    ]  # fmt: skip
    for name, label in (("engine", "compiled engine"), ("C", "C program")):
        rates = sorted(1.0 / second for second in seconds[name])
        lines.append(
            Line(
                PART, f"twelve clocks, {label}", rates[len(rates) // 2], rates[0], rates[-1], "replications/s",
                note=f"{firings:.0f} firings a replication",
            )
        )  # fmt: skip
    return lines
