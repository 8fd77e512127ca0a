"""The page of the Python front door: every public name, in the groups of `timeline/__init__.py`."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path

import timeline


def groups() -> dict[str, list[str]]:
    """Return the public names by the comment that stands above them where they are listed."""
    source = Path(inspect.getfile(timeline)).read_text("utf-8")
    listed = source[source.index("_HOME = {") : source.index("}\n")]
    found: dict[str, list[str]] = {}
    title = ""
    for line in listed.splitlines():
        if comment := re.match(r"\s+# (.*)", line):
            title = comment[1][:1].upper() + comment[1][1:]
            found[title] = []
        elif name := re.match(r'\s+("\w+"):', line):
            found[title].append(ast.literal_eval(name[1]))
    return found


def python_page() -> str:
    """Return the page, as reStructuredText: what autodoc reads."""
    first = ["A study, and what it comes to", "Real data", "What plays it", "What can go wrong"]
    by_title = groups()
    ordered = [*(t for t in first if t in by_title), *(t for t in by_title if t not in first)]
    lines = [
        "Python", "======", "",
        "Everything that a script, a notebook or a model's author needs is taken from ``timeline`` itself. "
        "Guides: :doc:`from-python`, :doc:`a-small-model`.", "",
    ]  # fmt: skip
    for title in ordered:
        lines += [title, "-" * len(title), ""]
        for name in by_title[title]:
            lines += [*_entry(name), ""]
    return "\n".join(lines)


def _entry(name: str) -> list[str]:
    thing = getattr(timeline, name)
    if inspect.isclass(thing):
        return [
            f".. autoclass:: timeline.{name}",
            "   :members:",
            "   :inherited-members: Exception, ClickException, tuple",
        ]
    if callable(thing):
        return [f".. autofunction:: timeline.{name}"]
    return [f".. py:data:: timeline.{name}", "", f"   {thing:g}, in days."]
