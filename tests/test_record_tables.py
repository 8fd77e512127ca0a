"""The checks against the record read their tables strictly, and before anything is played."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_derive import load

from timeline.errors import ConfigError
from timeline.pages.examination import read_tables

gaps, tenure = load("gaps"), load("tenure")
GAPS = gaps.Gaps(mechanism="steps", clock="next_step", counted="done", given={})
TENURE = tenure.Tenure(clock="succession", regimes={"democracy": 0})


def write(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_gaps_are_read_process_by_process(tmp_path: Path) -> None:
    write(tmp_path, GAPS.file, "process,gap_days\na,40\nb,7\na,0\n")
    assert [found.tolist() for found in gaps.read_gaps(tmp_path / GAPS.file)] == [[40.0, 0.0], [7.0]]


@pytest.mark.parametrize("given", ["NA", "", ".", "-5", "inf", '"1,200"', "soon"])
def test_a_gap_that_cannot_be_is_named_with_its_row(tmp_path: Path, given: str) -> None:
    write(tmp_path, GAPS.file, f"process,gap_days\n1,40\n1,3\n2,{given}\n")
    with pytest.raises(ConfigError, match=r"row 3: gap_days: given \S+, expected a number of days from 0 on"):
        read_tables([GAPS], tmp_path)


def test_a_gap_beyond_ten_thousand_years_is_a_slip(tmp_path: Path) -> None:
    write(tmp_path, GAPS.file, "process,gap_days\n1,3652500\n1,3652501\n")
    with pytest.raises(ConfigError, match=r"row 2: gap_days: given 3652501, expected at most 3,652,500"):
        read_tables([GAPS], tmp_path)


def test_a_gap_of_nobody_is_named(tmp_path: Path) -> None:
    write(tmp_path, GAPS.file, "process,gap_days\n,40\n")
    with pytest.raises(ConfigError, match="row 1: process: given nothing, expected a name"):
        read_tables([GAPS], tmp_path)


def test_leaders_are_read_before_anything_is_played(tmp_path: Path) -> None:
    head = "entered,regime_at_entry,tenure_days,observed\n"
    write(tmp_path, TENURE.file, head + "1950-01-01,democracy,9,1\n1950-01-01,democracy,9,yes\n")
    with pytest.raises(ConfigError, match="row 2: observed: given yes, expected 1"):
        read_tables([TENURE, GAPS], tmp_path)


def test_without_a_folder_or_a_file_nothing_is_read(tmp_path: Path) -> None:
    read_tables([GAPS, TENURE], None)
    read_tables([GAPS, TENURE], tmp_path)
