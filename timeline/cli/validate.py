"""``timeline validate``: check a config."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from timeline.cli import options
from timeline.cli.terminal import count, page_warning, print_json
from timeline.words import YEAR, measure_words, moment, say_width, when

if TYPE_CHECKING:
    from timeline.front.study import FittedClock, Injection, Study


@click.command()
@options.config
@options.overrides
@options.as_json("Print what was decided, as JSON.")
def validate(config: Path, overrides: tuple[str, ...], as_json: bool) -> None:
    """Check CONFIG and say what it would run, without running it.

    Prints every problem, one a line, and exits with status 2 if there is one. Its model is loaded for that, and a
    model is code: of a stranger's workspace, read models/ first.

    \b
    Example:
      timeline validate configs/backchannel/cadence.toml --set replications=500
    """
    from timeline.front.study import load

    study = load(config, overrides)
    if as_json:
        print_json(study.as_json())
    else:
        _print(study)


def _print(study: Study) -> None:
    experiment = study.experiment
    arms = experiment.arms
    model = experiment.model
    click.echo(f"{experiment.title}")
    if experiment.question:
        click.echo(experiment.question)
    click.echo()
    click.echo(f"Model         {model.name}: {model.title}")
    click.echo(f"Sides         {experiment.sides['a']} and {experiment.sides['b']}")
    until = "" if experiment.starts is None else f", from {moment(0, experiment.starts)}"
    click.echo(f"Horizon       {_years(experiment.horizon)}{until}")
    click.echo(
        f"Follow-up     {_years(experiment.window.follow_up)} after signature; "
        f"mean survival up to {', '.join(_years(days) for days in experiment.window.rmst)}"
    )
    click.echo(
        f"Arms          {len(arms)}: {count(len(experiment.scenarios), 'scenario')} under "
        f"{count(len(experiment.cadences), 'cadence')}"
    )
    click.echo(
        f"Replications  {experiment.replications:,} an arm, {experiment.replications * len(arms):,} in all, "
        f"seed {experiment.seed}"
    )
    if (wanted := experiment.precision) is not None:
        limit = f"{wanted.at_most:,} replications an arm" + (f", by {wanted.fixed_by}" if wanted.fixed_by else "")
        click.echo(
            f"Precision     {measure_words(wanted.measure)}, {wanted.of}: at most "
            f"± {say_width(wanted.half_width, wanted.unit)}, or {limit}"
        )
    if (choice := experiment.selection) is not None:
        near = say_width(choice.indifference, experiment.yardsticks()[choice.measure].unit)
        click.echo(
            f"Selection     {measure_words(choice.measure)}: with a probability of {choice.probability:g} the chosen "
            f"cadence is the best or within {near} of it"
        )
    if experiment.aims is not None:
        weights = "; ".join(f"{measure_words(key)} {weight:g}" for key, weight in experiment.aims.weights.items())
        said = ", ".join(map(measure_words, experiment.aims.measures)) + (f"; weights: {weights}" if weights else "")
        click.echo(f"Aims          {said}")
    if experiment.uncertainty is not None:
        click.echo(f"Uncertainty   {study.uncertainty_words}")
    if experiment.sweep is not None:
        sweep = experiment.sweep
        keys = " x ".join(key.name for key in sweep.keys)
        click.echo(
            f"Sweep         {sweep.points:,} points, {sweep.replications:,} replications each: {keys}; "
            "`timeline sweep` plays it"
        )
    if experiment.start.given:
        click.echo(f"Begins        {study.begins(experiment.start)}")
    for fitted in experiment.laws:
        click.echo(f"Law           {_fitted(fitted)}")
    if experiment.injections:
        click.echo(f"Injected      {', '.join(_injected(event, experiment.starts) for event in experiment.injections)}")
    if experiment.without:
        click.echo(f"Without       {', '.join(experiment.without)}")
    click.echo("\nCadences")
    width = max(len(name) for name in experiment.cadences)
    for cadence in experiment.cadences.values():
        mark = "  (baseline)" if cadence.name == experiment.baseline else ""
        click.echo(f"  {cadence.name:<{width}}  {cadence.about}{mark}".rstrip())
    click.echo("\nScenarios")
    width = max(len(name) for name in experiment.scenarios)
    for scenario in experiment.scenarios.values():
        changes = [f"{path} = {study.spelled(path, value)}" for path, value in scenario.values.items()]
        changes += [f"without {name}" for name in scenario.without]
        changes += [_injected(event, experiment.starts) for event in scenario.injections]
        changes += [f"from {study.begins(scenario.start)}"] if scenario.start is not None else []
        said = "; ".join(part for part in (scenario.about.rstrip("."), ", ".join(changes)) if part)
        click.echo(f"  {scenario.name:<{width}}  {said or 'the parameters as they are'}")
    changed = [row["path"] for row in experiment.ledger() if row["changed"]]
    click.echo(f"\nParameters changed: {len(changed)} of {len(experiment.world)}")
    width = max((len(path) for path in changed), default=0)
    for path in changed:
        now = study.spelled(path, experiment.world[path])
        click.echo(f"  {path:<{width}}  {now} (default {study.spelled(path)})")
    for warning in experiment.warnings:
        click.echo(f"Warning: {warning}", err=True)
    if warning := page_warning(study.page_seconds):
        click.echo(warning, err=True)


def _years(days: float) -> str:
    if days < YEAR:
        return f"{days:g} days"
    years = f"{days / YEAR:.4g}"
    return f"{years} year" if years == "1" else f"{years} years"


def _fitted(fitted: FittedClock) -> str:
    numbers = ", ".join(
        f"{key} {value}" for key, value in fitted.given.items() if key != "law" and not isinstance(value, list)
    )
    source = f", from {fitted.fitted['file']}" if "file" in fitted.fitted else ""
    return f"{fitted.clock}: {fitted.given['law']}{f' ({numbers})' if numbers else ''}{source}"


def _injected(event: Injection, starts: date | None) -> str:
    if starts is not None and event.since is None:
        return f"{event.clock} {when(event.days, starts)}"
    return f"{event.clock} {event.days:g} days after {event.since or 'the start'}"
