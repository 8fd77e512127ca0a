"""``timeline describe``: explain a model."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from timeline.cli import options
from timeline.cli.terminal import print_json
from timeline.words import counted, plain_cell

if TYPE_CHECKING:
    from rich.console import Console

    from timeline.front.models import Model


@click.command()
@options.model_or_none
@options.workspace
@options.as_json("Print everything as JSON.")
@click.option("--config", "language", is_flag=True, help="Explain instead what a config may say: every table and key.")
@click.option("--csv", "as_csv", is_flag=True, help="Print the table of assumptions as CSV.")
@click.option("--diagram", "as_svg", is_flag=True, help="Print the influence diagram as SVG.")
@click.option(
    "--out", "file", type=click.Path(path_type=Path, dir_okay=False), help="Write the diagram into this file (.svg)."
)
def describe(
    model: str | None, folder: Path, as_json: bool, language: bool, as_csv: bool, as_svg: bool, file: Path | None
) -> None:
    """Explain MODEL: its levers, its account, and every assumption and clock.

    \b
    Example:
      timeline describe backchannel
      timeline describe backchannel --diagram --out influences.svg
      timeline describe --config
    """
    if language:
        _print_language(model)
        return
    if model is None:
        raise click.UsageError("MODEL is missing")
    given = [name for name, on in (("--json", as_json), ("--csv", as_csv), ("--diagram", as_svg)) if on]
    if len(given) > 1:
        raise click.UsageError(f"{given[0]} and {given[1]} were both given, expected one of them")
    if file is not None and not as_svg:
        raise click.UsageError("--out was given without --diagram, expected both: it is where the diagram goes")
    from timeline.front.models import account, account_as_json
    from timeline.front.pictures import require_picture
    from timeline.front.workspaces import open_workspace

    if file is not None:
        require_picture(file, (".svg",), option="--out")
    declared = open_workspace(folder).load(model)
    if as_svg:
        _draw(declared, file)
    elif as_json:
        print_json(account_as_json(declared))
    elif as_csv:
        click.echo(_as_csv(account(declared)["parameters"]), nl=False)
    else:
        _print(account(declared))


def _print_language(model: str | None) -> None:
    from timeline.front.models import config_language

    if model is not None:
        raise click.UsageError(f'"{model}" and --config were both given, expected one of them')
    click.echo(config_language(), nl=False)


def _draw(model: Model, file: Path | None) -> None:
    from timeline.front.models import diagram

    drawn = diagram(model)
    if file is None:
        click.echo(drawn.svg(), nl=False)
        return
    drawn.write(file)
    first, *others = drawn.captions
    click.echo(f"Wrote {file}. {first}")
    for caption in others:
        click.echo(caption)


def _as_csv(rows: Sequence[dict[str, Any]]) -> str:
    text = io.StringIO()
    columns = ["path", "mechanism", "default", "unit", "low", "high", "evidence", "source", "meaning", "used by"]
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        given = {name: value for name, value in row.items() if name in columns} | {"used by": "; ".join(row["used_by"])}
        writer.writerow({name: plain_cell(cell) if isinstance(cell, str) else cell for name, cell in given.items()})
    return text.getvalue()


def _print(account: dict[str, Any]) -> None:
    from rich.console import Console

    console = Console(markup=False, highlight=False, emoji=False, soft_wrap=False)
    if not console.is_terminal:
        # A pipe has no width of its own; rich would take 80 columns, too few for the tables.
        console.width = 100
    console.print(f"{account['name']}: {account['title']}", style="bold")
    abouts = {m["name"]: m["about"] for m in account["mechanisms"]}
    _print_levers(console, account)
    _print_summary(console, account, abouts)
    if account["account"]:
        console.print(f"\n{_reflowed(account['account'])}")
    for name in ["sides", *abouts]:
        rows = [row for row in account["parameters"] if row["mechanism"] == name]
        if name == "sides":
            # Both sides have the same parameters.
            rows = [{**row, "path": row["path"][2:]} for row in rows if row["path"].startswith("a.")]
        if rows or name in abouts:
            _print_parameters(console, name, abouts.get(name, "What each side has, a and b."), rows)
    _table(
        console,
        "Clocks: what can happen",
        ["Clock", "Mechanism", "Law", "When paused", "Says"],
        [
            [
                clock["name"] + (f" (one for each of the {clock['family']})" if clock["family"] else ""),
                clock["mechanism"],
                clock["law"] + ("; takes a law of [laws]" if clock["takes_law"] else ""),
                clock["memory"] + (f"; renews on {clock['renews_on']}" if clock["renews_on"] else ""),
                clock["says"],
            ]
            for clock in account["clocks"]
        ],
    )
    _table(
        console,
        "State: what a config's [start] can give",
        ["Field", "Kind", "Meaning"],
        [
            [
                known["path"],
                ("list: " if known["list"] else "") + known["kind"],
                known["meaning"] + (f" ({' | '.join(known['choices'])})" if known["choices"] else ""),
            ]
            for known in account["state"]
        ],
    )


def _print_levers(console: Console, account: dict[str, Any]) -> None:
    _table(
        console,
        "Levers: what a cadence sets",
        ["Lever", "Default", "Needs", "Meaning"],
        [
            [
                lever["path"],
                _with_unit(lever["default"], lever["unit"]),
                lever["needs"],
                lever["meaning"] + (f" ({' | '.join(lever['choices'])})" if lever["choices"] else ""),
            ]
            for lever in account["levers"]
        ],
    )


def _print_summary(console: Console, account: dict[str, Any], abouts: dict[str, str]) -> None:
    """Say in a line each what the mechanisms tell, and what the assumptions rest on; the ledger has the rest."""
    if not abouts:
        return
    rows = account["parameters"]
    evidence = Counter(row["evidence"] for row in rows)
    grounds = ", ".join(f"{count} {kind}" for kind, count in evidence.most_common())
    console.print("\nSummary", style="bold")
    console.print(
        f"{counted(len(abouts), 'mechanism')}, {counted(len(account['clocks']), 'clock')}, "
        f"{counted(len(rows), 'assumption')}" + (f" ({grounds})" if grounds else "") + "."
    )
    counts = Counter(row["mechanism"] for row in rows)
    _table(
        console,
        "",
        ["Mechanism", "Assumptions", "What it tells"],
        [[name, str(counts[name]), _first_sentence(about)] for name, about in abouts.items()],
    )


def _first_sentence(text: str) -> str:
    """Return the first sentence of a text, on one line.

    Examples
    --------
    >>> _first_sentence("Insiders talk.\\nThe more know, the sooner.")
    'Insiders talk.'
    """
    return re.split(r"(?<=[.!?])\s", " ".join(text.split()), maxsplit=1)[0]


def _reflowed(text: str) -> str:
    """Return a text with each paragraph on one line, for the terminal to wrap; indented lines keep their shape.

    Examples
    --------
    >>> _reflowed("One\\nparagraph.\\n\\n    a -> b\\n    c")
    'One paragraph.\\n\\n    a -> b\\n    c'
    """
    paragraphs = text.split("\n\n")
    return "\n\n".join(p if "\n " in f"\n{p}" else " ".join(p.split("\n")) for p in paragraphs)


def _print_parameters(console: Console, name: str, about: str, rows: Sequence[dict[str, Any]]) -> None:
    console.print(f"\n{name}", style="bold")
    console.print(about.split("\n\n")[0].replace("\n", " "))
    if rows:
        _table(
            console,
            "",
            ["Assumption", "Value", "Plausible", "Evidence", "Meaning and source"],
            [
                [
                    row["path"].removeprefix(f"{name}."),
                    _with_unit(row["default"], row["unit"]),
                    "" if row["low"] is None else f"{row['low']:g} to {row['high']:g}",
                    row["evidence"],
                    f"{_sentence(row['meaning'])} {_sentence(row['source'])} {_users(row['used_by'])}",
                ]
                for row in rows
            ],
        )


def _users(names: Sequence[str]) -> str:
    return _sentence(f"used by: {', '.join(names)}") if names else "Used by nothing."


def _sentence(words: str) -> str:
    """Return words with a capital and a full stop.

    Examples
    --------
    >>> _sentence("no estimate found")
    'No estimate found.'
    """
    return f"{words[:1].upper()}{words[1:].rstrip('.')}."


def _with_unit(value: float | int | bool | str, unit: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    return f"{value:g}" if unit in ("", "number", "count") else f"{value:g} {unit}"


def _table(console: Console, title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    if not rows:
        return
    if title:
        console.print(f"\n{title}", style="bold")
    table = Table(box=SIMPLE_HEAD, pad_edge=False, expand=False)
    for column in columns:
        # No least width: rich would cut what does not fit instead of wrapping it.
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*row)
    console.print(table)
