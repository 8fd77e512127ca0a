"""``timeline export``: a result as plain files."""

from __future__ import annotations

from pathlib import Path

import click

from timeline.cli import options
from timeline.cli.terminal import print_json
from timeline.words import counted


@click.command()
@click.argument("result", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(["csv", "parquet", "xlsx"]),
    default="csv",
    show_default=True,
    help="A file a table; or, as xlsx, one workbook.",
)
@click.option("--to", type=click.Path(path_type=Path), help="The folder to make; export-FORMAT in RESULT by default.")
@click.option("--no-rows", is_flag=True, help="Only the tables, not the row of each timeline.")
@options.as_json()
def export(result: Path, form: str, to: Path | None, no_rows: bool, as_json: bool) -> None:
    """Write the rows and tables of RESULT as plain files, with a codebook that says what each column means.

    RESULT is the folder that `timeline run` has printed, or the config's folder above it if that holds one run.

    \b
    Example:
      timeline export results/backchannel/cadence --format parquet --to cadence-data
    """
    from timeline.front.result import open_result

    kept = open_result(result)
    assert kept.folder is not None
    written = kept.export(to or kept.folder / f"export-{form}", form, rows=not no_rows)
    if as_json:
        files = [str(path) for path in written.files]
        print_json({"folder": str(written.folder), "rows": written.rows, "files": files})
        return
    written_all = f"{counted(written.rows, 'row')} and {counted(written.tables, 'table')}"
    click.echo(f"Wrote {written_all}: {written.folder}")
