"""``timeline run``: simulate a config and build its report."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from timeline.cli import options
from timeline.cli.terminal import command_line, count, duration, hush, page_warning, print_json, say, size
from timeline.front.progress import Listener, progress_bar

if TYPE_CHECKING:
    from timeline.front.result import Built, Result
    from timeline.front.running import Outlay
    from timeline.front.shares import PlayedShare

#: Shorter runs are not worth an estimate.
_LONG = 10.0


@click.command()
@options.config
@click.option(
    "--replications",
    type=click.IntRange(min=1),
    metavar="N",
    help="Timelines an arm, instead of the config's.",
)
@options.seed
@click.option(
    "--engine",
    type=click.Choice(["compiled", "simpy"]),
    default="compiled",
    show_default=True,
    help="What plays the timelines: compiled, or simpy, the readable reference; the timelines are the same.",
)
@options.workers("Threads (compiled) or processes (simpy)")
@options.overrides
@click.option(
    "--out",
    metavar="PATH",
    help="Folder of results, instead of the workspace's results/; or s3://BUCKET/PREFIX for a share.",
)
@options.name
@click.option(
    "--cluster",
    metavar="ADDRESS",
    help="Play on a Dask cluster: local, for processes of this machine, or a scheduler's tcp://HOST:PORT.",
)
@click.option("--part", metavar="I/N", help="Play share I of N only, for `timeline merge` to join; builds no report.")
@options.data("records of real agreements")
@click.option(
    "--events",
    type=click.IntRange(min=1),
    metavar="N",
    help="Keep every firing of the first N timelines an arm.",
)
@click.option("--ablate", is_flag=True, help="Also play the model without each of its mechanisms in turn.")
@click.option("--repair", is_flag=True, help="Simulate damaged or missing parts again.")
@click.option("--keep-going", is_flag=True, help="Leave out replications that the model stops, and say which.")
@click.option("--no-worlds", is_flag=True, help="Play none of the worlds that [uncertainty] asks for.")
@click.option("--no-report", is_flag=True, help="Only simulate.")
@options.brief
@options.quiet("results")
@options.as_json()
@click.pass_context
def run(
    ctx: click.Context,
    config: Path,
    replications: int | None,
    seed: int | None,
    engine: str,
    workers: int | None,
    overrides: tuple[str, ...],
    out: str | None,
    name: str | None,
    cluster: str | None,
    part: str | None,
    data: Path | None,
    events: int | None,
    ablate: bool,
    repair: bool,
    keep_going: bool,
    no_worlds: bool,
    no_report: bool,
    brief: bool,
    quiet: bool,
    as_json: bool,
) -> None:
    """Simulate CONFIG and build its report.

    What is saved already is not simulated again: after an interruption, with more replications
    or another cadence, the command goes on from what is there.

    \b
    Example:
      timeline run configs/backchannel/cadence.toml --replications 500
    """
    from timeline.front.running import Way, running
    from timeline.front.shares import play_share, share_of
    from timeline.front.study import cores, load
    from timeline.front.workspaces import records

    talk = hush if quiet or as_json else say
    share = share_of(part, out)
    if brief and (no_report or share is not None):
        raise click.UsageError("--brief is written with the report; leave out --no-report and --part")
    if share is not None and events is not None:
        raise click.UsageError("--events keeps timelines beside a whole run; give it once the shares are joined")
    study = load(config, overrides, replications=replications, seed=seed)
    study = study.without_each_mechanism() if ablate else study
    study = study if name is None else study.named(name)
    for warning in study.experiment.warnings:
        talk(f"Warning: {warning}")
    asks = study.experiment.uncertainty is not None and not no_worlds
    data = (
        _checked_data(data or records(study.experiment.workspace))
        if share is None and (asks or not no_report)
        else None
    )
    if not no_report and share is None and (warning := page_warning(study.page_seconds)):
        say(warning)  # quiet too: it is no progress
    away = ("workers",) if share is None else ("workers", "part", "out", "cluster")
    with progress_bar(talk is say) as (moved, tell):
        way = Way(
            engine=engine,
            workers=workers or cores(),
            cluster=cluster,
            listener=Listener(moved, lambda estimate: _announce(estimate, tell), tell),
            command=command_line(ctx),
            made_by=command_line(ctx, leave_out=away),
            repair=repair,
            keep_going=keep_going,
            worlds=not no_worlds,
            data=data,
        )
        if share is not None:
            _print_share(play_share(study, share, out, way), as_json)
            return
        kept = study.experiment.workspace.results if out is None else Path(out)
        with running(study.experiment, kept, way) as result:
            if events:
                result.record_events(events)
            if note := result.left_out_note:
                click.echo(f"Warning: {note}", err=True)  # quiet too: it is no progress
            built = None if no_report else result.build(data=data, workers=way.workers, brief=brief, say=talk)
    if as_json:
        print_json(result.as_json(built))
    else:
        _print(result, built)


def _checked_data(data: Path | None) -> Path | None:
    """Return the folder of the record, once it was read: a table that cannot be is refused before the playing."""
    from timeline.front.result import record_notes

    for note in record_notes(data):
        click.echo(f"Warning: {note}", err=True)
    return data


def _print(result: Result, built: Built | None) -> None:
    tally = result.tally
    assert tally is not None
    rebuilt = "" if built is None else "; the report is rebuilt" if built.counted else "; the report stands as it was"
    if not tally.simulated:
        saved = "the one replication is" if tally.total == 1 else f"all {tally.total:,} replications are"
        click.echo(f"Nothing to simulate: {saved} saved{rebuilt}.")
    else:
        reused = f"; {tally.reused:,} more were saved before" if tally.reused else ""
        click.echo(f"Simulated {count(tally.simulated, 'replication')} in {count(tally.arms, 'arm')}{reused}.")
    if result.reached is not None:
        click.echo(result.reached.sentence)
    if built:
        click.echo(built.answer)
        click.echo(f"Report: {built.path}")
        if built.brief:
            click.echo(f"Brief: {built.brief}")
        if built.earlier:
            click.echo(f"The page of the question before is kept: {built.earlier}")
    else:
        click.echo(f"Results: {result.folder}")


def _print_share(played: PlayedShare, as_json: bool) -> None:
    if as_json:
        print_json(played.as_json())
        return
    tally = played.tally
    reused = f"; {tally.reused:,} more were saved before" if tally.reused else ""
    click.echo(f"Share {played.share}: simulated {tally.simulated:,} replications{reused}.")
    click.echo(f"Results: {played.place}")


def _announce(estimate: Outlay, tell: Callable[[str], None]) -> None:
    if estimate.seconds >= _LONG:
        tell(
            f"About {duration(estimate.seconds)} for {estimate.replications:,} replications with "
            f"{count(estimate.workers, 'worker')}, and {size(estimate.bytes)} on disk."
        )
    if estimate.bytes > estimate.free:
        tell(
            f"The rows will take about {size(estimate.bytes)}, but only {size(estimate.free)} are free "
            "there; give another disk by --out."
        )
