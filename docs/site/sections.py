"""Where each page of the site stands: learning, doing, looking up, understanding.

A page of docs/ that is not named here is a guide: what is added later finds its place without this file.
"""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"

TUTORIAL = ["first-answer", "a-small-model", "a-mechanism"]
REFERENCE = [
    "config", "commands", "models/index", "python", "everything-a-model-declares",
    "what-functions-may-contain", "changelog",
]  # fmt: skip
BACKGROUND = ["what-the-essays-claim", "how-sure", "formalism", "why-it-is-so", "contributing"]
#: The first guides; those that no list names come after them, by the alphabet.
GUIDES = ["cookbook", "real-data", "calibrate", "cases", "from-python", "editors-and-shells"]

#: Each section's title, and what it is for.
TITLES = {
    "tutorial": ("Tutorial", "Begin here: from nothing to a first answer, then to a model and a story of your own."),
    "how-to": ("How-to guides", "Recipes for those who know what they want."),
    "reference": (
        "Reference",
        "Every key, command, parameter, clock and function, as the program declares them.",
    ),
    "background": ("Background", "What is claimed and what came of it, how sure the figures are, and why it is so."),
}


def written() -> list[str]:
    """Return the names of the pages of docs/, without ``.md``."""
    return sorted(path.stem for path in DOCS.glob("*.md"))


def sections() -> dict[str, list[str]]:
    """Return the pages of each section, in order."""
    placed = {*TUTORIAL, *REFERENCE, *BACKGROUND}
    others = [name for name in written() if name not in placed and name not in GUIDES]
    return {"tutorial": TUTORIAL, "how-to": [*GUIDES, *others], "reference": REFERENCE, "background": BACKGROUND}
