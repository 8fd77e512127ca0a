"""The program that counts and builds, as a hash: what it made before, it would make again the same."""

from __future__ import annotations

import platform
import time
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

from timeline.study.keys import digest

#: Source that was changed about when it was loaded, or since, may not be what is running.
_LOADED = time.time() - 5

#: What counts, draws and writes.
_LIBRARIES = ("jinja2", "markupsafe", "matplotlib", "numpy", "polars", "scipy", "seaborn")


@lru_cache(maxsize=1)
def running_program() -> str:
    """Return a hash of this program, its templates and its libraries; empty if what runs may be another."""
    root = Path(__file__).parents[1]
    # What Python keeps of compiled sources is written while the program runs, under passing names too.
    paths = sorted(path for path in root.rglob("*") if path.parent.name != "__pycache__" and path.is_file())
    if any(path.stat().st_mtime > _LOADED for path in paths):
        return ""
    parts = [f"{path.relative_to(root)} {digest(path.read_bytes())}" for path in paths]
    parts += (f"{name} {version(name)}" for name in _LIBRARIES)
    parts += (platform.python_version(), platform.platform())
    return digest("\n".join(parts).encode())
