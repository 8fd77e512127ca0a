"""``timeline sweep``: vary one to three keys of a config together."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from timeline.cli.terminal import command_line, count, hush, progress_bar, say

if TYPE_CHECKING:
    from timeline.analysis.surface import Findings


@click.command()
@click.argument("config", type=click.Path(path_type=Path))
@click.option("--measure", metavar="NAME", help='Where it is best: "rmst 5 years", "in force" or another.')
@click.option(
    "--key",
    "keys",
    multiple=True,
    metavar="KEY=RANGE",
    help='What varies, up to three: KEY="2 weeks..2 years log", or a list, KEY="0, 0.2, 0.4".',
)
@click.option("--points", type=int, metavar="N", help="Points of a Sobol sequence, instead of a grid of the lists.")
@click.option("--replications", type=click.IntRange(min=2), metavar="N", help="Timelines a point.")
@click.option("--fresh", type=click.IntRange(min=2), metavar="N", help="Further ones for the points that look best.")
@click.option("--scenario", metavar="NAME", help="In which world; the first by default.")
@click.option("--cadence", metavar="NAME", help="Which cadence is played where only the world varies.")
@click.option("--seed", type=int, help="Instead of the config's.")
@click.option("--workers", type=click.IntRange(min=1), metavar="N", help="Threads; as many as cores by default.")
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Change one key; may be repeated.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder of results, instead of the workspace's results/.")
@click.option("--quiet", is_flag=True, help="Print the finding, but no progress.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def sweep(
    ctx: click.Context,
    config: Path,
    measure: str | None,
    keys: tuple[str, ...],
    points: int | None,
    replications: int | None,
    fresh: int | None,
    scenario: str | None,
    cadence: str | None,
    seed: int | None,
    workers: int | None,
    overrides: tuple[str, ...],
    out: Path | None,
    quiet: bool,
    as_json: bool,
) -> None:
    """Vary one, two or three keys of CONFIG together, and draw where a measure is best.

    What varies stands in the config's [sweep], or is given by --measure and --key. Every point plays the same
    replications as the baseline. What is saved is not played again: an interrupted sweep goes on.

    \b
    Example:
      timeline sweep configs/backchannel/surface.toml --points 64 --replications 500
    """
    from timeline.config.load import load
    from timeline.keeping.archive import Archive
    from timeline.pages.sweep import write_sweep
    from timeline.playing.blocks import play_and_compare, sweep_folder
    from timeline.study.sweep_arms import plan_sweep

    talk = hush if quiet or as_json else say
    options = {
        "measure": measure, "keys": _keys(keys), "points": points, "replications": replications, "fresh": fresh,
        "scenario": scenario, "cadence": cadence,
    }  # fmt: skip
    experiment = load(config, overrides, seed=seed, sweep={k: v for k, v in options.items() if v not in (None, {})})
    for warning in experiment.warnings:
        talk(f"Warning: {warning}")
    plan = plan_sweep(experiment)
    with Archive(sweep_folder(plan, out), plan.content()) as archive:
        with progress_bar(shown=talk is say) as (progress, tell):
            found, played = play_and_compare(
                plan,
                archive,
                workers=workers or len(os.sched_getaffinity(0)),
                command=command_line(ctx),
                progress=progress,
                say=tell,
            )
        talk("Drawing the surface.")
        page = write_sweep(found, archive, command_line(ctx, leave_out=("workers", "out")))
        if as_json:
            click.echo(json.dumps(_as_json(found, page, played), indent=2, ensure_ascii=False))
        else:
            _print(found, page, played)


def _keys(texts: tuple[str, ...]) -> dict[str, Any]:
    from timeline.config.sweep import read_key
    from timeline.errors import ConfigError

    found: dict[str, Any] = {}
    for text in texts:
        try:
            name, given = read_key(text)
        except ValueError as problem:
            raise ConfigError(f"--key: {problem}") from None
        if name in found:
            raise ConfigError(f"--key {name}: given twice, expected once")
        found[name] = given
    return found


def _print(found: Findings, page: Path, played: int) -> None:
    from timeline.pages.sweep import afresh, answer, region

    sweep, plan = found.plan.sweep, found.plan
    did = f"Played {played:,} timelines" if played else "Nothing to play: all timelines are saved"
    base = "their baselines" if plan.worlds_differ else "the baseline"
    click.echo(
        f"{did}: {count(len(plan.places), 'point')} and {base}, {sweep.replications:,} replications each; then "
        f"{found.fresh.height:,} of the points and {base}, {sweep.fresh:,} fresh ones each."
    )
    for line in filter(None, (answer(found), afresh(found), region(found))):
        click.echo(line)
    click.echo(f"Points: {page.parent / 'points.csv'}")
    click.echo(f"Page: {page}")


def _as_json(found: Findings, page: Path, played: int) -> dict[str, Any]:
    from timeline.pages.sweep import afresh, answer, region

    return {
        "config": found.plan.experiment.name,
        "folder": str(page.parent),
        "page": str(page),
        "sweep": found.plan.sweep.as_json(),
        "played": played,
        "answer": answer(found),
        "afresh": afresh(found),
        "region": region(found),
        "best": found.points.row(found.best, named=True),
        "tied": int(found.tied.sum()),
        "idle": list(found.idle),
        "fresh": found.fresh.to_dicts(),
        "points": found.points.to_dicts(),
    }
