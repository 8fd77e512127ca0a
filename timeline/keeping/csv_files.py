"""CSV files that we write, for people who open them in a spreadsheet.

A spreadsheet takes a cell that begins with ``=``, ``+``, ``-`` or ``@`` for a formula, and a formula can run a program
or send the table away (OWASP, "CSV Injection"). Names in our tables may come from somebody else. So such a text gets
an apostrophe before it, which a spreadsheet shows as text; a number stays a number.
"""

from __future__ import annotations

import polars as pl

#: What begins a formula; also in the wide forms of East Asian keyboards.
_BEGINS = "^[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]"
_NUMBER = r"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?\z"


def csv_bytes(table: pl.DataFrame) -> bytes:
    """Return a table as CSV in which no text is a formula.

    Parameters
    ----------
    table
        Any columns but lists.

    Examples
    --------
    >>> csv_bytes(pl.DataFrame({"cadence": ["=1+1", "silence", "-0.5"], "gain": [-0.5, 0.0, 1.0]})).decode()
    "cadence,gain\\n'=1+1,-0.5\\nsilence,0.0\\n-0.5,1.0\\n"
    """
    texts = [name for name, kind in table.schema.items() if kind in (pl.String, pl.Categorical, pl.Enum)]
    named = {name: plain for name in table.columns if (plain := plain_cell(name)) != name}
    return table.with_columns(map(_plain, texts)).rename(named).write_csv().encode()


def plain_cell(text: str) -> str:
    """Return a text as a cell that is no formula.

    Examples
    --------
    >>> plain_cell("@SUM(A1)"), plain_cell("two - one"), plain_cell("-1.5")
    ("'@SUM(A1)", 'two - one', '-1.5')
    """
    return pl.DataFrame({"cell": [text]}).select(_plain("cell")).item()  # type: ignore[no-any-return]


def _plain(column: str) -> pl.Expr:
    text = pl.col(column).cast(pl.String)
    formula = text.str.contains(_BEGINS) & ~text.str.contains(_NUMBER)
    return pl.when(formula).then(pl.concat_str(pl.lit("'"), text)).otherwise(text).alias(column)
