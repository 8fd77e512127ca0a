"""Results as plain files, with a codebook."""

import json
import re
import shutil
import zipfile
from pathlib import Path

import polars as pl
import pytest

from timeline.cli import main
from timeline.errors import ConfigError, PathError
from timeline.front import exporting
from timeline.front.exporting import export, plain
from timeline.front.result import Result
from timeline.front.study import load

TOY = Path(__file__).parent / "toy_run"


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Result:
    study = load(TOY / "configs" / "telling.toml")
    return study.run(folder=tmp_path_factory.mktemp("results"), engine="simpy", workers=1)


def test_every_row_of_every_arm_is_exported_with_the_names_of_its_arm(result: Result, tmp_path: Path) -> None:
    written = export(result, tmp_path / "out")
    (tmp_path / "plain").mkdir()
    assert (tmp_path / "out").stat().st_mode == (tmp_path / "plain").stat().st_mode
    rows = pl.read_csv(tmp_path / "out" / "rows.csv", infer_schema_length=None)
    assert written.rows == rows.height == 120
    assert rows.group_by("scenario", "cadence", maintain_order=True).len().rows() == [
        ("calm", "silence", 30),
        ("calm", "yearly", 30),
        ("breachy", "silence", 30),
        ("breachy", "yearly", 30),
    ]
    kept = result.rows("yearly", "breachy")
    assert rows.filter(scenario="breachy", cadence="yearly")["day"].to_list() == kept["day"].to_list()


def test_parts_of_parquet_are_read_as_one_table_and_hold_the_rows_as_they_are(result: Result, tmp_path: Path) -> None:
    export(result, tmp_path / "out", "parquet")
    rows = pl.read_parquet(tmp_path / "out" / "rows" / "*.parquet")
    kept = result.rows("silence", "calm")
    assert rows.filter(scenario="calm", cadence="silence").drop("scenario", "cadence").equals(kept)


def test_tables_are_those_of_the_page(result: Result, tmp_path: Path) -> None:
    export(result, tmp_path / "out", "parquet", rows=False)
    assert pl.read_parquet(tmp_path / "out" / "contrasts.parquet").equals(result.contrasts)
    assert not (tmp_path / "out" / "rows").exists()


