"""A workspace for tests of exercises: the shipped models, and a config that logs may be written beside."""

from __future__ import annotations

import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
#: Nothing is saved of exercises with it.
SHIPPED = ROOT / "configs" / "backchannel" / "exposure-drill.toml"


def workspace(folder: Path, *, edited: bool = False) -> Path:
    """Make a workspace with the shipped models, or with a copy of them that is to be edited; returns it."""
    if not edited:
        (folder / "models").symlink_to(ROOT / "models")
        return folder
    shutil.copytree(ROOT / "models", folder / "models", ignore=shutil.ignore_patterns("__pycache__"))
    # A package is named after its content: this one is not to stand in the way of the shipped models'.
    with (folder / "models" / "crisis.py").open("a", encoding="utf-8") as file:
        file.write("\n# A copy.\n")
    return folder


def config(folder: Path, name: str) -> Path:
    """Put a config of its own name into a workspace; returns it."""
    own = folder / "configs"
    own.mkdir(exist_ok=True)
    return Path(shutil.copy(SHIPPED, own / f"{name}.toml"))


def log_of(path: Path, number: int = 1) -> Path:
    """Return where an exercise with a config is saved."""
    return path.parents[1] / "played" / f"{path.stem}-{number}.toml"
