"""Tables from outside: read strictly, with every problem named by line or row, column and cell."""

from __future__ import annotations

from pathlib import Path

import pytest

from timeline.errors import ConfigError
from timeline.keeping import csv_rows
from timeline.keeping.given_tables import read_table, stream_table

COLUMNS = ["process", "gap_days"]


def write(folder: Path, content: bytes | str) -> Path:
    file = folder / "gaps.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "gaps.csv: is empty, expected a CSV table of gaps with the columns process, gap_days"),
        (b" \n\n", "gaps.csv: is empty"),
        (b"process,gap_days\n", "gaps.csv: has no rows, expected gaps below the names of the columns"),
        (b"process,gap_days\n1,2\nC\xf4te,3\n", "gaps.csv: line 3: given the byte 0xF4, expected text in UTF-8"),
        (b"process,gap_days\n1,\x002\n", "gaps.csv: line 2: given a NUL character"),
        (b"process;gap_days\n1;2\n", "gaps.csv: given columns divided by semicolons, expected commas"),
        (b"process\tgap_days\n1\t2\n", "gaps.csv: given columns divided by tabs, expected commas"),
        (b"process,gap_days\n1,1,200\n", "gaps.csv: line 2: given 3 cells, expected 2 as in the first line"),
        (b"process,gap_days\n1\n", "gaps.csv: line 2: given 1 cells, expected 2"),
        (b'process,gap_days\n"1,2\n', "gaps.csv: line 2: is no line of a CSV table"),
        (b"process,gap_days,process\n1,2,3\n", "gaps.csv: given the column process twice, expected each once"),
        (
            b"process,gap_day\n1,2\n",
            "no column 'gap_days', expected one of process, gap_day; did you mean \"gap_day\"?",
        ),
    ],
)
def test_what_is_no_table_is_refused_in_one_sentence(tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_table(write(tmp_path, content), COLUMNS, "gaps")
    assert said in str(caught.value)
    assert caught.value.exit_code == 2


def test_a_mark_at_the_beginning_and_blank_lines_are_no_content(tmp_path: Path) -> None:
    table = read_table(write(tmp_path, b"\xef\xbb\xbfprocess,gap_days\r\n1, 2 \r\n\r\n"), COLUMNS)
    assert table.numbers("gap_days", "days").to_list() == [2.0]


def test_numbers_are_read_as_written_and_as_nothing_else(tmp_path: Path) -> None:
    cells = ["1", "-2.5", "+3", ".5", "5.", "1e3", "0x10", "1_0", "nan", "inf", "٣", "1 0"]
    table = read_table(write(tmp_path, "process,gap_days\n" + "".join(f"1,{cell}\n" for cell in cells)), COLUMNS)
    read = table.numbers("gap_days", "a number", low=float("-inf")).to_list()
    assert read == [1.0, -2.5, 3.0, 0.5, 5.0, 1000.0, *[None] * 6]
    assert len(table.problems) == 4  # three are named, the rest counted
    assert table.problems[-1].endswith("gaps.csv: gap_days: and 3 more such rows")


def test_a_cell_of_control_characters_does_not_reach_the_terminal(tmp_path: Path) -> None:
    table = read_table(write(tmp_path, b"process,gap_days\n1,\x1b[31mred\n"), COLUMNS)
    table.numbers("gap_days", "a number of days")
    with pytest.raises(ConfigError, match="row 1: gap_days: given \N{REPLACEMENT CHARACTER}\\[31mred, expected"):
        table.require_sound()


# ---------------------------------------------------------------- large files

ROWS = [f"{k},{k % 7}" for k in range(3000)]


def in_pieces(file: Path) -> tuple[list[tuple[str, ...]], list[int]]:
    pieces = list(stream_table(file, COLUMNS, rows=500))
    rows = [row for piece in pieces for row in piece.rows.select(COLUMNS).rows()]
    return rows, [piece.rows.height for piece in pieces]


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take a file of a few kilobytes for a large one."""
    monkeypatch.setattr(csv_rows, "PLAIN_BLOCK", 4096)


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_plain_blocks_give_the_rows_that_the_strict_reader_gives(tmp_path: Path, end: str) -> None:
    file = write(tmp_path, end.join(["process,gap_days", *ROWS]) + end)
    rows, heights = in_pieces(file)
    assert rows == [tuple(row.split(",")) for row in ROWS]
    assert set(heights) - {500}  # blocks, not pieces of 500


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("7", "line 2002: given 1 cells, expected 2"),
        ("7,8,9", "line 2002: given 3 cells, expected 2"),
        ('"7,8', "is no line of a CSV table"),
        ("7,\x008", "line 2002: given a NUL character"),
        ("7,\udcf4", "line 2002: given the byte 0xF4, expected text in UTF-8"),
    ],
)
def test_a_bad_line_deep_in_a_large_file_is_named_by_its_line(tmp_path: Path, line: str, said: str) -> None:
    text = "\n".join(["process,gap_days", *ROWS[:2000], line, *ROWS[2000:], ""])
    with pytest.raises(ConfigError, match=said):
        in_pieces(write(tmp_path, text.encode("utf-8", "surrogateescape")))


@pytest.mark.usefixtures("small_blocks")
def test_a_bad_cell_deep_in_a_large_file_is_named_by_its_row(tmp_path: Path) -> None:
    file = write(tmp_path, "\n".join(["process,gap_days", *ROWS[:2000], "7,x", *ROWS[2000:], ""]))
    for piece in stream_table(file, COLUMNS):
        piece.days("gap_days")
    assert "row 2001: gap_days: given x, expected a number of days" in piece.problems[0]


@pytest.mark.usefixtures("small_blocks")
def test_quotation_marks_and_blank_lines_in_a_large_file_are_read_as_in_a_small_one(tmp_path: Path) -> None:
    text = "\n".join(["process,gap_days", *ROWS[:2000], '"a ""b"",\nc",5', "", *ROWS[2000:], ""])
    rows, _ = in_pieces(write(tmp_path, text))
    assert len(rows) == 3001
    assert rows[2000] == ('a "b",\nc', "5")
