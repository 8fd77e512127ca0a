"""Build the site: `python docs/site`, or `make docs`. It lands in build/site and needs no network, then or later."""

from __future__ import annotations

import sys
import time

from building import build
from sections import ROOT

if __name__ == "__main__":
    began = time.monotonic()
    pages = ROOT / "build" / "site"
    status = build(ROOT / "build" / "site-sources", pages)
    if status == 0:
        size = sum(path.stat().st_size for path in pages.rglob("*") if path.is_file()) / 1e6
        print(f"{pages / 'index.html'}: {size:.0f} MB, made in {time.monotonic() - began:.0f} seconds")
    sys.exit(status)
