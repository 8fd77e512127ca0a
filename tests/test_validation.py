"""The model against the record and against closed forms, and the page that shows it."""

from __future__ import annotations

import doctest
import re
import sys
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from bs4 import BeautifulSoup
from click.testing import CliRunner

from timeline.cli.examine import examine
from timeline.errors import ModelError, StoreError, TimelineError
from timeline.model.declarations import Integral, Model
from timeline.pages.examination import (
    Examined,
    check_rows,
    claim_row,
    render,
    validate_model,
    watched_model,
    write_page,
)
from timeline.plots.claims import claims_caption
from timeline.validation.checks import Check, Checked, CheckRow, Skipped
from timeline.validation.claims import load_claims
from timeline.validation.clocks import clock_named
from timeline.validation.pairs import Effect, Verdict, put_to_test
from timeline.validation.ratios import Ratio
from timeline.workspace import Workspace

ROOT = Path(__file__).resolve().parents[1]
WORKSPACE = Workspace(ROOT)
MODEL = WORKSPACE.load("backchannel")
DECLARED = load_claims(WORKSPACE, "backchannel")
DATA = ROOT.parent / "shared" / "data"
with_data = pytest.mark.skipif(not DATA.is_dir(), reason=f"the publishers' data are not in {DATA}")


@cache
def watched() -> Model:
    assert DECLARED is not None
    return watched_model(MODEL, DECLARED)


def check(name: str) -> Any:
    assert DECLARED is not None
    return next(check for check in DECLARED.CHECKS["backchannel"] if check.name == name)


@cache
def bands() -> Any:
    return check("bands").measure(watched(), None, each=1000)


@cache
def tenure() -> Any:
    return check("tenure").measure(MODEL, DATA)


@cache
def gaps() -> Any:
    return check("gaps").measure(MODEL, DATA, records=100)


@cache
def violations() -> Any:
    return check("violations").measure(watched(), None, each=1500)


@cache
def secrecy() -> Any:
    return check("secrecy").measure(watched(), None, timelines=4000)


@cache
def verdicts() -> tuple[Verdict, ...]:
    """Two claims, one of them turned round so that it fails."""
    assert DECLARED is not None
    good = next(claim for claim in DECLARED.CLAIMS if claim.driver == "leaks.discovery")
    return tuple(put_to_test(watched(), [good, replace(good, rises=not good.rises, says="The contrary.")]))


# The record


@with_data
def test_new_leaders_stay_as_long_as_the_record_says_by_regime() -> None:
    assert set(tenure().record) == {"democracy", "autocracy"}
    assert tenure().years == (1, 2, 4, 8)
    assert tenure().largest <= 0.03


@with_data
def test_gaps_between_steps_lie_about_the_records_pooled_and_by_process() -> None:
    assert gaps().record == pytest.approx((3, 24, 100, 16, 83, 317), rel=0.09, abs=0.5)
    assert gaps().holds
    # The model's own middle, all gaps together: within a tenth of the record, or a day.
    np.testing.assert_allclose(gaps().middle[:3], gaps().record[:3], rtol=0.1, atol=1)


def test_violations_are_many_times_as_frequent_within_a_year_of_an_irregular_exit() -> None:
    assert violations().rates["irregular"].violations > 30
    assert violations().ratios["irregular"].band == (3.0, 13.0)
    assert violations().ratios["irregular"].holds, violations().ratios


def test_ordinary_turnover_does_not_raise_violations() -> None:
    assert violations().ratios["ordinary"].band == (0.25, 1.1)
    assert violations().ratios["ordinary"].holds, violations().ratios


def test_the_kinds_of_year_share_out_all_the_years_of_signed_agreements() -> None:
    from timeline.validation.pairs import integral_of, play_observed

    rows = play_observed(watched(), {"b.regime": 2}, 15.0, 300)
    signed = rows["state"]["signed_day"]
    lived = np.where(np.isfinite(signed), rows["state"]["day"] - np.nan_to_num(signed), 0.0)
    kinds = sum(integral_of(watched(), rows, f"year_{kind}") for kind in ("irregular", "ordinary", "quiet"))
    np.testing.assert_allclose(kinds, lived, atol=1e-6)


