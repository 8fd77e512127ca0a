"""The examples of a page, run: files are saved as it says, commands played, and what they print stands below them.

A page's fences are taken in order, in a workspace of the page's own. What follows "save this as `PATH`" is that file.
A fence of `timeline` commands is run. The next fence, if it shows what is printed, has to be part of it, and stays as
it is; else what was printed is put in. A fence of Python that is saved nowhere becomes a cell of a notebook.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_SAVED = re.compile(r"[Ss]ave\s+(?:this|it)\s+as\s+`([^`]+)`")
#: Where a table is told to lie, without being told to save it.
_IN = re.compile(r"\bin\s+`(configs/[^`]+)`")
_TIMELINE = "import sys; from timeline.cli import main; main(sys.argv[1:])"

#: What a command line ends with if it is there to show what is said of a slip.
_REFUSED = "  # refused"
#: Pages whose commands are not run when the site is built, and why not.
NOT_RUN = {
    "past-one-machine": "Their commands take more machines than one.",
    "explore": "Its command opens a page and waits for somebody to move something.",
    "play": "Its commands wait for those who sit around the table; a test plays what is typed here.",
}

_NOTEBOOK = """\
---
file_format: mystnb
kernelspec:
  name: site
---

```{{code-cell}} python
:tags: [remove-cell]
import os, warnings
os.chdir({folder!r})
warnings.filterwarnings("ignore")
get_ipython().run_line_magic("matplotlib", "inline")
get_ipython().ast_node_interactivity = "all"
```

"""


@dataclass
class Fence:
    """A block of code on a page."""

    kind: str
    text: str
    before: str

    @property
    def commands(self) -> list[str]:
        """Its command lines, if they are of the program; none if it is anything else."""
        if self.kind not in ("", "console", "bash"):
            return []
        lines = [line.removeprefix("$ ") for line in self.text.replace("\\\n", " ").splitlines() if line.strip()]
        ours = [line for line in lines if line.startswith("timeline ")]
        return lines if ours and all(line.startswith(("timeline ", "cd ")) for line in lines) else []

    @property
    def saved_as(self) -> str:
        """The path that it is saved as; empty if the page does not say so."""
        found = _SAVED.findall(self.before) or (_IN.findall(self.before) if self.kind == "toml" else [])
        return str(found[-1]) if found and self.kind in ("python", "toml", "csv") else ""


def fences(page: str) -> Iterator[tuple[Fence, int, int]]:
    """Yield the fences of a page, each with where it begins and ends."""
    end = 0
    for found in _FENCE.finditer(page):
        yield Fence(found[1], found[2], page[end : found.start()]), found.start(), found.end()
        end = found.end()


def run_page(name: str, page: str, workspace: Path) -> str:
    """Return a page with its examples run.

    Parameters
    ----------
    name
        What it is called, without ``.md``.
    page
        Its Markdown.
    workspace
        A folder for it, made if need be, with the shipped models and configs.
    """
    if name in NOT_RUN or not any(f.commands or f.kind == "python" for f, _, _ in fences(page)):
        return page
    _furnish(workspace)
    made, end, cells, printed = "", 0, 0, ""
    shown = list(fences(page))
    place = workspace
    for number, (fence, begins, ends) in enumerate(shown):
        made += page[end:begins]
        end = ends
        text = page[begins:ends]
        if fence.saved_as:
            _save(place / fence.saved_as, fence.text)
        elif fence.commands:
            printed, place = _played(name, fence.commands, workspace, place)
            after = shown[number + 1][0] if number + 1 < len(shown) else Fence("", "", "")
            told = not after.commands and not after.saved_as and after.kind in ("", "text", "toml")
            if told and _is_part(after.text, printed):
                text = _console(fence.commands)
            elif len(fence.commands) == 1:
                text = f"{_console(fence.commands)}\n\n{_output(printed)}"
            else:
                text = _output(printed, "console")
        elif fence.kind == "python":
            cells += 1
            text = f"```{{code-cell}} python\n{fence.text}```"
        elif fence.kind == "text" and printed and not _is_part(fence.text, printed):
            raise SystemExit(f"docs/{name}.md shows what is not printed:\n{fence.text}\nprinted was:\n{printed}")
        made += text
    made += page[end:]
    return (_NOTEBOOK.format(folder=str(workspace)) if cells else "") + made


def _furnish(workspace: Path) -> None:
    workspace.mkdir(parents=True, exist_ok=True)
    # Pages add models and configs of their own, so files are linked one by one.
    for top in ("models", "configs"):
        for path in sorted((ROOT / top).rglob("*")):
            link = workspace / path.relative_to(ROOT)
            if path.is_file() and "__pycache__" not in path.parts and not link.exists():
                link.parent.mkdir(parents=True, exist_ok=True)
                link.symlink_to(path)


def _save(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _played(name: str, commands: list[str], workspace: Path, place: Path) -> tuple[str, Path]:
    """Return what commands print, and in which folder they leave off."""
    import shlex

    printed = ""
    for line in commands:
        words = shlex.split(line, comments=True)
        if words[0] == "cd":
            place /= words[1]
            printed += f"$ {line}\n\n"
            continue
        began = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-c", _TIMELINE, *words[1:]],
            cwd=place, capture_output=True, text=True, check=False, env={**os.environ, "COLUMNS": "100"},
        )  # fmt: skip
        print(f"{time.monotonic() - began:6.1f} s  {name}: {line}", flush=True)
        refused = line.endswith(_REFUSED)
        if done.returncode != (2 if refused else 0):
            raise SystemExit(f"docs/{name}.md: `{line}` ends with {done.returncode}:\n{done.stderr}")
        said = (
            (done.stderr if refused else done.stdout)
            .replace(f"{place}{os.sep}", "")
            .replace(f"{workspace}{os.sep}", "")
        )
        told = f"$ {line.removesuffix(_REFUSED)}\n{said}\n"
        printed += told if len(commands) > 1 else said
    return printed, place


def _console(commands: list[str]) -> str:
    return "```console\n" + "".join(f"$ {line.removesuffix(_REFUSED)}\n" for line in commands) + "```"


def _output(printed: str, kind: str = "text") -> str:
    """Return what was printed as a block; sentences are broken to the width of a page, tables are not."""
    text = printed.rstrip("\n")
    look = "printed" if any(line in text for line in "│┃─━") else "printed wrapped"
    return f"````{{code-block}} {kind}\n:class: {look}\n{text}\n````" if text else ""


def _is_part(shown: str, printed: str) -> bool:
    """Whether what a page shows was printed; an end in "..." leaves the rest out."""
    return bool(shown.strip()) and shown.rstrip().removesuffix("...").rstrip() in printed
