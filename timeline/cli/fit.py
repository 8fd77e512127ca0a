"""``timeline fit``: fit laws to a file of spells."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from timeline.cli import options
from timeline.cli.data import print_record
from timeline.cli.terminal import count, print_json, printable, say

if TYPE_CHECKING:
    from timeline.front.fit import FittedSpells


@click.command()
@options.given_file
@click.option("--duration", metavar="COL", help="The column of how long a spell lasted.")
@click.option("--event", metavar="COL", help="The column of 1 (its end was seen) or 0 (it was not).")
@click.option("--start", metavar="COL", help="The date on which it began; or, in days, when it came under observation.")
@click.option(
    "--entry", metavar="COL", help="Days it had run when it came under observation, whatever the cells look like."
)
@click.option("--by", metavar="COL", help="A column that divides the spells.")
@click.option("--cause", metavar="COL", help="How it ended: shares are told apart (Aalen-Johansen).")
@click.option("--cluster", metavar="COL", help="What spells stand and fall with; bands draw whole clusters again.")
@click.option(
    "--unit", type=click.Choice(["days", "years"]), default="days", show_default=True, help="What the duration counts."
)
@click.option(
    "--where", multiple=True, metavar="CONDITION", help='Rows to keep, such as "entered>=1946"; may be repeated.'
)
@click.option(
    "--law",
    "laws",
    multiple=True,
    metavar="LAW",
    shell_complete=options.complete_law,
    help="exponential, weibull, lognormal, mixture or life table; may be repeated; all by default.",
)
@click.option("--knots", metavar="DAYS", help='Days from which a life table\'s hazards hold, such as "0,365.25,730.5".')
@options.mapping
@click.option("--clock", default="CLOCK", metavar="NAME", help="The clock that the config's lines are for.")
@click.option("--leave-out-odd", is_flag=True, help="Leave rows with a cell that cannot be out, and list them.")
@click.option(
    "--resamples",
    type=click.IntRange(min=0),
    default=200,
    show_default=True,
    metavar="N",
    help="Draws of clusters for the bands; 0 for none.",
)
@options.seed
@click.option(
    "--dated", metavar="DATE", help="Of which day the data are, instead of the day on which the file was last written."
)
@click.option(
    "--figure",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Also draw the curves, as PNG, SVG or PDF.",
)
@options.encoding
@options.sheet
@options.as_json()
def fit(
    file: Path, duration: str | None, event: str | None, start: str | None, entry: str | None, by: str | None,
    cause: str | None, cluster: str | None, unit: str, where: tuple[str, ...], laws: tuple[str, ...], knots: str | None,
    mapping: Path | None, clock: str, leave_out_odd: bool, resamples: int, seed: int | None, dated: str | None,
    figure: Path | None, encoding: str, sheet: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Fit laws to the spells of FILE by maximum likelihood, and print lines for a config.

    Spells that had not ended, ends known only between two days, and spells met late are all used as what they are.
    Laws are compared by Akaike's criterion (AIC, less is better) and by how far they lie from the curve that assumes
    no law.

    \b
    Example:
      timeline fit spells.csv --duration days --event ended
      timeline fit spells.csv --duration days --event ended --by regime --law weibull --clock succession
    """
    from timeline.front.data import read_day
    from timeline.front.fit import fit as fit_laws
    from timeline.front.fit import read_knots

    found = fit_laws(
        file, duration, event, start=start, entry=entry, by=by, cause=cause, cluster=cluster, unit=unit, where=where,
        laws=laws or None, knots=read_knots(knots), mapping=mapping, leave_out_odd=leave_out_odd, resamples=resamples,
        seed=1993 if seed is None else seed, dated=read_day(dated), encoding=encoding, sheet=sheet,
    )  # fmt: skip
    if figure is not None:
        found.draw(figure)
        say(f"Figure: {figure}")
    if as_json:
        print_json(found.to_json(clock))
        return
    print_record(found.record)
    snippets = found.snippets(clock)
    for group in found.groups:
        _print_group(group)
        if group.group in snippets:
            click.echo(f"\nThe best law, for a config:\n\n{snippets[group.group]}")


def _print_group(group: FittedSpells) -> None:
    spells = group.spells
    clusters = f", in {count(spells.clusters, 'cluster')}" if spells.clusters < len(spells.low) else ""
    name = printable(group.group) or "All"
    click.echo(f"\n{name}: {count(len(spells.low), 'spell')}, {spells.events:,} ended{clusters}")
    for law in group.laws:
        numbers = (
            ", ".join(f"{word} {value:.4g}" for word, value in law.parameters.items())
            if not law.knots
            else f"{len(law.knots)} hazards"
        )
        click.echo(
            f"  {law.law:<12} AIC {law.aic:10.1f}   farthest from the curve {law.distance * 100:4.1f} points, on day "
            f"{law.distance_day:,.0f}   {numbers}"
        )
    for law_name, why in group.refused.items():
        click.echo(f"  {law_name:<12} not fitted: {why}")
    _print_bands(group)
    click.echo("  last longer than")
    for row in group.table.iter_rows(named=True):
        click.echo("  " + _survival_line(row, bool(clusters)))
    if group.causes is not None:
        click.echo("  ended so by then, whatever else may end it")
        for row in group.causes.iter_rows(named=True):
            click.echo(
                f"  {row['day']:8,.0f} days  {printable(row['cause']):<24} {row['incidence']:6.1%}  "
                f"{_limits(row['low'], row['high'])}"
            )


def _print_bands(group: FittedSpells) -> None:
    if group.best is None or group.best.knots:
        return
    for word, (low, high) in group.best.bands.items():
        click.echo(f"  {group.best.law} {word}: 95% limits {low:.4g} to {high:.4g}, resampled")


def _survival_line(row: dict[str, float | None], clustered: bool) -> str:
    line = f"{row['day']:8,.0f} days  {row['survival']:6.1%}  {_limits(row['low'], row['high'])}  of {row['at_risk']:,}"
    if row.get("cluster_low") is not None:
        line += f";  {'by clusters' if clustered else 'resampled'} {_limits(row['cluster_low'], row['cluster_high'])}"
    return line + (f";  law {row['law']:6.1%}" if row.get("law") is not None else "")


def _limits(low: float | None, high: float | None) -> str:
    return "(no limits)" if low is None or high is None else f"({low:.1%} to {high:.1%})"
