"""Real data: what a file holds, in any format and the publishers' layouts, and what is odd in it."""

from __future__ import annotations

import datetime
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from timeline.cli import main
from timeline.data.layouts import LAYOUTS, recognise
from timeline.errors import ConfigError
from timeline.front.data import DataAccount, describe_data

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
with_data = pytest.mark.skipif(not SHARED.is_dir(), reason=f"the publishers' data are not in {SHARED}")

TRUCES = pl.DataFrame(
    {
        "signed": ["1990-01-01", "1991-05-01", "1992-03-01", "1993-01-01"],
        "stopped": ["1990-02-01", "1999-12-31", None, None],
        "ended": [1, 0, 1, 0],
        "days": [31.0, 3166.0, None, 2555.5],
        "process": ["a", "a", "b", None],
    }
)
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def writing(text: str | bytes, name: str = "truces.csv") -> Path:
        file = tmp_path / name
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return file

    return writing


def spells(found: DataAccount) -> list[tuple[float, float]]:
    assert found.record is not None
    return found.record.spells.sort("row").select("low", "high").rows()


# ---------------------------------------------------------------- formats

EXPECTED = [(31.0, 31.0), (3166.0, float("inf")), (0.0, 2861.0), (2555.0, float("inf"))]


def as_csv(file: Path, table: pl.DataFrame) -> None:
    table.write_csv(file)


def as_parquet(file: Path, table: pl.DataFrame) -> None:
    table.with_columns(pl.col("signed", "stopped").str.to_date()).write_parquet(file)


def as_stata(file: Path, table: pl.DataFrame) -> None:
    readstat = pytest.importorskip("pyreadstat", reason="pyreadstat is not installed: no Stata file is read")
    readstat.write_dta(table.with_columns(pl.col("signed", "stopped").str.to_date()), str(file))


def as_spss(file: Path, table: pl.DataFrame) -> None:
    readstat = pytest.importorskip("pyreadstat", reason="pyreadstat is not installed: no SPSS file is read")
    readstat.write_sav(table, str(file))


def as_excel(file: Path, table: pl.DataFrame) -> None:
    pytest.importorskip("fastexcel", reason="fastexcel is not installed: no Excel file is read")
    table.with_columns(pl.col("signed", "stopped").str.to_date()).write_excel(file)


@pytest.mark.parametrize(
    ("name", "written"),
    [("x.csv", as_csv), ("x.parquet", as_parquet), ("x.dta", as_stata), ("x.sav", as_spss), ("x.xlsx", as_excel)],
)
def test_every_format_tells_of_the_same_spells(
    tmp_path: Path, name: str, written: Callable[[Path, pl.DataFrame], None]
) -> None:
    file, mapping = tmp_path / name, tmp_path / "map.toml"
    written(file, TRUCES)
    mapping.write_text('start = "signed"\nend = "stopped"\nended = "ended"\nuntil = 1999-12-31\n', encoding="utf-8")
    found = describe_data(file, mapping)
    assert spells(found) == EXPECTED
    assert {facts.name: facts.kind for facts in found.columns} == {
        "signed": "date", "stopped": "date", "ended": "flag", "days": "number", "process": "text",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["x.parquet", "x.dta", "x.sav", "x.xlsx"])
def test_a_file_that_is_not_what_its_ending_says_is_refused(write: Write, name: str) -> None:
    pytest.importorskip("pyreadstat", reason="pyreadstat is not installed")
    pytest.importorskip("fastexcel", reason="fastexcel is not installed")
    with pytest.raises(ConfigError, match=rf"{name}: is not an? (Parquet|Stata|SPSS|Excel) file"):
        describe_data(write("signed,stopped\n", name))


