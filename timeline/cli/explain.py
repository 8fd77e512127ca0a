"""``timeline explain``: one crisis under two cadences, and why it went otherwise."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from timeline.errors import ConfigError, PathError
from timeline.words import years_and_days

if TYPE_CHECKING:
    from timeline.explaining.choosing import Fates
    from timeline.explaining.explanation import Explanation, Row
    from timeline.explaining.turning import Parting, TurningPoints
    from timeline.study.experiment import Arm, Experiment

#: Events that the terminal shows side by side; the table has them all.
_SHOWN = 24


@click.command()
@click.argument("config", type=click.Path(path_type=Path))
@click.option("--cadences", nargs=2, required=True, metavar="A B", help="The two cadences.")
@click.option("--scenario", metavar="NAME", help="Which scenario; the first by default.")
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
@click.option("--seed", type=int, help="Instead of the config's.")
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Change one key; may be repeated.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="Write the table (.csv), the picture (.png, .svg) and everything (.json) there.",
)
@click.option("--json", "as_json", is_flag=True, help="Print everything as one JSON object.")
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
    from timeline.config.load import load
    from timeline.explaining.choosing import SEARCHED, needs_endpoints, pair_of
    from timeline.explaining.explanation import explain as play_and_explain

    experiment = load(config, overrides, None, seed)
    arms = pair_of(experiment, cadences, scenario)
    for option, wanted in (("--typical", typical), ("--turning-points", turning_points)):
        if wanted:
            needs_endpoints(experiment, option)
    if out is not None:
        _make_folder(out)
    chosen, points = "", None
    if replication is None:
        most = replications or min(experiment.replications, SEARCHED)
        replication, chosen, points = _choose(experiment, arms, most, replays, typical or turning_points)
    found = play_and_explain(experiment, arms, replication, chosen=chosen)
    if not turning_points:
        points = None
    if as_json:
        click.echo(json.dumps(_plain(found, points), indent=2, ensure_ascii=False))
    else:
        _print(found, points)
    if out is not None:
        for path in _write(out, found, points, experiment):
            click.echo(f"Written: {path}", err=as_json)


def _choose(
    experiment: Experiment, arms: tuple[Arm, Arm], most: int, replays: int, typical: bool
) -> tuple[int, str, TurningPoints | None]:
    """Return which replication to tell, how it was chosen, and the turning points if they were counted."""
    from timeline.explaining.choosing import fates, none_saved, worlds_of
    from timeline.explaining.turning import turning_points
    from timeline.explaining.words import in_words

    say: Callable[[str], None] = lambda text: click.echo(text, err=True)  # noqa: E731
    found = fates(experiment, arms, most, first_only=not typical, say=say)
    if not typical:
        return _first(found)
    names = (arms[0].cadence, arms[1].cadence)
    if not found.saved:
        raise none_saved(names, found)
    points = turning_points(worlds_of(experiment, arms), names, found, replays)
    assert points.typical is not None
    return points.typical, f"{points.rule} {in_words(points)[0]}", points


def _first(found: Fates) -> tuple[int, str, None]:
    if found.outcomes_differ is not None:
        return found.outcomes_differ, "The first replication whose outcomes differ.", None
    assert found.anything_differs is not None
    why = f"The outcomes of {found.played:,} replications are the same; this is the first that differs in anything."
    return found.anything_differs, why, None


# -- what is printed


def _print(found: Explanation, points: TurningPoints | None) -> None:
    from rich.console import Console

    console = Console(highlight=False)

    def show(text: str = "", style: str | None = None) -> None:
        console.print(text, style=style, markup=False)

    one, other = found.cadences
    if points is not None:
        _print_points(console, points)
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
            show(f"{number:>2}. {years_and_days(link.day)}, {where}: {link.what}")
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

    from timeline.explaining.alignment import NEAR

    told = found.differing
    if not told:
        return
    one, other = found.cadences
    table = Table("when", f"under {one}", f"under {other}", title="What differs")
    for line in told[:_SHOWN]:
        when = years_and_days(min(row.day for row in line if row is not None))
        table.add_row(when, *(escape(_cell(row, world, when)) for world, row in enumerate(line)))
    more = f"{len(told) - _SHOWN:,} more; " if len(told) > _SHOWN else ""
    table.caption = (
        f"{more}what says the same under both within {NEAR:.0f} days is left out, unless it is told above; "
        "--out writes everything."
    )
    console.print()
    console.print(table)


def _cell(row: Row | None, world: int, when: str) -> str:
    """Return what a row says under one cadence, with its day if that is not the line's."""
    if row is None:
        return ""
    said = row.other if world else row.one
    own = years_and_days(row.day)
    return said if own == when else f"{own}: {said}"


def _print_points(console: Any, points: TurningPoints) -> None:
    from rich.table import Table

    from timeline.explaining.words import in_words

    for line in in_words(points):
        console.print(line, markup=False)
    for title, kinds in _tables(points):
        table = Table("what", "how", "crises", "share", "95% interval", title=title)
        for column in table.columns[2:]:
            column.justify = "right"
        for kind in kinds:
            share, low, high = (f"{100 * value:.0f}%" for value in (kind.share, kind.low, kind.high))
            table.add_row(kind.clock or "nothing", kind.how, f"{kind.count:,}", share, f"{low} to {high}")
        console.print()
        console.print(table)
    console.print()


def _tables(points: TurningPoints) -> list[tuple[str, tuple[Parting, ...]]]:
    return [
        ("Where they first part", points.first),
        ("The first difference that is no disclosure itself", points.beyond),
        (f"What ended them under {points.cadences[1]}", points.lost),
    ]


def _plain(found: Explanation, points: TurningPoints | None) -> dict[str, Any]:
    from timeline.explaining.keeping import plain

    return {"explanation": plain(found), "turning_points": None if points is None else asdict(points)}


# -- what is written


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise ConfigError(
            f'--out: "{folder}" cannot be made ({problem.strerror}); give a folder that can be written'
        ) from None


def _write(folder: Path, found: Explanation, points: TurningPoints | None, experiment: Experiment) -> list[Path]:
    """Write table, picture and data into a folder; returns the files."""
    from timeline.keeping.files import cannot_write, write_aside
    from timeline.plots.divergence import divergence
    from timeline.plots.style import png, svg

    one, other = found.cadences
    stem = f"{experiment.name}-{one}-{other}-{found.replication}"
    figure = divergence(found)
    made = {
        f"{stem}.csv": found.table.write_csv().encode(),
        f"{stem}.png": png(figure),
        f"{stem}.svg": svg(figure, stem).encode(),
        f"{stem}.json": json.dumps(_plain(found, points), indent=2, ensure_ascii=False).encode(),
    }
    if points is not None:
        made[f"{stem}-turning-points.csv"] = _points_table(points)
    written = []
    for name, data in made.items():
        path = folder / name
        if path.is_dir():
            raise PathError(f"{path}: is a folder, expected a file to write; give another --out")
        try:
            write_aside(path, data)
        except OSError as problem:
            raise cannot_write(path, problem) from None
        written.append(path)
    return written


def _points_table(points: TurningPoints) -> bytes:
    import polars as pl

    rows = [{"table": title, **vars(kind)} for title, kinds in _tables(points) for kind in kinds]
    return pl.DataFrame(rows).write_csv().encode()
