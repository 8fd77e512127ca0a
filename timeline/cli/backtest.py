"""``timeline backtest``: forecast agreements that a model has not seen."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from timeline.cli import options
from timeline.cli.terminal import command_line, hush, print_json
from timeline.front.progress import Listener, progress_bar


@click.command()
@options.config
@options.given_file
@click.option(
    "--trained-until",
    type=click.DateTime(["%Y-%m-%d"]),
    required=True,
    metavar="DATE",
    help="What was signed before it trains, with what was known by then; what was signed later is forecast.",
)
@options.mapping
@options.encoding
@options.sheet
@click.option(
    "--replications",
    type=click.IntRange(min=2),
    default=300,
    show_default=True,
    metavar="N",
    help="Timelines of each world.",
)
@options.seed
@options.workers("Threads")
@options.overrides
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Folder for results.")
@options.as_json()
@click.pass_context
def backtest(
    ctx: click.Context,
    config: Path,
    file: Path,
    trained_until: object,
    mapping: Path | None,
    encoding: str,
    sheet: str | None,
    replications: int,
    seed: int | None,
    workers: int | None,
    overrides: tuple[str, ...],
    out: Path | None,
    as_json: bool,
) -> None:
    """Forecast the agreements of FILE that were signed later, by CONFIG's model and by curves that know no mechanism.

    The model is calibrated to the agreements signed before the date, if CONFIG has [uncertainty]. Its [covariates] say
    which scenario stands for which agreements.

    \b
    Example:
      timeline backtest configs/backchannel/backtest.toml agreements.csv --trained-until 1990-01-01
    """
    from timeline.front.backtesting import backtest as forecast
    from timeline.front.backtesting import backtest_folder
    from timeline.front.study import load

    assert isinstance(trained_until, date)
    until = date(trained_until.year, trained_until.month, trained_until.day)
    study = load(config, overrides, seed=seed)
    folder = backtest_folder(study, file, until, out)
    with progress_bar(not as_json) as (moved, tell):
        listener = Listener(moved=moved, said=hush if as_json else tell)
        found = forecast(
            study, file, until, mapping=mapping, replications=replications, folder=folder, workers=workers,
            listener=listener, encoding=encoding, sheet=sheet,
        )  # fmt: skip
    page = found.write(folder, command_line(ctx))
    if as_json:
        tables = {name: getattr(found, name).to_dicts() for name in ("scores", "groups", "calibration", "concordance")}
        print_json({"answer": found.answer, "page": str(page), "without": dict(found.without), **tables})
        return
    click.echo(found.answer)
    for name, why in found.without.items():
        click.echo(f"Without {name}: {why}.")
    click.echo(f"Page: {page}")
