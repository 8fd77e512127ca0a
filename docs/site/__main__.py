"""Build the site: `python docs/site`, or `make docs`. It lands in build/site and needs no network, then or later."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path

from assemble import assemble

ROOT = Path(__file__).resolve().parents[2]
SOURCES, PAGES = ROOT / "build" / "site-sources", ROOT / "build" / "site"


def build() -> int:
    """Assemble the sources, playing the examples, and have Sphinx make pages of them; a warning is an error."""
    began = time.monotonic()
    for folder in (SOURCES, PAGES):
        shutil.rmtree(folder, ignore_errors=True)
    assemble(SOURCES)
    words = ["-W", "--keep-going", "-q", "-j", "2", "-b", "html", "-d", str(SOURCES / ".doctrees")]
    done = subprocess.run([sys.executable, "-m", "sphinx", *words, str(SOURCES), str(PAGES)], check=False)
    if done.returncode == 0:
        size = sum(path.stat().st_size for path in PAGES.rglob("*") if path.is_file()) / 1e6
        print(f"{PAGES / 'index.html'}: {size:.0f} MB, made in {time.monotonic() - began:.0f} seconds")
    return done.returncode


if __name__ == "__main__":
    sys.exit(build())