def test_a_format_whose_reader_is_missing_says_what_to_install(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyreadstat", None)
    with pytest.raises(
        ConfigError, match=r'takes pyreadstat, which is not installed; pip install "crisis-timeline\[dat'
    ):
        describe_data(write("x", "x.dta"))


def test_a_file_in_another_encoding_is_refused_by_line_and_read_when_it_is_named(write: Write) -> None:
    file = write("signed,stopped,place\n1990,1991,a\n1990,1991,Côte\n".encode("cp1252"))
    with pytest.raises(ConfigError, match="line 3: given the byte 0xF4, expected text in UTF-8"):
        describe_data(file)
    assert describe_data(file, encoding="cp1252").table.rows == 2
    with pytest.raises(ConfigError, match="--encoding: given 'latin-17', expected the name of one"):
        describe_data(file, encoding="latin-17")


def test_tabs_divide_the_columns_of_a_text_file_that_has_them(write: Write) -> None:
    text = PUBLISHED["archigos"][0].replace(",", "\t").replace("Ann", "Añn")
    found = describe_data(write(text.encode("cp1252"), "Archigos_4.1.txt"), encoding="cp1252")
    assert found.table.layout is not None
    assert found.table.layout.columns.name == "archigos"


def test_lists_and_bytes_in_a_parquet_file_are_text_like_any_other(tmp_path: Path) -> None:
    table = pl.DataFrame(
        {"signed": [1990, 1991], "stopped": [1992, 1993], "who": [["a", "b"], []], "raw": [b"\xff", None]}
    )
    table.write_parquet(tmp_path / "x.parquet")
    assert spells(describe_data(tmp_path / "x.parquet")) == [(366.0, 1095.0), (367.0, 1095.0)]


def test_a_table_in_pieces_is_the_table_in_one(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [f"19{60 + i % 40}-0{1 + i % 9}-1{i % 10},2001-02-03,{i % 2 if i % 7 else 'x'},{i % 5}" for i in range(200)]
    file = write("signed,stopped,ended,process\n" + "\n".join(lines) + "\n")
    mapping = write('start = "signed"\nend = "stopped"\nended = "ended"\n', "m.toml")
    whole = describe_data(file, mapping)
    monkeypatch.setattr("timeline.data.opening.GivenFile.pieces.__defaults__", (17, ()))
    pieces = describe_data(file, mapping)
    assert pieces.to_json() == whole.to_json()
    assert spells(pieces) == spells(whole)


# ---------------------------------------------------------------- dates and bounds


def test_imprecise_dates_are_carried_as_bounds(write: Write) -> None:
    found = describe_data(write("signed,stopped,ended\n1990-01,1990-03-01,1\n1990,1991,1\n1990-06-01,1995,0\n"))
    # 1990-01 is a day from 1 to 31 January; from 1990 to 1991 is anything from a day to two years. What had not ended
    # by 1995 was last seen on its first day at the least.
    assert spells(found) == [(29.0, 59.0), (1.0, 729.0), (1675.0, float("inf"))]
    assert found.record is not None
    assert found.record.bounded == 2


def test_a_failure_without_a_date_ended_some_day_up_to_the_last_of_the_record(write: Write) -> None:
    found = describe_data(write("signed,stopped,ended\n1990-01-01,,1\n1990-01-01,1990-12-31,0\n"))
    assert spells(found) == [(0.0, 364.0), (364.0, float("inf"))]
    assert found.record is not None
    assert (found.record.undated, found.record.until) == (1, "1990-12-31")


@pytest.mark.parametrize(("first", "day"), [("25/04/1990", 9), ("04/25/1990", 9)])
def test_one_cell_says_whether_the_day_or_the_month_comes_first(write: Write, first: str, day: int) -> None:
    second = "04/05/1990" if first.startswith("25") else "05/04/1990"
    found = describe_data(write(f"signed,stopped,ended\n{first},{second},1\n{second},{second},1\n"))
    assert spells(found)[0] == (day, day)


def test_a_cell_that_tells_late_which_part_is_the_day_is_heard(write: Write) -> None:
    rows = ["01/02/1990,01/03/1990,1"] * 40 + ["01/30/1990,01/31/1990,1"]
    found = describe_data(write("signed,stopped,ended\n" + "\n".join(rows) + "\n"))
    assert spells(found) == [(1.0, 1.0)] * 41


def test_dates_that_can_be_read_in_two_ways_are_refused(write: Write) -> None:
    with pytest.raises(
        ConfigError, match="signed, stopped: given dates such as 03/04/1992 that can be read in two ways, in 1 cells"
    ):
        describe_data(write("signed,stopped,ended\n01/02/1990,1995-01-01,1\n"))


def test_a_column_that_mixes_the_two_is_named_by_row(write: Write) -> None:
    file = write("signed,stopped,ended\n25/01/1990,1995-01-01,1\n01/25/1990,1995-01-01,1\n")
    assert odd(file)[0].endswith(
        "row 2: signed: given 01/25/1990, expected a date as day/month/year, for other cells of the column are written "
        "so; write all dates of the column alike, best as 1992-04-25"
    )


# ---------------------------------------------------------------- what cannot be


def odd(file: Path, mapping: Path | None = None) -> list[str]:
    record = describe_data(file, mapping).record
    assert record is not None
    return list(record.problems)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("1990-01-01,1989-12-31,1,5", "stopped: given 1989-12-31, expected a date not before that of signed"),
        ("1990-02-30,1990-12-31,1,5", "signed: given 1990-02-30, expected a date from 1000 to 2999"),
        ("0090-02-03,1990-12-31,1,5", "signed: given 0090-02-03, expected a date from 1000 to 2999"),
        ("soon,1990-12-31,1,5", "signed: given soon, expected a date from 1000 to 2999"),
        ("1990-01-01,1990-12-31,2,5", "ended: given 2, expected 1 (ended) or 0 (not ended)"),
        ("1990-01-01,1990-12-31,yes,5", "ended: given yes, expected 1 (ended) or 0 (not ended)"),
    ],
)
def test_a_cell_that_cannot_be_is_located_and_its_row_left_out_and_listed(write: Write, row: str, said: str) -> None:
    file = write(f"signed,stopped,ended,id\n1990-01-01,1991-01-01,1,4\n{row}\n")
    mapping = write('start = "signed"\nend = "stopped"\nended = "ended"\n', "m.toml")
    assert f"truces.csv: row 2: {said}" in odd(file, mapping)[0]
    record = describe_data(file, mapping).record
    assert record is not None
    assert [(left.why, left.count, left.rows) for left in record.left_out] == [("a cell that cannot be", 1, (2,))]
    assert record.spells["row"].to_list() == [1]


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("-3", "given -3, expected a number of days from 0 on"),
        ("4000000", "given 4000000, expected at most 3,652,500"),
        ("1e400", "given 1e400, expected a number of days from 0 on"),
        ("3 years", "given 3 years, expected a number of days from 0 on"),
    ],
)
def test_an_impossible_duration_is_located(write: Write, cell: str, said: str) -> None:
    file = write(f"duration,ended\n0,1\n{cell},1\n")
    assert f"row 2: duration: {said}" in odd(file)[0]


