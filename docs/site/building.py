"""Sphinx makes pages of what has been assembled; a warning is an error."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from assemble import assemble


def build(sources: Path, pages: Path, play: bool = True) -> int:
    """Make the site.

    Parameters
    ----------
    sources, pages
        Folders for the assembled sources and for the site; what was there goes.
    play
        Whether examples are run.

    Returns
    -------
    int
        0 if it was made without a warning.
    """
    for folder in (sources, pages):
        shutil.rmtree(folder, ignore_errors=True)
    assemble(sources, play)
    words = ["-W", "--keep-going", "-q", "-j", "2", "-b", "html", "-d", str(sources / ".doctrees")]
    env = {**os.environ, "JUPYTER_PATH": str(_kernel(sources)), "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
    return subprocess.run(
        [sys.executable, "-m", "sphinx", *words, str(sources), str(pages)], check=False, env=env
    ).returncode


def _kernel(sources: Path) -> Path:
    """Write down what runs the cells: this Python, on this machine alone, and quietly."""
    folder = sources / ".jupyter"
    spec = folder / "kernels" / "site" / "kernel.json"
    spec.parent.mkdir(parents=True)
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}", "--log-level=40"]
    spec.write_text(json.dumps({"argv": argv, "display_name": "site", "language": "python"}), encoding="utf-8")
    return folder
