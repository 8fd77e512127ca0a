"""``timeline run``: simulate a config and build its report."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from timeline.cli.terminal import command_line, count, duration, hush, progress_bar, say, size
from timeline.study.keys import determinants

if TYPE_CHECKING:
    from timeline.keeping.shares import Share
    from timeline.keeping.store import Store
    from timeline.pages.dashboard import Built
    from timeline.playing.cluster import Cluster
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
@click.option(
    "--out",
    metavar="PATH",
    help="Folder of results, instead of the workspace's results/; or s3://BUCKET/PREFIX for a share.",
)
@click.option(
    "--cluster",
    metavar="ADDRESS",
    help="Play on a Dask cluster: local, for processes of this machine, or a scheduler's tcp://HOST:PORT.",
)
@click.option("--part", metavar="I/N", help="Play share I of N only, for `timeline merge` to join; builds no report.")
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
    out: str | None,
    cluster: str | None,
    part: str | None,
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
    from timeline.pages.dashboard import build_report, missing_record, remember
    from timeline.playing import run as library
    from timeline.playing.growing import grow
    from timeline.study.keys import arm_keys

    talk = hush if quiet or as_json else say
    workers = workers or len(os.sched_getaffinity(0))
    if cluster is not None:
        from timeline.playing.cluster import require_cluster

        require_cluster(cluster)
    share = _share(part, out)
    experiment = load(config, overrides, replications, seed)
    if ablate:
        from timeline.study.ablation import ablated

        experiment = ablated(experiment)
    for warning in experiment.warnings:
        talk(f"Warning: {warning}")
    if share is not None:
        _play_share(ctx, experiment, share, out, engine, workers, cluster, repair, talk, as_json)
        return
    keys = arm_keys(experiment)
    folder = library.run_folder(experiment, Path(out) if out is not None else None)
    with open_run(folder, determinants(experiment)) as store, ExitStack() as stack:
        if repair:
            _repair(store, set(keys.values()), talk)
        store.require_intact(set(keys.values()))
        remember(experiment, store, command_line(ctx, leave_out=("workers",)))
        reached = None
        with progress_bar(shown=talk is say) as (progress, tell):
            crew = _Crew(cluster, workers, stack, tell)

            def play(stage: Experiment) -> Tally:
                return library.run(
                    stage,
                    store,
                    engine=engine,
                    command=command_line(ctx),
                    progress=progress,
                    announce=lambda estimate: _announce(estimate, tell),
                    say=tell,
                    **crew.options(any(store.missing(key, stage.replications) for key in keys.values())),
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
            found = _as_json(experiment, store, tally, built) | ({"precision": asdict(reached)} if reached else {})
            click.echo(json.dumps(found, indent=2, ensure_ascii=False))
        else:
            _print(store, tally, built, reached.sentence if reached else "")


class _Crew:
    """Those who play: threads or processes of this machine, or a cluster, which is asked once there is work."""

    def __init__(self, address: str | None, workers: int, stack: ExitStack, tell: Callable[[str], None]) -> None:
        self._address, self._workers, self._stack, self._tell = address, workers, stack, tell
        self._cluster: Cluster | None = None

    def options(self, work: bool) -> dict[str, Any]:
        """Return what `timeline.playing.run.run` is told about them."""
        if self._address is None or not work:
            return {"workers": self._workers}
        if self._cluster is None:
            from timeline.playing.cluster import connect

            self._cluster = self._stack.enter_context(connect(self._address, self._workers, self._tell))
        return vars(self._cluster)


def _share(part: str | None, out: str | None) -> Share | None:
    """Return the share that is asked for; all of the run, as one share, if it goes to an object store."""
    from timeline.keeping.shares import Share, read_share

    if part is not None:
        return read_share(part)
    return Share(1, 1) if out is not None and out.startswith("s3://") else None


def _play_share(
    ctx: click.Context,
    experiment: Experiment,
    share: Share,
    out: str | None,
    engine: str,
    workers: int,
    cluster: str | None,
    repair: bool,
    talk: Callable[[str], None],
    as_json: bool,
) -> None:
    """Play one of several shares of a run into a folder of its own."""
    from timeline.keeping.shards import open_shard
    from timeline.keeping.shares import shares_of
    from timeline.pages.dashboard import remember
    from timeline.playing import run as library
    from timeline.study.keys import arm_keys

    keys = list(dict.fromkeys(arm_keys(experiment).values()))
    ranges = shares_of(keys, experiment.replications, share.of)[share.part - 1]
    if experiment.precision is not None:
        talk(
            f"Warning: a share plays {experiment.replications:,} replications an arm, whatever [precision] says; "
            "give more by --replications, the same for all shares"
        )
    place, decided = out or str(experiment.workspace.results), determinants(experiment)
    opened = open_shard(place, experiment.name, decided, share, keys, experiment.replications)
    with opened as shard, ExitStack() as stack:
        store = shard.store
        if repair:
            _repair(store, set(ranges), talk)
        store.require_intact(ranges)
        remember(experiment, store, command_line(ctx, leave_out=("workers", "part", "out", "cluster")))
        with progress_bar(shown=talk is say) as (progress, tell):
            crew = _Crew(cluster, workers, stack, tell)
            work = any(store.missing(key, experiment.replications, ranges[key]) for key in ranges)
            tally = library.run(
                experiment,
                store,
                engine=engine,
                command=command_line(ctx),
                progress=progress,
                announce=lambda estimate: _announce(estimate, tell),
                say=tell,
                share=ranges,
                saved=shard.saved,
                **crew.options(work),
            )
    if as_json:
        numbers = {"simulated": tally.simulated, "reused": tally.reused}
        click.echo(
            json.dumps({"config": experiment.name, "part": str(share), "folder": shard.place, **numbers}, indent=2)
        )
        return
    reused = f"; {tally.reused:,} more were saved before" if tally.reused else ""
    click.echo(f"Share {share}: simulated {tally.simulated:,} replications{reused}.")
    click.echo(f"Results: {shard.place}")


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
