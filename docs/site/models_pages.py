"""A page for each model that ships: its story, its picture, every parameter, clock, lever and field."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sections import ROOT

from timeline.front.models import account, diagram
from timeline.front.workspaces import open_workspace


def write_models(target: Path) -> None:
    """Write the pages and pictures below ``models/``."""
    workspace = open_workspace(ROOT)
    folder = target / "models"
    folder.mkdir()
    names = workspace.models()
    rows = []
    for name in names:
        model = workspace.load(name)
        drawn = diagram(model)
        drawn.write(folder / f"{name}.svg")
        configs = [path for path in workspace.configs() if f'model        = "{name}"' in path.read_text("utf-8")]
        told = account(model)
        (folder / f"{name}.md").write_text(_page(told, drawn.captions, configs), encoding="utf-8")
        counts = (
            f"{len(told['mechanisms'])} mechanisms, {len(told['clocks'])} clocks, {len(told['parameters'])} assumptions"
        )
        rows.append(f"| [{name}]({name}.md) | {told['title']} | {counts} |")
    listed = "\n".join(names)
    (folder / "index.md").write_text(
        "# Models\n\nWhat `timeline describe MODEL` says of the models that ship.\n\n"
        f"| model | what it is | how large |\n|---|---|---|\n{chr(10).join(rows)}\n\n"
        f"```{{toctree}}\n:hidden:\n\n{listed}\n```\n",
        encoding="utf-8",
    )


def _page(told: dict[str, Any], captions: list[str], configs: list[Path]) -> str:
    name = told["name"]
    evidence = Counter(row["evidence"] for row in told["parameters"])
    grounds = ", ".join(f"{count} {kind}" for kind, count in evidence.most_common())
    parts = [
        f"# {name}\n\n{told['title']}.\n",
        told["account"],
        f"\nEvidence of its {len(told['parameters'])} assumptions: {grounds}.\n",
        f"## What bears on what\n\n![Influence diagram of {name}]({name}.svg)\n\n{' '.join(captions)}\n",
    ]
    if configs:
        asked = "\n".join(f"- [{path.stem}](../{path.relative_to(ROOT)})" for path in configs)
        parts.append(f"## Questions that ship\n\n{asked}\n")
    if told["levers"]:
        rows = [(f"`{x['path']}`", _value(x), x["needs"], _words(x)) for x in told["levers"]]
        parts.append("## Levers: what a cadence sets\n\n" + _table(("lever", "default", "needs", "meaning"), rows))
    parts.append("## Mechanisms and their assumptions\n")
    abouts = {"a": "What side a is.", "b": "What side b is."} | {m["name"]: m["about"] for m in told["mechanisms"]}
    for owner, about in abouts.items():
        own = [row for row in told["parameters"] if row["path"].partition(".")[0] == owner]
        if not own and owner in ("a", "b"):
            continue
        parts.append(f"### {owner}\n\n{about}\n")
        if own:
            rows = [(f"`{x['path']}`", _value(x) + _range(x), _grounds(x)) for x in own]
            parts.append(_table(("assumption", "value (plausible range)", "meaning, evidence, source"), rows))
    clocks = [
        (f"`{x['name']}`" + (f", one for each of the {x['family']}" if x["family"] else ""), x["mechanism"],
         x["law"] + ("; takes a law of `[laws]`" if x["takes_law"] else ""),
         x["memory"] + (f"; renews on `{x['renews_on']}`" if x["renews_on"] else ""), x["says"])
        for x in told["clocks"]
    ]  # fmt: skip
    head = ("clock", "mechanism", "law", "when paused", "says")
    parts.append("## Clocks: what can happen\n\n" + _table(head, clocks))
    state = [(f"`{x['path']}`", ("list: " if x["list"] else "") + x["kind"], _words(x)) for x in told["state"]]
    parts.append("## State: what `[start]` can give\n\n" + _table(("field", "kind", "meaning"), state))
    return "\n".join(parts)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(_cell(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").replace("{", "\\{").split())


def _value(row: dict[str, Any]) -> str:
    value, unit = row["default"], row["unit"]
    number = str(value).lower() if isinstance(value, bool | str) else f"{value:g}"
    return number if unit in ("", "number", "count") else f"{number} {unit}"


def _range(row: dict[str, Any]) -> str:
    return "" if row["low"] is None else f" ({row['low']:g} to {row['high']:g})"


def _grounds(row: dict[str, Any]) -> str:
    return f"{_sentence(row['meaning'])} *{row['evidence'].capitalize()}:* {_sentence(row['source'])}"


def _words(row: dict[str, Any]) -> str:
    return _sentence(row["meaning"]) + (f" One of: {', '.join(row['choices'])}." if row["choices"] else "")


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:].rstrip('.')}." if words else ""