def test_many_bad_cells_are_counted_and_the_first_three_named(write: Write) -> None:
    said = odd(write("duration,ended\n5,1\n" + "-1,1\n" * 50))
    assert [text.split(": ")[1] for text in said] == ["row 2", "row 3", "row 4", "duration"]
    assert said[-1].endswith("and 47 more such rows")


def test_a_name_given_twice_is_located_and_the_second_left_out(write: Write) -> None:
    file = write("signed,stopped,ended,id\n1990,1995,1,7\n1990,1996,1,7\n")
    mapping = write('start = "signed"\nend = "stopped"\nended = "ended"\nid = "id"\n', "m.toml")
    assert odd(file, mapping)[0].endswith("row 2: id: given 7 again, expected each once; take one of the rows out")


def test_what_is_missing_is_counted_by_what_it_lacks(write: Write) -> None:
    file = write("signed,stopped,ended,process\n1990,1995,,a\n,1995,1,a\n1990,1995,1,\n1990,1995,1,b\n")
    mapping = write('start = "signed"\nend = "stopped"\nended = "ended"\ncluster = "process"\n', "m.toml")
    record = describe_data(file, mapping).record
    assert record is not None
    assert [(left.why, left.rows) for left in record.left_out] == [
        ("does not say whether it has ended", (1,)), ("without a start", (2,)), ("without process", (3,)),
    ]  # fmt: skip