def test_the_bands_are_read_of_as_many_timelines_of_each_cadence() -> None:
    assert (bands().timelines, bands().cadences) == (8000, 8)
    assert bands().holds, bands().caption


def test_a_band_that_is_missed_is_named() -> None:
    (first, *others) = bands().found
    off = replace(first, target=replace(first.target, low=0.99, high=1.0))
    missed = replace(bands(), found=(off, *others))
    assert not missed.holds
    assert "12 of 13 bands" in missed.caption
    assert "Outside: kept for 30 days." in missed.caption
    assert [row.holds for row in missed.rows] == [False] + [True] * 12


# The closed form


def test_secrets_keep_as_long_as_the_closed_form_says_with_insiders_who_grow() -> None:
    found = secrecy()
    assert found.largest <= 4.0
    assert min(share[-1] for share in found.exact.values()) < 0.2 < max(share[-1] for share in found.exact.values())


def test_the_closed_form_is_the_mean_over_the_moments_at_which_the_circle_grows() -> None:
    random = np.random.default_rng(7)
    kept_secret = sys.modules[type(check("secrecy")).__module__].kept_secret
    hazard, start, widening, more, years = 0.02, 8, 1.5, 4, 6.0
    moments = [random.uniform(0, years, random.poisson(widening * years)) for _ in range(40_000)]
    kept = [np.exp(-hazard * (start * years + more * (years - at).sum())) for at in moments]
    exact = kept_secret(np.array([years]), hazard, start, widening, more)[0]
    assert np.mean(kept) == pytest.approx(exact, abs=4 * float(np.std(kept)) / np.sqrt(len(kept)))


def test_the_examples_of_the_shipped_checks_run() -> None:
    assert DECLARED is not None
    modules = [sys.modules[type(check).__module__] for check in DECLARED.CHECKS["backchannel"]]
    tried = [doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE) for module in modules]
    assert (sum(each.failed for each in tried), sum(each.attempted for each in tried)) == (0, 2)


# What a check is


@dataclass(frozen=True)
class Peace:
    """A check of a workspace's own, which asks for nothing but trust."""

    name = "peace"
    heading = "Peace"
    lead = "There should be some."
    alt = "Nothing is drawn."
    integrals = ("trust",)
    samples = ()

    def measure(self, model: Model, data: Path | None) -> Skipped:
        return Skipped("Peace", "some", f"{model.name} was not asked.")


def test_any_object_that_keeps_the_protocol_is_a_check() -> None:
    peace: Check = Peace()
    shown = Examined(MODEL, ((peace, peace.measure(MODEL, None)),))
    assert check_rows(shown) == [CheckRow("Peace", "–", "some", None)]
    text = BeautifulSoup(render(shown, "again"), "html.parser").get_text()
    assert "backchannel was not asked." in text
    assert "There should be some." not in text


def test_what_a_check_reads_is_kept_of_the_watched_timelines() -> None:
    declared = SimpleNamespace(CLAIMS=(), CHECKS={"backchannel": (Peace(), check("secrecy"))})
    kept = watched_model(MODEL, declared).observations  # type: ignore[arg-type]
    assert [observation.name for observation in kept] == ["leaks so far", Integral("trust").name]


def test_a_file_that_is_absent_is_named(tmp_path: Path) -> None:
    skipped = check("tenure").measure(MODEL, tmp_path)
    assert skipped.holds is None
    assert skipped.caption == (
        f"The folder of data, {tmp_path}, has no leader_spells.csv, so the model could not be held against it."
    )


def test_a_clock_that_is_not_there_is_refused_with_the_nearest() -> None:
    with pytest.raises(ModelError, match='it has no clock "sucession"; did you mean "succession"'):
        clock_named(MODEL, "sucession")


# The page


def found(data: Path | None = DATA) -> Examined:
    assert DECLARED is not None
    with_record = data is not None and data.is_dir()
    checked: tuple[Checked, ...] = (
        bands(),
        tenure() if with_record else check("tenure").measure(MODEL, None),
        gaps() if with_record else check("gaps").measure(MODEL, None),
        violations(),
        secrecy(),
    )
    checks = zip(DECLARED.CHECKS["backchannel"], checked, strict=True)
    return Examined(MODEL, tuple(checks), verdicts(), DECLARED.ESSAYS)


