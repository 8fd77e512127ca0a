"""``timeline run``: simulate a config and build its report."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

if TYPE_CHECKING:
    from timeline.dashboard import Built
    from timeline.experiment import Estimate, Tally
    from timeline.plan import Experiment
    from timeline.store import Store

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
    from timeline import experiment as library
    from timeline.config import load
    from timeline.dashboard import build_report, missing_record, remember
    from timeline.growing import grow
    from timeline.store import open_run

    talk = _say if not (quiet or as_json) else _hush
    workers = workers or len(os.sched_getaffinity(0))
    experiment = load(config, overrides, replications, seed)
    if ablate:
        from timeline.ablation import ablated

        experiment = ablated(experiment)
    for warning in experiment.warnings:
        talk(f"Warning: {warning}")
    keys = library.arm_keys(experiment)
    with open_run(library.run_folder(experiment, out), library.determinants(experiment)) as store:
        if repair:
            _repair(store, set(keys.values()), talk)
        store.require_intact(set(keys.values()))
        remember(experiment, store, _command(ctx, leave_out={"workers"}))
        reached = None
        with _progress(shown=talk is _say) as (progress, say):

            def play(stage: Experiment) -> Tally:
                return library.run(
                    stage,
                    store,
                    engine=engine,
                    workers=workers,
                    command=_command(ctx),
                    progress=progress,
                    announce=lambda estimate: _announce(estimate, say),
                    say=say,
                )

            if experiment.precision is None:
                tally = play(experiment)
            else:
                grown = grow(experiment, store, play, say)
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
        click.echo(f"Simulated {tally.simulated:,} replications in {_count(tally.arms, 'arm')}{reused}.")
    if precision:
        click.echo(precision)
    if built:
        click.echo(built.answer)
        click.echo(f"Report: {built.path}")
    else:
        click.echo(f"Results: {store.folder}")


def _as_json(experiment: Experiment, store: Store, tally: Tally, built: Built | None) -> dict[str, Any]:
    from timeline.experiment import arm_keys

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


def _announce(estimate: Estimate, say: Callable[[str], None]) -> None:
    if estimate.seconds >= _LONG:
        say(
            f"About {_duration(estimate.seconds)} for {estimate.replications:,} replications with "
            f"{_count(estimate.workers, 'worker')}, and {_size(estimate.bytes)} on disk."
        )
    if estimate.bytes > estimate.free:
        say(
            f"The rows will take about {_size(estimate.bytes)}, but only {_size(estimate.free)} are free "
            "there; give another disk by --out."
        )


@contextmanager
def _progress(shown: bool) -> Iterator[tuple[Callable[[int, int], None], Callable[[str], None]]]:
    """Give a function that moves a bar on stderr, and one that says something above it."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True, highlight=False)
    if not shown or not console.is_terminal:
        yield _move_nothing, _say if shown else _hush
        return
    columns = (TextColumn("Simulating"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("", total=None, visible=False)
        yield (
            lambda done, total: bar.update(task, completed=done, total=total, visible=True),
            lambda text: console.print(text, markup=False, soft_wrap=True),
        )


def _move_nothing(done: int, total: int) -> None:
    return None


def _say(text: str) -> None:
    click.echo(text, err=True)


def _hush(text: str) -> None:
    return None


def _command(ctx: click.Context, leave_out: frozenset[str] | set[str] = frozenset()) -> str:
    """Return the command line that was given, but for what need not be repeated."""
    words = ["timeline", "run"]
    for parameter in ctx.command.params:
        name, value = parameter.name or "", ctx.params.get(parameter.name or "")
        if ctx.get_parameter_source(name) is not ParameterSource.COMMANDLINE:
            continue
        if name in leave_out or name in ("repair", "quiet", "as_json"):
            continue
        if isinstance(parameter, click.Argument):
            words.append(str(value))
            continue
        for one in value if isinstance(value, tuple) else (value,):
            words.append(parameter.opts[0])
            words += [] if one is True else [str(one)]
    return shlex.join(words)


def _data(experiment: Experiment) -> Path | None:
    folder = experiment.workspace.root / "data"
    return folder if folder.is_dir() else None


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _duration(seconds: float) -> str:
    for size, noun in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= 1.5 * size:
            return _count(round(seconds / size), noun)
    return _count(round(seconds), "second")


def _size(number: float) -> str:
    for size, unit in ((1e9, "GB"), (1e6, "MB")):
        if number >= size:
            return f"{number / size:,.0f} {unit}" if number >= 100 * size else f"{number / size:.2g} {unit}"
    return f"{number / 1e3:.0f} kB"
