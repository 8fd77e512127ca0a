"""``timeline sweep``: vary one to three keys of a config together."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from timeline.cli import options
from timeline.cli.terminal import command_line, count, hush, print_json, say

if TYPE_CHECKING:
    from timeline.front.surface import Surface


@click.command()
@options.config
@click.option("--measure", metavar="NAME", help='Where it is best: "rmst 5 years", "in force" or another.')
@click.option(
    "--key",
    "keys",
    multiple=True,
    metavar="KEY=RANGE",
    shell_complete=options.complete_key,
    help='What varies, up to three: KEY="2 weeks..2 years log", or a list, KEY="0, 0.2, 0.4".',
)
@click.option("--points", type=int, metavar="N", help="Points of a Sobol sequence, instead of a grid of the lists.")
@click.option("--replications", type=click.IntRange(min=2), metavar="N", help="Timelines a point.")
@click.option("--fresh", type=click.IntRange(min=2), metavar="N", help="Further ones for the points that look best.")
@options.scenario("In which world; the first by default.")
@options.cadence("Which cadence is played where only the world varies.")
@options.seed
@options.workers("Threads")
@options.overrides
@options.results
@options.name
@options.quiet("the finding")
@options.as_json()
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
    name: str | None,
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
    from timeline.front.study import load

    talk = hush if quiet or as_json else say
    varied = {
        "measure": measure, "keys": keys or None, "points": points, "replications": replications, "fresh": fresh,
        "scenario": scenario, "cadence": cadence,
    }  # fmt: skip
    study = load(config, overrides, seed=seed, sweep=varied)
    study = study if name is None else study.named(name)
    for warning in study.experiment.warnings:
        talk(f"Warning: {warning}")
    surface = study.sweep(
        folder=out or study.experiment.workspace.results,
        workers=workers,
        progress=talk is say,
        command=command_line(ctx),
    )
    talk("Drawing the surface.")
    surface.report(command_line(ctx, leave_out=("workers", "out")))
    if as_json:
        print_json(surface.as_json())
    else:
        _print(surface)


def _print(surface: Surface) -> None:
    found, plan = surface.findings, surface.findings.plan
    did = f"Played {surface.played:,} timelines" if surface.played else "Nothing to play: all timelines are saved"
    base = "their baselines" if plan.worlds_differ else "the baseline"
    click.echo(
        f"{did}: {count(len(plan.places), 'point')} and {base}, {plan.sweep.replications:,} replications each; then "
        f"{found.fresh.height:,} of the points and {base}, {plan.sweep.fresh:,} fresh ones each."
    )
    for line in filter(None, (surface.answer, surface.afresh, surface.region)):
        click.echo(line)
    click.echo(f"Points: {surface.folder / 'points.csv'}")
    click.echo(f"Page: {surface.page}")
