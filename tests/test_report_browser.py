"""The page in a real browser: nothing sticks out sideways, on a laptop and on a phone."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from test_plots_frames import TWELVE, World, analysis, trace
from test_report import context

from timeline.report.context import Story
from timeline.report.report import write_report

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

pytestmark = pytest.mark.skipif(
    BROWSER is None, reason="no chromium or chrome is installed, so the page cannot be looked at"
)

WIDTHS = (1280, 390)

# A window cannot be narrower than 500 pixels, a frame can: the page is put into one frame a width.
MEASURE = """<!doctype html><html><body>{frames}<pre id="measured"></pre><script>
const all = (doc, what) => [...doc.querySelectorAll(what)];
const measure = (frame) => {{
  const doc = frame.contentDocument, wide = frame.clientWidth;
  for (const d of all(doc, "details")) d.open = true;
  const out = all(doc, "body *").filter(e => !e.parentElement.closest(".scroll, pre"))
    .filter(e => e.getBoundingClientRect().right > wide + 1).map(e => e.tagName + " " + e.id);
  return {{inner: frame.contentWindow.innerWidth, scroll: doc.documentElement.scrollWidth, out: out,
    heights: all(doc, "figure svg").map(e => e.getBoundingClientRect().height)}};
}};
addEventListener("load", () => {{
  document.getElementById("measured").textContent = JSON.stringify(all(document, "iframe").map(measure));
}});
</script></body></html>"""


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> dict[int, dict[str, object]]:
    """What the browser measures of a report, by width."""
    folder = tmp_path_factory.mktemp("browser")
    some = dict(list(TWELVE.items())[:7])
    path = write_report(folder, analysis=analysis(World(some)), context=context(traces=(Story(trace=trace()),)))
    page = html.escape(path.read_text(encoding="utf-8"))
    frames = "".join(
        f'<iframe style="width:{width}px;height:900px;border:0" srcdoc="{page}"></iframe>' for width in WIDTHS
    )
    (folder / "measure.html").write_text(MEASURE.format(frames=frames), encoding="utf-8")
    dom = browse(folder / "profile", "--dump-dom", (folder / "measure.html").as_uri())
    found = re.search(r'<pre id="measured">(\[.*?\])</pre>', dom)
    if found is None:
        pytest.skip("the browser did not start here, so the page cannot be looked at")
    return dict(zip(WIDTHS, json.loads(found[1]), strict=True))


def browse(profile: Path, *options: str) -> str:
    """Run the browser once and return what it prints."""
    assert BROWSER is not None
    flags = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars")
    done = subprocess.run(
        [BROWSER, *flags, f"--user-data-dir={profile}", *options],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.stdout


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_sticks_out_sideways(measured: dict[int, dict[str, object]], width: int) -> None:
    found = measured[width]
    assert found["inner"] == width
    assert found["scroll"] == width
    assert found["out"] == []


@pytest.mark.parametrize("width", WIDTHS)
def test_every_figure_is_large_enough_to_read(measured: dict[int, dict[str, object]], width: int) -> None:
    heights = measured[width]["heights"]
    assert isinstance(heights, list)
    assert len(heights) == 10
    assert min(heights) > 150
