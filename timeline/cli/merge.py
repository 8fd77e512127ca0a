"""``timeline merge``: join what separate jobs have played of one run."""

from __future__ import annotations

from pathlib import Path

import click

from timeline.cli import options
from timeline.cli.terminal import print_json


@click.command()
@click.argument("places", nargs=-1, required=True, metavar="RESULT_OR_SHARD...", shell_complete=options.complete_file)
@click.option("--out", type=click.Path(path_type=Path), help="Folder of results to join them in.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def merge(ctx: click.Context, places: tuple[str, ...], out: Path | None, as_json: bool) -> None:
    """Join shares that `timeline run --part I/N` has played, given by their folders or s3:// addresses.

    A folder that holds several shares stands for all of them, as does a config's folder of results. Every part is
    checked; the parts are those of a run on one machine, byte for byte. Afterwards `timeline run CONFIG` finds
    everything there and builds the report.

    \b
    Example:
      timeline merge results/backchannel/cadence
    """
    from timeline.front import shares

    merged = shares.merge(places, out)
    if as_json:
        missing = [str(share) for share in merged.missing]
        found = {"folder": str(merged.folder), "parts": merged.parts, "known": merged.known, "missing": missing}
        print_json(found)
    else:
        known = f"; {merged.known:,} were there before" if merged.known else ""
        click.echo(f"Joined {merged.parts:,} parts{known}.")
        click.echo(f"Results: {merged.folder}")
    if merged.missing:
        click.echo(
            f"Error: shares {shares.say_shares(merged.missing)} are missing or not complete; play them by "
            f"`timeline run CONFIG --part {merged.missing[0]}` and merge again",
            err=True,
        )
        ctx.exit(1)
