"""CSV files: no text is a formula, and a number stays a number."""

from __future__ import annotations

import csv
import io

import polars as pl
import pytest

from timeline.keeping.csv_files import csv_bytes


def cells(table: pl.DataFrame) -> list[list[str]]:
    return list(csv.reader(io.StringIO(csv_bytes(table).decode(), newline="")))


@pytest.mark.parametrize(
    "text", ["=cmd|'/c calc'!A1", "+1+1", "-dash", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "－1", "-1-1"]
)
def test_a_text_that_begins_like_a_formula_begins_with_an_apostrophe(text: str) -> None:
    assert cells(pl.DataFrame({"name": [text]})) == [["name"], ["'" + text]]
    assert cells(pl.DataFrame({text: [1]})) == [["'" + text], ["1"]]


@pytest.mark.parametrize("text", ["silence", "a=b", "two - one", "-0.5", "+2", "-1e-3", ".5", " =1", "−5"])
def test_other_texts_and_numbers_in_words_stay_as_they_are(text: str) -> None:
    assert cells(pl.DataFrame({"name": [text]})) == [["name"], [text]]


def test_numbers_flags_and_nothing_stay_as_they_are() -> None:
    table = pl.DataFrame({"gain": [-0.5, None], "held": [True, False], "name": ["=1", None]})
    assert cells(table) == [["gain", "held", "name"], ["-0.5", "true", "'=1"], ["", "false", ""]]


def test_words_of_an_enumeration_are_texts_too() -> None:
    table = pl.DataFrame({"cause": pl.Series(["-none", "leak"], dtype=pl.Enum(["-none", "leak"]))})
    assert cells(table) == [["cause"], ["'-none"], ["leak"]]


@pytest.mark.parametrize("sign", ["-", "+"])
def test_a_sign_alone_is_no_formula(sign: str) -> None:
    assert cells(pl.DataFrame({"moves": [sign]})) == [["moves"], [sign]]