def test_columns_are_guessed_and_written_as_a_mapping_that_reads_the_same(write: Write) -> None:
    file = write("signed,stopped,ended,process\n1990-01-01,1995-01-01,1,a\n1991-01-01,1996-01-01,0,b\n")
    found = describe_data(file)
    assert found.table.guessed
    again = describe_data(file, write(found.mapping, "m.toml"))
    assert spells(again) == spells(found)


def test_a_table_that_says_nothing_of_durations_is_described_all_the_same(write: Write) -> None:
    found = describe_data(write("name,height\na,3\nb,x\n"))
    assert found.record is None
    assert [(facts.name, facts.kind) for facts in found.columns] == [("name", "text"), ("height", "text")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('end = "stopped"\n', "given neither start nor duration"),
        ('start = "signed"\ncuase = "x"\n', 'cuase: there is no such key; .*did you mean "cause"'),
        ('start = 3\n', "start: given 3, expected a column, or those of year, month and day"),
        ('duration = "d"\nend = "e"\n', "given both duration and end"),
        ('start = "s"\nuntil = "1999"\n', "until: given '1999', expected a date such as 1999-12-31"),
        ('start = "s"\ndates = "american"\n', 'dates: given .american., expected "day/month/year" or "month/day/year"'),
        ("start = \n", "cannot be read as TOML"),
        ('start = "sined"\nend = "stopped"\n', "no column 'sined', expected one of signed, stopped; did you mean"),
    ],
)  # fmt: skip
def test_a_mapping_that_cannot_be_is_refused(write: Write, text: str, said: str) -> None:
    file = write("signed,stopped\n1990,1991\n")
    with pytest.raises(ConfigError, match=said):
        describe_data(file, write(text, "m.toml"))


# ---------------------------------------------------------------- publishers

