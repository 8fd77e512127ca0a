"""Fixtures of tests of exercises, for a module that says ``pytest_plugins = ["exercise_fixtures"]``."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from exercise_place import config, workspace


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a workspace whose models no test changes."""
    return workspace(tmp_path_factory.mktemp("home"))


@pytest.fixture
def place(home: Path, tmp_path: Path) -> Path:
    """Return a config of its own name."""
    return config(home, re.sub(r"\W", "-", tmp_path.name))


@pytest.fixture
def own_place(tmp_path: Path) -> Path:
    """Return a config in a workspace whose models may be changed."""
    return config(workspace(tmp_path, edited=True), "own")
