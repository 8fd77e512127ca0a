"""The library's wings: imports run downward only, those inside functions and for types included."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

LIBRARY = Path(__file__).resolve().parents[1] / "timeline"

#: From the ground up. What stands in one line may import from the lines before it, and from its own wing.
WINGS = (
    "errors", "words", "arrays", "model", "workspace", "derived", "engines", "study", "config", "keeping", "data",
    "analysis",
    "playing", "explaining", "exercise", "validation", "plots", "pages", "live", "front", "cli",
)  # fmt: skip

#: What a command may import from: it parses, calls the front door and prints.
OF_COMMANDS = {"errors", "words", "front", "cli"}
#: Commands that reach into the house still.


def modules() -> Iterator[Path]:
    return (path for path in sorted(LIBRARY.rglob("*.py")) if path != LIBRARY / "__init__.py")


def wing_of(path: Path) -> str:
    return path.relative_to(LIBRARY).parts[0].removesuffix(".py")


def imported(path: Path) -> Iterator[tuple[str, int]]:
    """Yield (wing, line) of what a module imports from the library, wherever in the module it does."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            if node.module == "timeline":
                yield from ((alias.name, node.lineno) for alias in node.names)
            elif node.module.startswith("timeline."):
                yield node.module.split(".")[1], node.lineno
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names if alias.name.startswith("timeline")]
            yield from ((name.split(".")[1] if "." in name else "timeline", node.lineno) for name in names)


def test_every_module_stands_in_a_wing() -> None:
    assert {wing_of(path) for path in modules()} == set(WINGS)


@pytest.mark.parametrize("wing", WINGS)
def test_imports_run_downward(wing: str) -> None:
    level = WINGS.index(wing)
    upward = [
        f"{path.relative_to(LIBRARY)}:{line} imports from {other}"
        for path in modules()
        if wing_of(path) == wing
        for other, line in imported(path)
        if other not in WINGS or WINGS.index(other) > level
    ]
    assert upward == []


def test_commands_call_the_front_door_only() -> None:
    reaching_in = [
        f"{path.name}:{line} imports from {wing}"
        for path in sorted((LIBRARY / "cli").glob("*.py"))
        for wing, line in imported(path)
        if wing not in OF_COMMANDS
    ]
    assert reaching_in == []


def test_no_two_classes_or_types_of_the_library_share_a_name() -> None:
    homes: dict[str, list[str]] = {}
    for path in modules():
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            name = ""
            if isinstance(node, ast.ClassDef):
                name = node.name
            elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                name = node.targets[0].id
            if name[:1].isupper() and not name.isupper():
                homes.setdefault(name, []).append(str(path.relative_to(LIBRARY)))
    assert {name: places for name, places in homes.items() if len(places) > 1} == {}
