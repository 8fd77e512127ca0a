"""How often 95% intervals hold, as a table: `make coverage`."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable
from pathlib import Path

import click

if __name__ == "__main__":  # run as a folder, which then is all that is on the path
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from interval_coverage.rows import Row
from interval_coverage.studies import measure_coverage


@click.command()
@click.option(
    "--experiments",
    type=click.IntRange(min=10),
    default=1_000,
    show_default=True,
    metavar="N",
    help="How many experiments are repeated for every line.",
)
@click.option("--seed", type=click.IntRange(min=0), default=1993, show_default=True, help="Of the experiments' luck.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def coverage(experiments: int, seed: int, as_json: bool) -> None:
    """Measure how often the intervals of reports hold what they say.

    Repeats small experiments whose true value is known, and counts how often the 95% interval holds it: for
    every kind of interval, for the rule that stops a run when intervals are narrow enough, and for the choice of the
    best cadence. Takes some minutes.

    \b
    Example:
      .venv/bin/python tests/interval_coverage --experiments 200
    """
    rows = list(measure_coverage(experiments, seed))
    if as_json:
        content = {"experiments": experiments, "seed": seed, "rows": [row._asdict() for row in rows]}
        click.echo(json.dumps(content, indent=2, ensure_ascii=False))
        return
    _print(rows)


def _print(rows: Iterable[Row]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("interval")
    table.add_column("true value")
    for column in ("replications", "half width", "held"):
        table.add_column(column, justify="right", no_wrap=True)
    rows = list(rows)
    for row in rows:
        table.add_row(f"{row.interval}: {row.outcome}", row.truth, *cells(row))
    console = Console(highlight=False)
    # A file has no width; lines of a table are best left whole there.
    console.width = console.width if console.is_terminal else 140
    console.print(table)
    first = rows[0]
    console.print(
        f"\nheld: share of {first.experiments:,} experiments in which the 95% interval held the true value, ± its "
        "Monte Carlo standard error; of several intervals, all at once. Where that is 100%: the least that it can be, "
        "with 95% confidence.",
        soft_wrap=True,
    )


def cells(row: Row) -> tuple[str, str, str]:
    """Return mean replications, mean half width and the share that held, as the table shows them."""
    half = f"{100 * row.half_width:.2f} points" if row.unit == "share" else f"{row.half_width:.2f} {row.unit}"
    return f"{row.replications:,.0f}", f"± {half}", _held(row)


def _held(row: Row) -> str:
    """Say a share with its error; no number of experiments shows a share of 100% without any."""
    share = f"{row.coverage:.1%}"
    if share != "100.0%":
        return f"{share} ± {row.error:.1%}"
    from scipy.stats import binomtest

    held = round(row.coverage * row.experiments)
    least = binomtest(held, row.experiments, alternative="greater").proportion_ci(0.95, method="exact").low
    return f"{share} (at least {math.floor(1000 * least) / 1000:.1%})"


if __name__ == "__main__":
    coverage()
