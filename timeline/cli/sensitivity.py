"""``timeline sensitivity``: what the difference of a cadence from the baseline hangs on."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from timeline.cli import options
from timeline.cli.terminal import hush, print_json, say

if TYPE_CHECKING:
    import polars as pl

    from timeline.front.study import Sensitivity

#: Rows of a table on the terminal; the files hold all.
_SHOWN = 12


@click.command()
@options.config
@options.cadence("Whose difference from the baseline; the best of a pilot if left out.")
@click.option(
    "--paths", type=click.IntRange(min=2), default=8, show_default=True, metavar="N", help="Of the screening."
)
@click.option(
    "--keep",
    type=click.IntRange(min=1),
    default=10,
    show_default=True,
    metavar="N",
    help="How many of the weightiest assumptions are measured further.",
)
@click.option(
    "--points",
    type=click.Choice(["8", "16", "32", "64", "128", "256", "512", "1024"]),
    default="128",
    show_default=True,
    help="Of the design by which they are measured.",
)
@click.option(
    "--replications",
    type=click.IntRange(min=2),
    default=200,
    show_default=True,
    metavar="N",
    help="Timelines of each world under each cadence.",
)
@options.seed
@options.workers("Threads")
@options.overrides
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Folder for the tables and the figure.")
@options.as_json()
def sensitivity(
    config: Path,
    cadence: str | None,
    paths: int,
    keep: int,
    points: str,
    replications: int,
    seed: int | None,
    workers: int | None,
    overrides: tuple[str, ...],
    out: Path | None,
    as_json: bool,
) -> None:
    """Say what the difference of a cadence from the baseline hangs on.

    Screens all assumptions over their plausible ranges (Morris), measures the weightiest (Sobol), and looks whether one
    of them alone makes another cadence the best.

    \b
    Example:
      timeline sensitivity configs/backchannel/cadence.toml --cadence staged-opening --paths 4
    """
    from timeline.front.progress import Listener, progress_bar
    from timeline.front.sensitivity import write_sensitivity
    from timeline.front.study import load

    talk = hush if as_json else say
    study = load(config, overrides, seed=seed)
    with progress_bar(not as_json) as (moved, tell):
        listener = Listener(moved=moved, said=hush if as_json else tell)
        found = study.sensitivity(
            cadence, paths=paths, keep=keep, points=int(points), replications=replications, workers=workers,
            listener=listener,
        )  # fmt: skip
    if out is not None:
        for written in write_sensitivity(found, out):
            talk(f"Wrote {written}")
    if as_json:
        print_json({f.name: _plain(getattr(found, f.name)) for f in fields(found)})
    else:
        _print(found)


def _plain(value: Any) -> Any:
    return value.to_dicts() if hasattr(value, "to_dicts") else value


def _print(found: Sensitivity) -> None:
    from timeline.front.sensitivity import say_sensitivity

    click.echo(f"{found.measure}: {found.cadence} less {found.baseline}. {found.timelines:,} timelines were played.")
    difference = found.screening.filter(of="difference")
    click.echo(
        f"In every number stands luck: a world's difference has a standard error of {found.luck:.4f}. Where sizes are "
        "not much larger, give more --replications."
    )
    _table(
        "Screening: mean size of a move, scaled to the whole range", difference, ("size", "low", "high", "deviation")
    )
    indices = found.indices.filter(of="difference")
    _table(
        "Sobol's indices of the weightiest: alone, and with all interactions",
        indices,
        ("first", "total", "total_low", "total_high"),
    )
    _table("At either end of its range", found.tornado, ("at_low", "at_high", "swing", "se"))
    click.echo(say_sensitivity(found))


def _table(title: str, rows: pl.DataFrame, columns: tuple[str, ...]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title=title, box=None, pad_edge=False, header_style="bold", title_justify="left")
    table.add_column("assumption")
    for name in columns:
        table.add_column(name.replace("_", " "), justify="right")
    for row in rows.head(_SHOWN).iter_rows(named=True):
        table.add_row(
            row["driver"], *(f"{row[name]:+.4f}" if name != "deviation" else f"{row[name]:.4f}" for name in columns)
        )
    Console().print(table)