@cache
def page() -> BeautifulSoup:
    return BeautifulSoup(render(found(), "timeline examine backchannel"), "html.parser")


def test_the_page_asks_no_network_for_anything_and_runs_nothing() -> None:
    text = str(page())
    assert not re.search(r"https?://|<script|@import|src=", text)
    assert page().style is not None


def test_every_figure_is_inline_with_a_caption_and_words_for_those_who_cannot_see_it() -> None:
    shown = page().find_all("figure")
    assert len(shown) == (6 if DATA.is_dir() else 4)
    for figure in shown:
        caption = figure.figcaption.get_text().strip()
        assert len(caption) > 80
        assert figure.svg["role"] == "img"
        assert len(figure.svg["aria-label"]) > 40


def test_every_link_on_the_page_leads_somewhere() -> None:
    ids = {tag["id"] for tag in page().find_all(id=True)}
    assert {link["href"][1:] for link in page().find_all("a")} <= ids


def test_the_table_of_claims_shows_one_that_holds_and_one_that_fails() -> None:
    rows = page().select("#claims tbody tr")
    assert [row["class"] for row in rows] == [["holds"], ["fails"]]
    assert "✗" in rows[1].get_text()
    assert "The contrary." in page().select_one("#answer").get_text()  # type: ignore[union-attr]
    assert "1 of 2 claims hold" in page().select_one("#figure-validation-claims figcaption").get_text()  # type: ignore[union-attr]


def test_the_essays_are_named_in_full_once() -> None:
    assert [term.get_text() for term in page().select("#essays dt")] == ["S0", "S1", "S2"]


def test_a_page_without_data_says_so_and_shows_the_rest() -> None:
    bare = found(data=None)
    made = BeautifulSoup(render(bare, "timeline examine backchannel"), "html.parser")
    assert made.find(id="tenure") is None
    assert made.get_text().count("skipped") >= 2
    assert made.get_text().count("No folder of data was given") == 2
    assert [row.holds for row in check_rows(bare)][13:15] == [None, None]


def test_the_same_findings_make_the_same_bytes() -> None:
    assert render(found(), "again") == render(found(), "again")


def test_captions_say_what_failed() -> None:
    wrong = replace(violations(), ratios={"irregular": Ratio(1.5, 1.1, 2.0, (3.0, 13.0))})
    assert "1.50 times as often (95% interval 1.10 to 2.00)" in wrong.caption
    assert "outside the 3.00 to 13.00" in wrong.caption
    assert "goes the other way in 2" in claims_caption(verdicts())


def test_a_row_writes_shares_in_points_and_means_as_numbers() -> None:
    verdict = verdicts()[0]
    row = claim_row(replace(verdict, effect=Effect(0.5, 0.4, -0.1, 0.01, 2000, 900)))
    assert (row.low, row.effect, row.interval, row.errors) == ("0.5000", "−0.1000", "−0.1196 to −0.0804", "10.0")


def test_the_page_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    written = write_page(found(), tmp_path / "deep" / "validation.html", "again")
    assert [file.name for file in written.parent.iterdir()] == ["validation.html"]
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(StoreError, match="cannot be written"):
        write_page(found(), tmp_path / "file" / "validation.html", "again")


# The command


TOY = ROOT / "tests" / "toy_run"


def test_a_model_without_claims_is_answered_with_a_sentence() -> None:
    model = next(iter(Workspace(TOY).models()))
    result = CliRunner().invoke(examine, [model, "--workspace", str(TOY)])
    assert result.exit_code == 0
    assert f'declares no claim about model "{model}"' in result.output
    with pytest.raises(TimelineError, match="nothing to examine"):
        validate_model(Workspace(TOY), model, None)


@pytest.mark.slow
def test_the_command_writes_the_page_and_says_what_holds(tmp_path: Path) -> None:
    page = tmp_path / "validation.html"
    result = CliRunner().invoke(examine, ["backchannel", "--workspace", str(ROOT), "--out", str(page)])
    assert result.exit_code == 0, result.output
    assert "Causal claims" in result.output
    assert f"Page: {page}" in result.output
    assert page.is_file()
