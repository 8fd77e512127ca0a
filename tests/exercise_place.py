"""A workspace for tests of exercises: the shipped models, and a config that logs may be written beside."""

from __future__ import annotations

import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
#: Nothing is saved of exercises with it.
SHIPPED = ROOT / "configs" / "backchannel" / "exposure-drill.toml"


def workspace(folder: Path) -> Path:
    """Make a workspace with a copy of the shipped models; returns it."""
    shutil.copytree(ROOT / "models", folder / "models", ignore=shutil.ignore_patterns("__pycache__"))
    # A package is named after its content: this one is not to stand in the way of the shipped models'.
    with (folder / "models" / "crisis.py").open("a", encoding="utf-8") as file:
        file.write("\n# A copy.\n")
    return folder


def config(folder: Path, name: str) -> Path:
    """Put a config into a folder of its own in a workspace; returns it."""
    own = folder / "configs" / name
    own.mkdir(parents=True)
    return Path(shutil.copy(SHIPPED, own))
