"""``timeline calibrate``: find the assumptions' values that fit what is known of the real world."""

from __future__ import annotations

from pathlib import Path

import click

from timeline.cli import options
from timeline.cli.terminal import command_line, hush, print_json
from timeline.front.progress import Listener, progress_bar


@click.command()
@options.config
@click.option("--draws", type=click.IntRange(min=10), metavar="N", help="Worlds to accept, instead of the config's.")
@click.option(
    "--replications", type=click.IntRange(min=2), metavar="N", help="Timelines of each world, instead of the config's."
)
@click.option(
    "--free",
    multiple=True,
    metavar="NAME",
    shell_complete=options.complete_assumption,
    help="An assumption or mechanism that is free; all if left out.",
)
@click.option("--leave-out", multiple=True, metavar="BAND", help="A band that chooses no world, as a test.")
@click.option(
    "--check",
    type=click.IntRange(min=0),
    default=0,
    metavar="N",
    help="Rounds of a self-check; each calibrates afresh.",
)
@options.seed
@options.workers("Threads")
@options.overrides
@options.data("the record of real agreements")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Folder for results.")
@click.option(
    "--posterior",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Where to write the accepted worlds too; beside them, as JSON, how they were found.",
)
@options.as_json()
@click.pass_context
def calibrate(
    ctx: click.Context,
    config: Path,
    draws: int | None,
    replications: int | None,
    free: tuple[str, ...],
    leave_out: tuple[str, ...],
    check: int,
    seed: int | None,
    workers: int | None,
    overrides: tuple[str, ...],
    data: Path | None,
    out: Path | None,
    posterior: Path | None,
    as_json: bool,
) -> None:
    """Calibrate CONFIG: find worlds that fit the bands its [uncertainty] names, and write them as a table.

    \b
    Example:
      timeline calibrate configs/backchannel/calibration.toml --draws 200
    """
    from timeline.front.calibrating import calibrate as find
    from timeline.front.calibrating import calibration_folder
    from timeline.front.study import load

    study = load(config, overrides, seed=seed)
    given = {"worlds": draws, "replications": replications, "free": list(free), "hold_out": list(leave_out)}
    for key, value in given.items():
        study = study if not value else study.change(f"uncertainty.{key}", value)
    folder = calibration_folder(study, out, data)
    for file in () if posterior is None else (posterior, posterior.with_suffix(".json")):
        if file.exists():
            raise click.UsageError(
                f"--posterior: {file} is there already, expected a new file; delete it, or name another"
            )
    with progress_bar(not as_json) as (moved, tell):
        listener = Listener(moved=moved, said=hush if as_json else tell)
        found = find(study, data=data, folder=folder, workers=workers, check=check, listener=listener)
    page = found.write(folder, command_line(ctx))
    if posterior is not None:
        found.write_posterior(posterior, command_line(ctx))
    if as_json:
        tables = {name: getattr(found, name).to_dicts() for name in ("fit", "learnt", "pairs", "check")}
        print_json({"answer": found.answer, "page": str(page), **tables})
        return
    click.echo(found.answer)
    click.echo(f"Posterior: {posterior or folder / 'posterior.parquet'}")
    click.echo(f"Page: {page}")
