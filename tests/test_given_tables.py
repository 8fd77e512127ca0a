"""Tables from outside: read strictly, with every problem named by line or row, column and cell."""

from __future__ import annotations

from pathlib import Path

import pytest

from timeline.errors import ConfigError
from timeline.keeping.given_tables import read_table

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
