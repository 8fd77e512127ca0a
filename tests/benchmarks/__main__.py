"""Measure how fast the program is, and print a table: `make bench`, or `.venv/bin/python tests/benchmarks`.

Writes the same table to results/benchmarks/benchmarks.md and benchmarks.csv. With `--full` it may take an hour,
with `--quick` a minute, which is a smoke test and no measurement.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import inspect
import math
import os
import platform
import shutil
import subprocess
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path

import click
import polars as pl
from alternate import Line
from rich.console import Console
from rich.table import Table

#: In the order of the table. Each is a module of this folder with `measure(quick) -> list[Line]`; one whose
#: `measure` has an argument `full` too is told of it.
PARTS = ("queues", "twin", "answer", "limit", "scaling", "batch")
RESULTS = Path(__file__).resolve().parents[2] / "results" / "benchmarks"
COLUMNS = ("what", "value", "range", "unit", "target", "reached", "note")


def machine() -> str:
    """Say in one line what the figures were measured on."""
    versions = [f"Python {platform.python_version()}"]
    versions += [f"{name} {importlib.metadata.version(name)}" for name in ("numba", "simpy")]
    return ", ".join([f"{_processor()}, {_cores()} cores", *versions, _gcc()])


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _gcc() -> str:
    found = shutil.which("gcc")
    if found is None:
        return "no gcc"
    done = subprocess.run([found, "-dumpfullversion"], capture_output=True, text=True, check=False)
    return f"gcc {done.stdout.strip()}"


def located(problem: BaseException) -> str:
    """Say what went wrong, and in which file and line of the benchmark."""
    here = Path(__file__).resolve()
    places = [(Path(place.filename), place.lineno) for place in traceback.extract_tb(problem.__traceback__)]
    inside = [(path.name, line) for path, line in places if path.parent == here.parent and path != here]
    where = f"{inside[-1][0]}, line {inside[-1][1]}: " if inside else ""
    return f"{where}{type(problem).__name__}: {' '.join(str(problem).split())}"


def collect(
    parts: Iterable[str], quick: bool, full: bool, failed: Callable[[str, str], None], begun: Callable[[str], None]
) -> list[Line]:
    """Measure the parts one after the other; one that fails is told of, and the others go on.

    Parameters
    ----------
    failed
        Called with the part's name and a sentence.
    begun
        Called with the part's name before it is measured.
    """
    lines: list[Line] = []
    for part in parts:
        begun(part)
        try:
            measure = importlib.import_module(part).measure
            given = {"full": full} if "full" in inspect.signature(measure).parameters else {}
            found = measure(quick, **given)
            if not found:
                raise ValueError(f"{part}.measure has nothing to show")
            lines.extend(found)
        except Exception as problem:  # whatever it is, the other parts are measured
            failed(part, located(problem))
    return lines


def figure(value: float) -> str:
    """Write a figure with three digits, or a large whole number with its thousands marked off.

    Examples
    --------
    >>> figure(0.44782), figure(12.345), figure(25411.9), figure(math.nan), figure(0.00012)
    ('0.448', '12.3', '25,400', '-', '0.000120')
    """
    if not math.isfinite(value):
        return "-"
    if value == 0:
        return "0"
    digits = 2 - math.floor(math.log10(abs(value)))
    rounded = round(value, digits)
    return f"{rounded:,.0f}" if abs(rounded) >= 100 else f"{rounded:.{max(0, digits)}f}"


def cells(line: Line) -> tuple[str, ...]:
    """Return what the table says of a line, column by column."""
    ranged = math.isfinite(line.low) and math.isfinite(line.high)
    return (
        line.what,
        figure(line.value),
        f"[{figure(line.low)}, {figure(line.high)}]" if ranged else "",
        line.unit,
        "" if line.target is None else figure(line.target),
        "" if line.reaches is None else "yes" if line.reaches else "no",
        line.note,
    )


def by_part(lines: Iterable[Line]) -> dict[str, list[Line]]:
    """Return the lines of each part, in the order in which the parts were met."""
    found: dict[str, list[Line]] = {}
    for line in lines:
        found.setdefault(line.part, []).append(line)
    return found


def markdown(lines: Iterable[Line], where: str) -> str:
    """Return the table as Markdown, with the machine it was measured on."""
    text = ["# Benchmarks", "", where, ""]
    for part, own in by_part(lines).items():
        text += [f"## {part}", "", f"| {' | '.join(COLUMNS)} |", f"|{'---|' * len(COLUMNS)}"]
        text += [f"| {' | '.join(cell.replace('|', '/') for cell in cells(line))} |" for line in own]
        text.append("")
    return "\n".join(text)


def show(lines: Iterable[Line], console: Console) -> None:
    """Print a table a part."""
    for part, own in by_part(lines).items():
        table = Table(title=part, title_justify="left", title_style="bold")
        for name in COLUMNS:
            table.add_column(name, justify="right" if name in ("value", "target") else "left", overflow="fold")
        for line in own:
            table.add_row(*cells(line))
        console.print(table)


def write(lines: list[Line], where: str, folder: Path) -> None:
    """Write benchmarks.md, and benchmarks.csv with the figures in full."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "benchmarks.md").write_text(markdown(lines, where), encoding="utf-8")
    names = [name for name in Line.__dataclass_fields__ if name != "part"]
    columns = {"machine": [where] * len(lines), "part": [line.part for line in lines]}
    kinds = {"reaches": pl.Boolean, "target": pl.Float64}
    frame = pl.DataFrame(
        columns | {name: [getattr(line, name) for line in lines] for name in names}, schema_overrides=kinds
    )
    frame.write_csv(folder / "benchmarks.csv")


@click.command()
@click.option("--quick", is_flag=True, help="A smoke test of about a minute; its figures are no measurement.")
@click.option("--full", is_flag=True, help="The longest runs too: ten million replications take most of an hour.")
@click.option("--only", "parts", type=click.Choice(PARTS), multiple=True, help="Measure this part; may be repeated.")
def main(quick: bool, full: bool, parts: tuple[str, ...]) -> None:
    """Measure how fast the program is, against other programs, the limit, and itself.

    Example: .venv/bin/python tests/benchmarks --only limit
    """
    if quick and full:
        raise click.UsageError("--quick and --full given, expected one of them")
    failures: list[str] = []

    def failed(part: str, sentence: str) -> None:
        failures.append(part)
        click.echo(f"{part} failed: {sentence}", err=True)

    lines = collect(parts or PARTS, quick, full, failed, lambda part: click.echo(f"measuring {part} ...", err=True))
    where = machine()
    if lines:
        console = Console(width=None if Console().is_terminal else 160)
        console.print(where)
        show(lines, console)
        write(lines, where, RESULTS)
        click.echo(f"{RESULTS / 'benchmarks.md'}")
    if failures:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
