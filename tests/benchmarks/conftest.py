"""Lets the programs of this folder be imported by their plain names, as the command does."""

import sys
from pathlib import Path

FOLDER = str(Path(__file__).parent)
if FOLDER not in sys.path:
    sys.path.insert(0, FOLDER)

# No tests in here, and some programs import peers that need not be installed. The examples in docstrings are
# run by tests/test_benchmarks_frame.py.
collect_ignore_glob = ["*.py"]
