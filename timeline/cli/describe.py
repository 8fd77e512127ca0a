"""``timeline describe``: explain a model."""

from __future__ import annotations

import csv
import inspect
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from timeline.keeping.files import require_place
from timeline.workspace import find

if TYPE_CHECKING:
    from rich.console import Console

    from timeline.model.declarations import Clock, Model
    from timeline.model.laws import Law


@click.command()
@click.argument("model")
@click.option(
    "--workspace",
    "folder",
    type=click.Path(path_type=Path),
    default=Path("."),
    show_default="this folder",
    help="A folder in the workspace.",
)
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
@click.option("--csv", "as_csv", is_flag=True, help="Print the table of assumptions as CSV.")
@click.option("--diagram", "as_svg", is_flag=True, help="Print the influence diagram as SVG.")
@click.option(
    "--out", "file", type=click.Path(path_type=Path, dir_okay=False), help="Write the diagram into this file (.svg)."
)
def describe(model: str, folder: Path, as_json: bool, as_csv: bool, as_svg: bool, file: Path | None) -> None:
    """Explain MODEL: its account, and every assumption, clock and lever.

    \b
    Example:
      timeline describe backchannel
      timeline describe backchannel --diagram --out influences.svg
    """
    given = [name for name, on in (("--json", as_json), ("--csv", as_csv), ("--diagram", as_svg)) if on]
    if len(given) > 1:
        raise click.UsageError(f"{given[0]} and {given[1]} were both given, expected one of them")
    if file is not None and not as_svg:
        raise click.UsageError("--out was given without --diagram, expected both: it is where the diagram goes")
    from timeline.model import values

    if file is not None:
        require_place("--out", file, (".svg",))
    if as_svg:
        _draw(find(folder).load(model), file)
        return
    account = explain(find(folder).load(model))
    if as_json:
        click.echo(json.dumps(values.as_json(account), indent=2, ensure_ascii=False))
    elif as_csv:
        click.echo(_as_csv(account["parameters"]), nl=False)
    else:
        _print(account)


def _draw(model: Model, file: Path | None) -> None:
    from timeline.derived.influence import influences
    from timeline.keeping.files import cannot_write
    from timeline.plots.influence import diagram, ends_caption, influence_caption
    from timeline.plots.style import svg

    found = influences(model)
    picture = svg(diagram(found), f"influences of {model.name}")
    if file is None:
        click.echo(picture, nl=False)
        return
    try:
        file.write_text(picture, encoding="utf-8")
    except OSError as problem:
        raise cannot_write(file, problem) from None
    click.echo(f"Wrote {file}. {influence_caption(found)}")
    if found.endings:
        click.echo(ends_caption(found))


def explain(model: Model) -> dict[str, Any]:
    """Return all that a model declares, as plain data."""
    from timeline.derived.influence import used_by
    from timeline.model.declarations import levers_in_use
    from timeline.model.values import in_unit
    from timeline.study.experiment import described

    users = used_by(model)
    return {
        "name": model.name,
        "title": model.title,
        "account": inspect.cleandoc(model.account),
        "mechanisms": [{"name": m.name, "about": inspect.cleandoc(m.about)} for m in model.mechanisms],
        "parameters": [
            {**described(path, parameter), "used_by": users[path]} for path, parameter in model.assumptions.items()
        ],
        "clocks": [
            {
                "name": clock.name,
                "mechanism": mechanism.name,
                "law": _law(clock.law),
                "family": _family(clock),
                "memory": clock.memory,
                "renews_on": clock.renews_on,
                "says": clock.says if isinstance(clock.says, str) else "(one of several sentences)",
            }
            for mechanism in model.mechanisms
            for clock in mechanism.clocks
        ],
        "levers": [
            {
                "path": path.removeprefix("cadence."),
                "default": in_unit(lever, lever.in_days),
                "unit": lever.unit,
                "choices": _choices(lever.kind),
                "needs": lever.needs,
                "meaning": lever.meaning,
            }
            for path, lever in levers_in_use(model)
        ],
    }


def _choices(kind: type) -> list[str]:
    from enum import IntEnum

    from timeline.model.values import spoken

    return [spoken(member) for member in kind] if issubclass(kind, IntEnum) else []


def _law(law: Law) -> str:
    """Name a lifetime law and its parameters.

    Examples
    --------
    >>> from timeline.model.laws import exponential, fixed, uniform
    >>> _law(exponential()), _law(fixed(30)), _law(uniform(1, 2))
    ('exponential', 'fixed(30 days)', 'uniform(1, 2)')
    """
    from timeline.model.laws import LawKind

    name = law.kind.name.lower().replace("_", " ")
    first, second = _number(law.first), _number(law.second)
    numbers = {
        LawKind.WEIBULL: f"(shape {first})",
        LawKind.LOGNORMAL: f"(sigma {first})",
        LawKind.UNIFORM: f"({first}, {second})",
        LawKind.FIXED: f"({first})" if callable(law.first) else f"({first} days)",
        LawKind.EMPIRICAL: "(life table)" if len(law.knots) == 1 else f"({len(law.knots)} life tables)",
    }.get(law.kind, "")
    age = "" if law.age == 0 else f", first age {_number(law.age)}"
    return name + numbers + age


def _number(value: Any) -> str:
    if callable(value):
        name = str(getattr(value, "__name__", ""))
        return name.replace("_", " ").strip() if name.isidentifier() else "varies"
    return f"{value:g}"


def _family(clock: Clock) -> str:
    if clock.over is None:
        return ""
    return "sides" if clock.over == "sides" else clock.over.over


def _as_csv(rows: Sequence[dict[str, Any]]) -> str:
    text = io.StringIO()
    columns = ["path", "mechanism", "default", "unit", "low", "high", "evidence", "source", "meaning", "used by"]
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        given = {name: value for name, value in row.items() if name in columns}
        writer.writerow({**given, "used by": "; ".join(row["used_by"])})
    return text.getvalue()


def _print(account: dict[str, Any]) -> None:
    from rich.console import Console

    console = Console(markup=False, highlight=False, emoji=False, soft_wrap=False)
    if not console.is_terminal:
        # A pipe has no width of its own; rich would take 80 columns, too few for the tables.
        console.width = 100
    console.print(f"{account['name']}: {account['title']}", style="bold")
    if account["account"]:
        console.print(f"\n{_reflowed(account['account'])}")
    abouts = {m["name"]: m["about"] for m in account["mechanisms"]}
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
                clock["law"],
                clock["memory"] + (f"; renews on {clock['renews_on']}" if clock["renews_on"] else ""),
                clock["says"],
            ]
            for clock in account["clocks"]
        ],
    )
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
