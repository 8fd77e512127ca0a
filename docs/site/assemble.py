"""The sources of the site: pages of docs/ and of the repository's own files, examples played, and what is generated."""

from __future__ import annotations

import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from commands_page import commands_page
from models_pages import write_models
from python_page import python_page
from running import NOT_RUN, fences, run_page
from sections import DOCS, ROOT, TITLES, sections, written

HERE = Path(__file__).parent
#: Sections of CONTRIBUTING.md that have pages of their own.
_FORMALISM = ("The formalism: clocks that run at a speed", "Random numbers that stay put")
_WHY = "Why it is so"


def assemble(target: Path, play: bool = True) -> None:
    """Write the sources into a folder.

    Parameters
    ----------
    target
        The folder; it must not be there yet.
    play
        Whether examples are run. Without, pages show them as they are written.
    """
    target.mkdir(parents=True)
    (target / "_static").mkdir()
    shutil.copy(HERE / "site.css", target / "_static")
    shutil.copy(HERE / "conf.py", target)
    for path in (*DOCS.glob("*.png"), *DOCS.glob("*.py")):
        shutil.copy(path, target)
    for folder in ("configs",):
        shutil.copytree(ROOT / folder, target / folder, ignore=shutil.ignore_patterns("schemas"))
    pages = {name: (DOCS / f"{name}.md").read_text("utf-8") for name in written()}
    pages["first-answer"] = (HERE / "first-answer.md").read_text("utf-8")
    made = _own_pages() | {"commands": commands_page(), "index": _index()}
    write_models(target)
    if play:
        # Those with most to run come first, so that no core waits for the last.
        order = sorted(pages, key=lambda name: -sum(len(fence.commands) for fence, _, _ in fences(pages[name])))
        with ThreadPoolExecutor(2) as pool:
            work = {name: pool.submit(run_page, name, pages[name], target / "work" / name) for name in order}
            pages = {name: done.result() for name, done in work.items()}
    pages |= made
    pages["first-answer"] = pages["first-answer"].replace("<!-- dashboard -->", _dashboard(target))
    for name, why in NOT_RUN.items():
        note = f"\n\n:::{{note}}\nThe examples here are not run when the site is built. {why}\n:::\n\n"
        pages[name] = pages[name].replace("\n\n", note, 1)
    for name, page in pages.items():
        _write(target / f"{name}.md", _with_links(page))
    _write(target / "python.rst", python_page())
    for section, names in sections().items():
        title, about = TITLES[section]
        _write(target / f"{section}.md", f"# {title}\n\n{about}\n\n{_toctree(names)}")


def _dashboard(target: Path) -> str:
    """Keep the page that the first run of the tutorial has made, and return a sentence that leads to it."""
    made = sorted((target / "work" / "first-answer").glob("peace/results/first/*/report.html"), key=_written)
    if not made:
        return ""
    shutil.copy(made[0], target / "_static" / "dashboard.html")
    return ' <a href="_static/dashboard.html">This is the one of this run.</a>'


def _written(path: Path) -> float:
    return path.stat().st_mtime


def _index() -> str:
    """Return the first page: how the README begins, and the ways on."""
    readme = (ROOT / "README.md").read_text("utf-8")
    begins = readme[: readme.index("\n## ")]
    begins = re.sub(r"<!-- site -->.*?<!-- /site -->\n*", "", begins, flags=re.DOTALL)
    card = "::::{{container}} card\n[{title}]({name}.md)\n\n{about}\n::::"
    cards = "\n".join(card.format(name=name, title=title, about=about) for name, (title, about) in TITLES.items())
    first, rest = begins.split("\n\n", 1)
    question, story = rest.split("\n\n", 1)
    return f"{first}\n\n{question}\n\n:::::{{container}} cards\n{cards}\n:::::\n\n{story}\n\n" + _toctree(
        list(TITLES), hidden=True
    )


def _own_pages() -> dict[str, str]:
    """Return the pages that are parts of the repository's own files."""
    contributing = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    head, *parts = re.split(r"^## ", contributing, flags=re.MULTILINE)
    by_title = {part.partition("\n")[0]: part.partition("\n")[2] for part in parts}
    formalism = "".join(f"## {title}\n{by_title[title]}" for title in _FORMALISM)
    why = re.sub(r"^\*\*(.+?)[.]\*\* ", r"## \1\n\n", by_title[_WHY], flags=re.MULTILINE)
    rest = "".join(f"## {t}\n{text}" for t, text in by_title.items() if t not in (*_FORMALISM, _WHY))
    return {
        "formalism": f"# How a timeline is played\n\n{formalism}",
        "why-it-is-so": f"# Why it is so\n\nWhat was decided, and what else would have happened.\n{why}",
        "contributing": head + rest,
        "changelog": (ROOT / "CHANGELOG.md").read_text("utf-8"),
    }


def _with_links(page: str) -> str:
    """Turn links between files of the repository into links between pages."""
    page = re.sub(r"\]\((?:\.\./)?docs/", "](", page)
    page = page.replace("](../", "](").replace("```csv\n", "```text\n")
    for file, name in (("README", "index"), ("CONTRIBUTING", "contributing"), ("CHANGELOG", "changelog")):
        page = page.replace(f"]({file}.md", f"]({name}.md")
    return page


def _toctree(names: list[str], hidden: bool = False) -> str:
    inside = "\n".join(names)
    return f"```{{toctree}}\n:maxdepth: 1\n{':hidden:' if hidden else ''}\n\n{inside}\n```\n"


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
