"""``timeline explain``: one crisis under two cadences, and why it went otherwise."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from timeline.cli import options
from timeline.cli.terminal import print_json, say
from timeline.words import moment

if TYPE_CHECKING:
    from timeline.front.explaining import Explained, Explanation, Row

#: Events that the terminal shows side by side; the table has them all.
_SHOWN = 24


@click.command()
@options.config
@click.option(
    "--cadences",
    nargs=2,
    required=True,
    metavar="A B",
    help="The two cadences.",
    shell_complete=options.complete_cadence,
)
@options.scenario()
@click.option("--replication", type=int, metavar="N", help="Which replication.")
@click.option("--typical", is_flag=True, help="The one that stands for all that A saves and B loses, by a stated rule.")
@click.option("--turning-points", is_flag=True, help="Count where all that A saves and B loses first part; tell one.")
@click.option(
    "--replications",
    type=click.IntRange(min=1),
    metavar="N",
    help="How many to search; the config's, but at most 20,000, by default.",
)
@click.option(
    "--replays",
    type=click.IntRange(min=1),
    default=200,
    show_default=True,
    metavar="M",
    help="How many of those found are looked at closely.",
)
@options.seed
@options.overrides
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="Write the table (.csv), the picture (.png, .svg) and everything (.json) there.",
)
@options.as_json("Print everything as one JSON object.")
def explain(
    config: Path,
    cadences: tuple[str, str],
    scenario: str | None,
    replication: int | None,
    typical: bool,
    turning_points: bool,
    replications: int | None,
    replays: int,
    seed: int | None,
    overrides: tuple[str, ...],
    out: Path | None,
    as_json: bool,
) -> None:
    """Tell one crisis of CONFIG under two cadences: the same until when, what differed and why, what followed.

    Both share their luck, so what differs comes of the cadence. Without a choice, the first
    replication whose outcomes differ is told; if none does, the first that differs at all.

    \b
    Example:
      timeline explain configs/backchannel/cadence.toml --cadences quarterly silence --turning-points
    """
    if replication is not None and (typical or turning_points):
        raise click.UsageError("--replication chooses one, and so do --typical and --turning-points: give one of them")
    from timeline.front.progress import Listener
    from timeline.front.study import load

    explained = load(config, overrides, seed=seed).explain(
        *cadences,
        replication,
        scenario=scenario,
        typical=typical,
        turning_points=turning_points,
        replications=replications,
        replays=replays,
        folder=out,
        listener=Listener(said=say),
    )
    if as_json:
        print_json(explained.as_json())
    else:
        _print(explained)
    if out is not None:
        for path in explained.write(out):
            click.echo(f"Written: {path}", err=as_json)


def _print(explained: Explained) -> None:
    from rich.console import Console

    console = Console(highlight=False)

    def show(text: str = "", style: str | None = None) -> None:
        console.print(text, style=style, markup=False)

    found = explained.explanation
    one, other = found.cadences
    if explained.turning_points is not None:
        _print_points(console, explained)
    show(found.title, "bold")
    show(
        f"Replication {found.replication:,} under {one} and under {other}; scenario {found.scenario}, seed {found.seed}"
    )
    if found.chosen:
        show(found.chosen)
    show()
    show(found.opening)
    if found.links:
        show()
        show(f"How it came to the end under {found.cadences[found.explained]}", "bold")
        for number, link in enumerate(found.links, start=1):
            where = "both" if link.world is None else found.cadences[link.world]
            show(f"{number:>2}. {moment(link.day, found.starts)}, {where}: {link.what}")
            console.print(_indented(link.why), markup=False)
        if found.danger:
            show(f"    {found.danger}")
    if found.glossary:
        show()
        show("; ".join(f"{name}: {meaning}" for name, meaning in found.glossary) + ".")
    show()
    for course in found.courses:
        show(f"Under {course.cadence}: {course.ending}", "bold")
    if found.links:
        show(
            "Reasons are proximate: which field of the state, put at its value in the other world, would have "
            "slowed the clock or turned the event. One replication shows how, not how often."
        )
    _print_rows(console, found)


def _indented(text: str) -> Any:
    from rich.padding import Padding

    return Padding(text, (0, 0, 0, 4))


def _print_rows(console: Any, found: Explanation) -> None:
    """Print what differs side by side, as far as it says something."""
    from rich.markup import escape
    from rich.table import Table

    from timeline.front.explaining import NEAR

    told = found.differing
    if not told:
        return
    one, other = found.cadences
    table = Table("when", f"under {one}", f"under {other}", title="What differs")
    for line in told[:_SHOWN]:
        when = moment(min(row.day for row in line if row is not None), found.starts)
        table.add_row(when, *(escape(_cell(found, row, world, when)) for world, row in enumerate(line)))
    more = f"{len(told) - _SHOWN:,} more; " if len(told) > _SHOWN else ""
    table.caption = (
        f"{more}what says the same under both within {NEAR:.0f} days is left out, unless it is told above; "
        "--out writes everything."
    )
    console.print()
    console.print(table)


def _cell(found: Explanation, row: Row | None, world: int, when: str) -> str:
    """Return what a row says under one cadence, with its day if that is not the line's."""
    if row is None:
        return ""
    said = row.other if world else row.one
    own = moment(row.day, found.starts)
    return said if own == when else f"{own}: {said}"


def _print_points(console: Any, explained: Explained) -> None:
    from rich.table import Table

    for line in explained.points_in_words:
        console.print(line, markup=False)
    for title, kinds in explained.points_in_tables:
        table = Table("what", "how", "crises", "share", "95% interval", title=title)
        for column in table.columns[2:]:
            column.justify = "right"
        for kind in kinds:
            share, low, high = (f"{100 * value:.0f}%" for value in (kind.share, kind.low, kind.high))
            table.add_row(kind.clock or "nothing", kind.how, f"{kind.count:,}", share, f"{low} to {high}")
        console.print()
        console.print(table)
    console.print()
