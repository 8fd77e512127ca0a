"""CSV files that we write, for people who open them in a spreadsheet: names in them may come from somebody else."""

from __future__ import annotations

import polars as pl

from timeline.words import plain_cell


def csv_bytes(table: pl.DataFrame, *, header: bool = True) -> bytes:
    """Return a table as CSV in which no text is a formula; see `timeline.words.plain_cell`.

    Parameters
    ----------
    table
        Any columns but lists.
    header
        Whether the names of the columns come first.

    Examples
    --------
    >>> csv_bytes(pl.DataFrame({"cadence": ["=1+1", "silence", "-0.5"], "gain": [-0.5, 0.0, 1.0]})).decode()
    "cadence,gain\\n'=1+1,-0.5\\nsilence,0.0\\n-0.5,1.0\\n"
    """
    texts = [table[name] for name, kind in table.schema.items() if kind in (pl.String, pl.Categorical, pl.Enum)]
    return table.with_columns(map(_plain, texts)).rename(plain_cell).write_csv(include_header=header).encode()


def _plain(column: pl.Series) -> pl.Series:
    texts = column.cast(pl.String)
    formulas = {text: plain for text in texts.unique().drop_nulls() if (plain := plain_cell(text)) != text}
    return texts.replace(formulas) if formulas else texts
