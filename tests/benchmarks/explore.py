"""How long the what-if room takes from a move to its first picture, in a real browser.

``python tests/benchmarks/explore.py [CONFIG]`` serves a config, moves a lever and an assumption 40 times each, and
prints medians and 95% points with the machine's load.
"""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from browser import Browser  # noqa: E402

MOVES = 40
_WHOLE = "document.getElementById('depth').textContent.startsWith('From 20,000')"
_FIRST = "performance.getEntriesByName('first picture')"
#: Seconds between moves: a hand is no faster, and refinements are under way when the next one comes.
_PAUSE = 0.7


def moved(page: Browser, selector: str) -> tuple[list[float], list[int]]:
    """Move a slider; return how long each first picture took, in milliseconds, and of how many pairs it was."""
    page.evaluate("performance.clearMeasures()")
    for number in range(MOVES):
        page.evaluate(
            f"(() => {{ const slider = document.querySelector('{selector}'); slider.value = {300 + 7 * number};"
            "slider.dispatchEvent(new Event('input', {bubbles: true})); slider.dispatchEvent(new Event('change')); })()"
        )
        page.until(f"{_FIRST}.length > {number}")
        time.sleep(_PAUSE)
    return page.evaluate(f"{_FIRST}.map((one) => one.duration)"), page.evaluate(f"{_FIRST}.map((one) => one.detail.n)")


def main(config: str) -> None:
    """Serve a config, measure, and print."""
    command = [sys.executable, "-c", "from timeline.cli import main; main()", "explore", config, "--no-open"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as served, Browser(patience=120) as page:
        assert served.stdout is not None
        found = re.search(r"http://\S+", served.stdout.readline())
        assert found is not None
        page.open(found[0])
        page.until(_WHOLE)
        while page.evaluate("fetch('pulse').then((one) => one.json()).then((one) => one.searching)"):
            time.sleep(1)
        for what in ("levers", "assumptions"):
            took, pairs = moved(page, f"#{what} input[type=range]")
            late = statistics.quantiles(took, n=20)[-1]
            print(
                f"{what}: {len(took)} moves, median {statistics.median(took):.0f} ms, 95% {late:.0f} ms, "
                f"first pictures of {statistics.median(pairs):.0f} pairs (median), load {os.getloadavg()[0]:.1f}",
                flush=True,
            )
        served.terminate()


if __name__ == "__main__":
    main(*(sys.argv[1:] or [str(ROOT / "configs" / "backchannel" / "cadence.toml")]))