def test_a_workbook_has_a_sheet_a_table_and_no_formula(
    result: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(result.resolved.model.columns, "day", "=1+1")
    export(result, tmp_path / "out", "xlsx")
    with zipfile.ZipFile(tmp_path / "out" / "result.xlsx") as book:
        sheets = re.findall(r'<sheet name="(\w+)"', book.read("xl/workbook.xml").decode())
        texts = book.read("xl/sharedStrings.xml").decode()
        cells = {name: book.read(f"xl/worksheets/sheet{n}.xml").decode() for n, name in enumerate(sheets, start=1)}
    assert {"codebook", "estimates", "contrasts", "rows"} <= set(sheets)
    assert cells["rows"].count("<row ") == 121
    assert "=1+1" in texts
    assert not any("<f>" in text for text in cells.values())


@pytest.mark.parametrize("form", exporting.FORMATS)
def test_the_same_result_makes_the_same_bytes(result: Result, tmp_path: Path, form: str) -> None:
    for name in ("one", "other"):
        export(result, tmp_path / name, form)
    files = [path for path in sorted((tmp_path / "one").rglob("*")) if path.is_file()]
    assert files
    for path in files:
        assert path.read_bytes() == (tmp_path / "other" / path.relative_to(tmp_path / "one")).read_bytes()


def test_the_codebook_says_what_every_column_of_every_table_means(result: Result, tmp_path: Path) -> None:
    export(result, tmp_path / "out", "parquet")
    book = pl.read_parquet(tmp_path / "out" / "codebook.parquet")
    tables = {path.stem for path in (tmp_path / "out").iterdir()} - {"codebook"}
    assert set(book["table"]) == tables
    assert book.filter(pl.col("meaning") == "").rows() == []


def test_what_has_no_place_in_a_cell_is_written_plainly() -> None:
    frame = pl.DataFrame(
        {"kept": [[1, 0]], "names": [["a", "b"]], "day": [float("nan")]},
        schema={"kept": pl.Array(pl.Int64, 2), "names": pl.List(pl.String), "day": pl.Float64},
    )
    assert plain(frame).rows(named=True) == [{"kept[0]": 1, "kept[1]": 0, "names": "a; b", "day": None}]


def test_a_folder_with_something_in_it_is_left_alone(result: Result, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    with pytest.raises(PathError, match="is there already, expected a new or empty folder; give another by --to"):
        export(result, tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["mine.txt"]


def test_rows_that_no_sheet_holds_are_refused_and_nothing_is_left(
    result: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "_SHEET_ROWS", 100)
    with pytest.raises(ConfigError, match=r"given 120 rows, expected fewer than 100.*--format parquet"):
        export(result, tmp_path / "out", "xlsx")
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_format_is_an_error(result: Result, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match='format: given "dta", expected one of csv, parquet, xlsx'):
        export(result, tmp_path / "out", "dta")


def test_the_command_says_what_it_wrote_and_where(
    result: Result, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for more in ((), ("--json",)):
        with pytest.raises(SystemExit) as ended:
            main(["export", str(result.folder), "--to", str(tmp_path / f"out{len(more)}"), *more])
        assert ended.value.code == 0
    plainly, as_json = capsys.readouterr().out.split("\n", 1)
    assert plainly == f"Wrote 120 rows and 20 tables: {tmp_path}/out0"
    assert json.loads(as_json)["rows"] == 120
    assert str(tmp_path / "out1" / "codebook.csv") in json.loads(as_json)["files"]


@pytest.mark.parametrize("form", ["csv", "parquet", "xlsx"])
@pytest.mark.parametrize("rows", [True, False])
def test_every_format_counts_its_tables_alike(result: Result, tmp_path: Path, form: str, rows: bool) -> None:
    written = export(result, tmp_path / "out", form, rows=rows)
    assert (written.tables, written.rows) == (20, 120 if rows else 0)


def test_a_result_in_memory_is_exported_too(tmp_path: Path) -> None:
    result = load(TOY / "configs" / "telling.toml").run(replications=3, engine="simpy", workers=1)
    assert result.export(tmp_path / "out").rows == 12


def toy_with_fields(place: Path, *fields: str) -> Result:
    """Play a toy whose state has these fields too."""
    shutil.copytree(TOY, place, ignore=shutil.ignore_patterns("__pycache__"))
    model, known = place / "models" / "bargain.py", '    support = Field(0.6, "support", index=True)\n'
    more = "".join(f'    {name} = Field({k}.0, "what {name} is")\n' for k, name in enumerate(fields))
    model.write_text(model.read_text(encoding="utf-8").replace(known, known + more), encoding="utf-8")
    return load(place / "configs" / "telling.toml").run(replications=2, engine="simpy", workers=1)


@pytest.mark.parametrize("form", exporting.FORMATS)
def test_a_field_that_is_called_as_a_column_of_the_arm_has_a_number_behind_its_name(form: str, tmp_path: Path) -> None:
    result = toy_with_fields(tmp_path / "toy", "scenario", "cadence")
    assert export(result, tmp_path / "out", form).rows == 8
    if form != "csv":
        return
    rows = pl.read_csv(tmp_path / "out" / "rows.csv", infer_schema_length=None)
    assert rows.select("scenario", "cadence", "scenario (2)", "cadence (2)").rows()[-1] == ("breachy", "yearly", 0, 1)
    book = pl.read_csv(tmp_path / "out" / "codebook.csv").filter(pl.col("table") == "rows")
    said = dict(book.select("column", "meaning").iter_rows())
    assert (said["scenario"], said["scenario (2)"]) == (
        "The scenario: what is assumed of the world.", "what scenario is",
    )  # fmt: skip


def test_names_that_differ_in_capitals_only_are_told_apart_in_a_workbook(tmp_path: Path) -> None:
    result = toy_with_fields(tmp_path / "toy", "Hidden", "HIDDEN")
    export(result, tmp_path / "out", "xlsx")
    with zipfile.ZipFile(tmp_path / "out" / "result.xlsx") as book:
        sheets = re.findall(r'<sheet name="(\w+)"', book.read("xl/workbook.xml").decode())
        texts = book.read("xl/sharedStrings.xml").decode()
        rows = book.read(f"xl/worksheets/sheet{sheets.index('rows') + 1}.xml").decode()
    assert rows.count("<row ") == 9
    assert {">hidden<", ">Hidden (2)<", ">HIDDEN (3)<"} <= set(re.findall(r">\w+(?: \(\d\))?<", texts))
    export(result, tmp_path / "plain")
    assert {"hidden", "Hidden", "HIDDEN"} <= set(pl.read_csv(tmp_path / "plain" / "rows.csv").columns)


def test_no_text_of_an_exported_csv_file_is_a_formula(tmp_path: Path) -> None:
    shutil.copytree(TOY, tmp_path / "toy", ignore=shutil.ignore_patterns("__pycache__"))
    config = tmp_path / "toy" / "configs" / "telling.toml"
    text = config.read_text(encoding="utf-8").replace("[cadences.yearly]", "[cadences.-yearly]")
    config.write_text(text, encoding="utf-8")
    model = tmp_path / "toy" / "models" / "bargain.py"
    model.write_text(model.read_text(encoding="utf-8").replace('"leaks of all"', '"@leaks"'), encoding="utf-8")
    result = load(config).run(replications=2, engine="simpy", workers=1)
    export(result, tmp_path / "out")
    texts = [path.read_text(encoding="utf-8") for path in sorted((tmp_path / "out").glob("*.csv"))]
    assert "'-yearly," in "".join(texts)
    assert ",'@leaks," in "".join(texts)
    assert not [line for text in texts for line in text.splitlines() if re.search(r'(^|,)"?([=@]|-y)', line)]
