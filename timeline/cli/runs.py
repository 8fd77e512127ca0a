"""``timeline runs``: the pages that are kept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from timeline.cli import options
from timeline.cli.terminal import plain, print_json, printable
from timeline.words import counted

if TYPE_CHECKING:
    from timeline.front.runs import ComparedPages, KeptPage

#: Differences between two arms' keys say no more than the config's do; they are listed for a script.
_OBVIOUS = "arms."


@click.command()
@click.argument("where", type=click.Path(path_type=Path, exists=True, file_okay=False), default=".")
@click.option("--compare", nargs=2, metavar="PAGE PAGE", help="Say in what two pages differ.")
@click.option("--open", "shown", metavar="PAGE", help="Open a page in the browser.")
@options.as_json()
def runs(where: Path, compare: tuple[str, str] | None, shown: str | None, as_json: bool) -> None:
    """List the pages that are kept below WHERE: a folder of results, or a workspace.

    A page is named by its key, the first letters of it, or its path. A page that another question of the same
    config has replaced is kept beside it.

    \b
    Example:
      timeline runs
      timeline runs --compare 1a2b 3c4d
      timeline runs --open 1a2b
    """
    from timeline.front.runs import choose_page, compare_pages, kept_pages

    if compare is not None:
        one, other = (choose_page(key, where) for key in compare)
        compared = compare_pages(one, other)
        _print_comparison(compared) if not as_json else print_json(_compared_as_json(compared))
        return
    if shown is not None:
        page = choose_page(shown, where)
        if as_json:
            print_json(page.as_json())
            return
        click.echo(f"Opening {page.path}")
        click.launch(str(page.path.absolute()))
        return
    pages = kept_pages(where)
    if as_json:
        print_json([page.as_json() for page in pages])
    elif not pages:
        click.echo("No run is kept yet; `timeline run CONFIG` makes one.")
    for page in () if as_json else pages:
        _print_page(page)


def _print_page(page: KeptPage) -> None:
    record = page.record
    click.echo(f"{page.name}  run {page.run}" + (f"  page {page.key}" if page.key else ""))
    if record is not None:
        earlier = "" if page.newest else " (earlier)"
        click.echo(f"  {printable(record.config['title'])}{earlier}")
        click.echo(f"  {counted(record.replications, 'replication')} an arm, seed {record.config['seed']}")
        click.echo(f"  {printable(record.answer)}")
    click.echo(f"  {page.path}" if page.path.is_file() else "  no page yet: `timeline report` builds one")


def _print_comparison(compared: ComparedPages) -> None:
    pages = (compared.one, compared.other)
    for letter, page in zip("AB", pages, strict=True):
        click.echo(f"{letter}  {page.name}, page {page.key}: {page.path}")
    click.echo()
    told = [row for row in compared.differences if not row[0].startswith(_OBVIOUS)]
    if not told:
        click.echo("They are of the same question.")
    for path, one, other in told:
        click.echo(f"{printable(path)}\n  A  {_shown(one)}\n  B  {_shown(other)}")
    click.echo()
    for letter, page in zip("AB", pages, strict=True):
        assert page.record is not None
        click.echo(f"{letter}  {printable(page.record.answer)}")


def _shown(value: Any) -> str:
    return "not given" if value is None else printable(str(plain(value)))


def _compared_as_json(compared: ComparedPages) -> dict[str, Any]:
    return {
        "one": compared.one.as_json(),
        "other": compared.other.as_json(),
        "differences": [{"what": what, "one": one, "other": other} for what, one, other in compared.differences],
    }
