"""``timeline data``: say what is in a file of data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from timeline.cli import options
from timeline.cli.terminal import count, print_json, printable

if TYPE_CHECKING:
    from timeline.front.data import ColumnFacts, DataAccount, SpellRecord


@click.command()
@options.given_file
@options.mapping
@options.encoding
@options.sheet
@options.as_json()
def data(file: Path, mapping: Path | None, encoding: str, sheet: str | None, as_json: bool) -> None:
    """Say what is in FILE: columns, spells, ends, dates, and rows that cannot be.

    FILE is CSV, Parquet, Stata, SPSS or Excel. The publishers' layouts of UCDP Peace Agreements, PA-X, Archigos, ATOP,
    Fortna's cease-fires, ETH/PRIO cease-fires and PNCC are known by their columns. Of any other table the columns are
    guessed, unless a mapping file says which is what.

    \b
    Example:
      timeline data agreements.csv
      timeline data truces.xlsx --map truces.toml
    """
    from timeline.front.data import describe_data

    found = describe_data(file, mapping, encoding=encoding, sheet=sheet)
    if as_json:
        print_json(found.to_json())
        return
    _print(found)


def _print(found: DataAccount) -> None:
    layout = found.table.layout
    click.echo(
        f"{found.file.path.name}: {count(found.table.rows, 'row')}, {count(len(found.columns), 'column')}, "
        f"sha256 {found.sha256[:12]}..."
    )
    click.echo("")
    _print_columns(found.columns)
    click.echo("")
    record = found.record
    if record is None:
        click.echo(
            "Nothing says how long its spells are: no duration with a column of 1 and 0 beside it, and no two dates. "
            "A mapping file may say which column is what (docs/real-data.md)."
        )
        return
    if layout is not None:
        click.echo(f"Layout: {record.columns.title}. Cite {record.columns.citation}.")
    elif found.table.guessed:
        click.echo("Layout: not known. The columns below are guessed; as a mapping file they would be:\n")
        click.echo("".join(f"  {printable(line)}\n" for line in found.mapping.splitlines()))
    else:
        cite = f" Cite {printable(record.columns.citation)}." if record.columns.citation else ""
        click.echo(f"Layout: {printable(record.columns.name)}, as the mapping file says.{cite}")
    print_record(record)


def _print_columns(columns: list[ColumnFacts]) -> None:
    width = max([6, *(len(printable(facts.name)) for facts in columns)])
    for facts in columns:
        span = ""
        if facts.numbers == facts.cells - facts.missing and facts.numbers:
            span = f"{facts.low:g} to {facts.high:g}"
        elif facts.different is not None and len(facts.different) <= 6:
            span = printable(", ".join(sorted(facts.different)))
        missing = f"{facts.missing:,} missing" if facts.missing else ""
        said = "; ".join(part for part in (span, missing, facts.odd) if part)
        click.echo(f"  {printable(facts.name):<{width}}  {facts.kind:<12}  {said}".rstrip())


def print_record(record: SpellRecord) -> None:
    """Print what is known of spells: how many, which dates, what was decided, what is left out."""
    click.echo(
        f"Spells: {record.spells.height:,} of {count(record.rows, 'row')}; {record.events:,} ended, "
        f"{record.censored:,} had not when last seen."
    )
    if record.bounded:
        undated = f", of which {record.undated:,} without any date" if record.undated else ""
        click.echo(f"Ends known only between two days: {record.bounded:,}{undated}.")
    if record.spells.height:
        at_once = f"; {record.at_once:,} ended on the day on which they began" if record.at_once else ""
        click.echo(f"The longest is known to have lasted {record.longest:,.0f} days{at_once}.")
    if record.first:
        click.echo(f"Begun from {record.first} to {record.last}; seen until {record.until}.")
    for choice in record.choices:
        click.echo(f"Decided: {printable(choice)}.")
    for left in record.left_out:
        rows = (
            f" (row {', '.join(map(str, left.rows))}{', ...' if left.count > len(left.rows) else ''})"
            if left.rows
            else ""
        )
        click.echo(f"Left out: {count(left.count, 'row')}, {printable(left.why)}{rows}.")
    for problem in record.problems:
        click.echo(f"Odd: {printable(problem)}")
