"""What holds for all tests."""

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# How long an example takes is the machine's business, and which are tried is the same every time.
settings.register_profile("plain", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("plain")

# No tests in there, and some programs import peers that need not be installed. The examples in their docstrings
# are run by test_benchmarks_frame.py. A plugin must not be imported before the tests that name it.
collect_ignore_glob = ["benchmarks/*.py", "exercise_fixtures.py"]

#: So many toys' machine code is kept from one run of the tests to the next.
KEPT = 150


@pytest.fixture(scope="session")
def toys_cache(pytestconfig: pytest.Config) -> Path:
    """A cache for machine code of toys, which all workers share and the next run finds; none of the user's."""
    assert pytestconfig.cache is not None
    place = pytestconfig.cache.mkdir("machine-code")
    compiled = place / "crisis-timeline" / "compiled"
    for old in sorted(compiled.glob("*"), key=os.path.getmtime)[:-KEPT]:
        shutil.rmtree(old, ignore_errors=True)
    return place


@pytest.fixture
def without_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have pages hold empty pictures: for tests of what a page says; a dozen figures take seconds."""
    from timeline.pages import drawing

    monkeypatch.setattr(drawing, "_draw", lambda plan: drawing._finished(plan, "<svg></svg>", b"", ""))