#: A few rows as each publisher lays them out (made up), and the spells they tell of.
OPEN = float("inf")
PUBLISHED = {
    "ucdp_agreements": (
        "paid,pa_name,pa_date,pa_type,conflict_id,ended,duration\n"
        "1,One,1990-01-01,1,10,1,1990-01-11\n2,Two,1990-01-01,2,10,0,\n3,Three,1991-06-01,3,11,1,\n",
        [(10.0, 10.0), (729.0, OPEN), (0.0, 213.0)],
    ),
    "pax": (
        "Con,PP,PPName,AgtId,Agt,Dat,Stage\n"
        "x,5,Five,1,First,1990-01-01,Cea\nx,5,Five,2,Second,1990-01-31,SubPar\ny,6,Six,3,Alone,1990-03-01,Pre\n",
        [(30.0, 30.0), (334.0, OPEN), (305.0, OPEN)],
    ),
    "archigos": (
        "obsid,leadid,ccode,leader,startdate,enddate,entry,exit,exitcode\n"
        "A-1,x,2,Ann,2001-01-01,2001-01-31,Regular,Regular,\n"
        "A-2,y,2,Bob,2015-12-01,2015-12-31,Regular,Still in Office,\n",
        [(30.0, 30.0), (30.0, OPEN)],
    ),
    "atop": (
        "atopid,begyr,begmo,begday,endyr,endmo,endday,term\n"
        "1005,1815,1,3,1815,2,8,1\n1010,1815,99,99,1816,1,1,2\n1015,1818,1,1,0,0,0,0\n",
        [(36.0, 36.0), (1.0, 365.0), (364.0, OPEN)],
    ),
    "fortna": (
        "war,cfdate,faildate,peacekp\nx,1990-01-01,1990-01-08,1\ny,1999-12-01,1999-12-31,0\n",
        [(7.0, 7.0), (30.0, OPEN)],
    ),
    "ceasefires": (
        "cf_id,cf_effect_yr,cf_effect_month,cf_effect_day,end_yr,end_month,end_day\n"
        "1,1990,1,1,1990,1,5\n2,1990,1,1,,,\n",
        [(4.0, 4.0), (364.0, OPEN)],
    ),
    "pncc": (
        "neg_id,dyad_id,start_date,end_date,outcome\n1,9,1990-01-01,1990-01-05,talks\n2,9,1990-12-01,,\n",
        [(4.0, 4.0), (30.0, OPEN)],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_publishers_layout_is_known_by_its_columns_and_says_what_was_decided(write: Write, name: str) -> None:
    text, expected = PUBLISHED[name]
    found = describe_data(write(text))
    assert found.record is not None
    assert found.record.columns.name == name
    assert found.record.columns.citation
    assert len(found.record.choices) >= 2
    assert sorted(spells(found)) == sorted(expected)
    assert found.record.left_out == ()


def test_every_layout_is_tried_and_no_table_has_two() -> None:
    assert {layout.columns.name for layout in LAYOUTS} == set(PUBLISHED)
    for name, (text, _) in PUBLISHED.items():
        header = text.partition("\n")[0].split(",")
        found = recognise([column.upper() for column in header])
        assert found is not None
        assert found.columns.name == name


def test_names_that_are_only_known_from_print_are_said_to_be(write: Write) -> None:
    record = describe_data(write(PUBLISHED["pncc"][0])).record
    assert record is not None
    assert "known from print" in record.choices[-1]


# ---------------------------------------------------------------- the command


def call(capsys: pytest.CaptureFixture[str], *args: object) -> str:
    with pytest.raises(SystemExit) as ended:
        main([str(arg) for arg in args])
    out, err = capsys.readouterr()
    assert ended.value.code == 0, err
    return out


def test_the_command_says_what_is_in_a_file(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    said = call(capsys, "data", write(PUBLISHED["ucdp_agreements"][0]))
    assert "truces.csv: 3 rows, 7 columns" in said
    assert "Layout: UCDP Peace Agreement Dataset. Cite Pettersson" in said
    assert "Spells: 3 of 3 rows; 2 ended, 1 had not when last seen." in said
    assert "Ends known only between two days: 1, of which 1 without any date." in said


def test_the_command_prints_json(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    told: dict[str, Any] = json.loads(call(capsys, "data", write(PUBLISHED["archigos"][0]), "--json"))
    assert (told["layout"], told["rows"], told["spells"]["ended"]) == ("archigos", 2, 1)


def test_a_file_that_is_not_there_ends_with_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["data", "nowhere.csv"])
    assert ended.value.code == 2
    assert "nowhere.csv: no such file" in capsys.readouterr().err


@with_data
@pytest.mark.parametrize(
    ("name", "rows", "ended"),
    [
        ("peace_agreements_1975_1999.csv", 196, 77),
        ("ceasefires_1948_1999.csv", 156, 84),
        ("leader_spells.csv", 3409, 3241),
    ],
)
def test_the_record_is_counted_as_it_is_known_to_be(name: str, rows: int, ended: int) -> None:
    record = describe_data(SHARED / name).record
    assert record is not None
    assert (record.spells.height, record.events, record.left_out) == (rows, ended, ())


def test_a_day_is_the_same_whatever_writes_it() -> None:
    from timeline.data.dates import days_since_epoch, say_day

    assert say_day(days_since_epoch(datetime.date(1815, 6, 9))) == "1815-06-09"


@pytest.mark.slow
def test_a_large_file_takes_little_more_memory_than_its_spells(tmp_path: Path) -> None:
    block = "".join(
        f"{k},Country {k % 97},{1960 + k % 40}-01-0{1 + k % 9},{k % 4000},{k % 2}\n" for k in range(100_000)
    )
    file = tmp_path / "large.csv"
    with file.open("w", encoding="utf-8") as out:
        out.write("spell,conflict,ceased,duration_days,failed\n")
        for _ in range(30):
            out.write(block)
    code = (
        "import resource, sys; from timeline.front.data import describe_data; found = describe_data(sys.argv[1]);"
        "print(found.record.spells.height, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(file)], capture_output=True, text=True, check=True)
    spells_told, kilobytes = map(int, done.stdout.split())
    assert spells_told == 3_000_000
    # As Python's lists of cells it would be some 3 GB.
    assert kilobytes < 1_200_000
