"""``timeline run``: simulate a config and build its report."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from timeline.cli.terminal import command_line, count, duration, hush, progress_bar, say, size
from timeline.study.keys import determinants

if TYPE_CHECKING:
    from timeline.keeping.store import Store
    from timeline.pages.dashboard import Built
    from timeline.playing.run import Estimate, Tally
    from timeline.study.experiment import Experiment

#: Shorter runs are not worth an estimate.
_LONG = 10.0


@click.command()
@click.argument("config", type=click.Path(path_type=Path))
@click.option(
    "--replications",
    type=click.IntRange(min=1),
    metavar="N",
    help="Timelines an arm, instead of the config's.",
)
@click.option("--seed", type=int, help="Instead of the config's.")
@click.option(
    "--engine",
    type=click.Choice(["compiled", "simpy"]),
    default="compiled",
    show_default=True,
    help="What plays the timelines: compiled, or simpy, the readable reference; the timelines are the same.",
)
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    metavar="N",
    help="Threads (compiled) or processes (simpy); as many as cores by default.",
)
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Change one key; may be repeated.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder of results, instead of the workspace's results/.")
@click.option(
    "--data",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    envvar="TIMELINE_DATA",
    show_envvar=True,
    help="Folder with records of real agreements; the workspace's data/ by default.",
)
@click.option(
    "--events",
    type=click.IntRange(min=1),
    metavar="N",
    help="Keep every firing of the first N timelines an arm.",
)
@click.option("--ablate", is_flag=True, help="Also play the model without each of its mechanisms in turn.")
@click.option("--repair", is_flag=True, help="Simulate damaged or missing parts again.")
@click.option("--no-report", is_flag=True, help="Only simulate.")
@click.option("--quiet", is_flag=True, help="Print results, but no progress.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def run(
    ctx: click.Context,
    config: Path,
    replications: int | None,
    seed: int | None,
    engine: str,
    workers: int | None,
    overrides: tuple[str, ...],
    out: Path | None,
    data: Path | None,
    events: int | None,
    ablate: bool,
    repair: bool,
    no_report: bool,
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
    from timeline.config.load import load
    from timeline.keeping.store import open_run
    from timeline.pages.dashboard import build_report
    from timeline.pages.record import missing_record
    from timeline.pages.remembering import remember
    from timeline.playing import run as library
    from timeline.playing.growing import grow
    from timeline.study.keys import arm_keys

    talk = hush if quiet or as_json else say
    workers = workers or len(os.sched_getaffinity(0))
    experiment = load(config, overrides, replications, seed)
    if ablate:
        from timeline.study.ablation import ablated

        experiment = ablated(experiment)
    for warning in experiment.warnings:
        talk(f"Warning: {warning}")
    keys = arm_keys(experiment)
    with open_run(library.run_folder(experiment, out), determinants(experiment)) as store:
        if repair:
            _repair(store, set(keys.values()), talk)
        store.require_intact(set(keys.values()))
        remember(experiment, store, command_line(ctx, leave_out=("workers",)))
        reached = None
        with progress_bar(shown=talk is say) as (progress, tell):

            def play(stage: Experiment) -> Tally:
                return library.run(
                    stage,
                    store,
                    engine=engine,
                    workers=workers,
                    command=command_line(ctx),
                    progress=progress,
                    announce=lambda estimate: _announce(estimate, tell),
                    say=tell,
                )

            if experiment.precision is None:
                tally = play(experiment)
            else:
                grown = grow(experiment, store, play, tell)
                experiment, tally, reached = grown.experiment, grown.tally, grown.reached
        if events:
            library.record_events(experiment, store, events)
        built = None
        if not no_report:
            talk("Building the report.")
            data = data or _data(experiment)
            if missing := missing_record(data):
                click.echo(f"Warning: {missing}", err=True)
            built = build_report(store, experiment=experiment, data=data, workers=workers)
        if as_json:
            found = _as_json(experiment, store, tally, built) | ({"precision": reached} if reached else {})
            click.echo(json.dumps(found, indent=2, ensure_ascii=False))
        else:
            _print(store, tally, built, reached["sentence"] if reached else "")


def _print(store: Store, tally: Tally, built: Built | None, precision: str = "") -> None:
    rebuilt = "; the report is rebuilt" if built else ""
    if not tally.simulated:
        click.echo(f"Nothing to simulate: all {tally.total:,} replications are saved{rebuilt}.")
    else:
        reused = f"; {tally.reused:,} more were saved before" if tally.reused else ""
        click.echo(f"Simulated {tally.simulated:,} replications in {count(tally.arms, 'arm')}{reused}.")
    if precision:
        click.echo(precision)
    if built:
        click.echo(built.answer)
        click.echo(f"Report: {built.path}")
    else:
        click.echo(f"Results: {store.folder}")


def _as_json(experiment: Experiment, store: Store, tally: Tally, built: Built | None) -> dict[str, Any]:
    from timeline.study.keys import arm_keys

    found: dict[str, Any] = {
        "config": experiment.name,
        "run": store.folder.name,
        "folder": str(store.folder),
        "arms": [
            {"scenario": scenario, "cadence": cadence, "key": key}
            for (scenario, cadence), key in arm_keys(experiment).items()
        ],
        "replications": experiment.replications,
        "simulated": tally.simulated,
        "reused": tally.reused,
    }
    return found | (results_as_json(built) if built else {})


def results_as_json(built: Built) -> dict[str, Any]:
    """Return the main results of a report as plain data."""
    return {
        "report": str(built.path),
        "answer": built.answer,
        "estimates": built.analysis.estimates.to_dicts(),
        "contrasts": built.analysis.contrasts.to_dicts(),
    }


def _repair(store: Store, arms: set[str], talk: Callable[[str], None]) -> None:
    damages = store.damages(arms)
    for damage in damages:
        talk(f"{damage.sentence}; simulated again")
    store.drop(damages)


def _announce(estimate: Estimate, tell: Callable[[str], None]) -> None:
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


def _data(experiment: Experiment) -> Path | None:
    folder = experiment.workspace.root / "data"
    return folder if folder.is_dir() else None
