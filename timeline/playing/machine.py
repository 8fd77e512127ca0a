"""What a machine plays with: versions of libraries, and a processor whose arithmetic may differ in the last bit."""

from __future__ import annotations

import hashlib
import math
import os
import platform
import socket
import struct
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

#: Libraries that take part in playing a timeline.
_LIBRARIES = ("numba", "llvmlite", "numpy", "simpy")
#: What of this program takes part in it.
_PARTS = ("model", "derived", "engines", "playing/tasks.py", "workspace.py")


@dataclass(frozen=True)
class Machine:
    """Who played a chunk, and with what.

    Attributes
    ----------
    name
        The machine, and the number of the process.
    libraries
        (name, version) of all that takes part in playing.
    processor
        What decides the last bits: its kind, its instructions, and a digest of what the mathematical functions of
        its C library return.
    """

    name: str
    libraries: tuple[tuple[str, str], ...]
    processor: str

    def differs_from(self, other: Machine) -> str:
        """Say which libraries differ, e.g. ``"numba 0.67.0 (expected 0.68.1)"``; nothing if none does.

        Examples
        --------
        >>> mine = Machine("a:1", (("numba", "0.68.1"), ("numpy", "2.4.6")), "x86_64")
        >>> Machine("b:2", (("numba", "0.67.0"), ("numpy", "2.4.6")), "x86_64").differs_from(mine)
        'numba 0.67.0 (expected 0.68.1)'
        >>> mine.differs_from(mine)
        ''
        """
        has, expected = dict(self.libraries), dict(other.libraries)
        return ", ".join(
            f"{name} {has.get(name, 'missing')} (expected {expected.get(name, 'none')})"
            for name in {**expected, **has}
            if has.get(name) != expected.get(name)
        )


@cache
def this_machine() -> Machine:
    """Return what this process plays with."""
    own = (
        ("python", platform.python_version()),
        ("crisis-timeline", f"{_version('crisis-timeline')} {_own_sources()}"),
    )
    libraries = (*own, *((name, _version(name)) for name in _LIBRARIES))
    return Machine(f"{socket.gethostname()}:{os.getpid()}", libraries, _processor())


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _own_sources() -> str:
    """Return eight digits for the sources of this program that take part in playing."""
    root, digest = Path(__file__).resolve().parents[1], hashlib.sha256()
    for part in _PARTS:
        found = root / part
        for path in sorted(found.rglob("*.py")) if found.is_dir() else [found]:
            digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:8]


def _processor() -> str:
    import llvmlite.binding as llvm

    features = hashlib.sha256(llvm.get_host_cpu_features().flatten().encode()).hexdigest()[:8]
    return f"{platform.machine()} {llvm.get_host_cpu_name()} {features}, mathematics {_mathematics()}"


def _mathematics() -> str:
    """Return eight digits for what the C library's functions give: two libraries may differ in the last bit."""
    digest = hashlib.sha256()
    for k in range(1, 200):
        x = k * 0.0789123456789
        for seen in (math.exp(-x), math.log(x), math.pow(x, 1.37), math.erfc(x / 4), math.sin(x), math.lgamma(x)):
            digest.update(struct.pack("<d", seen))
    return digest.hexdigest()[:8]
