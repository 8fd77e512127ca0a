"""Fitted laws against closed forms, scipy's censored fits, lifelines and the shipped record."""

from __future__ import annotations

import datetime
import importlib.util
import json
import math
import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import polars as pl
import pytest
from lifelines import AalenJohansenFitter, KaplanMeierFitter
from lifelines.datasets import load_dd
from scipy import stats

from timeline.analysis.fitting.curves import cumulative_incidence, product_limit, survival_curve
from timeline.analysis.fitting.durations import Durations, durations
from timeline.analysis.fitting.families import FAMILIES
from timeline.analysis.fitting.fitted import fit_spells
from timeline.analysis.fitting.likelihood import maximise
from timeline.analysis.life_table import life_table
from timeline.cli import main
from timeline.config.load import load
from timeline.errors import ConfigError, ModelError
from timeline.front.fit import FittedFile, fit

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "data"
with_data = pytest.mark.skipif(not SHARED.is_dir(), reason=f"the publishers' data are not in {SHARED}")
OPEN = math.inf
YEAR = 365.25


def drawn(law: stats.rv_frozen, count: int, seed: int, until: float) -> tuple[np.ndarray, np.ndarray]:
    """Return (low, high) of spells that end by a law and are watched until a day."""
    days = law.rvs(count, random_state=np.random.default_rng(seed))
    return np.minimum(days, until), np.where(days <= until, days, OPEN)


# ---------------------------------------------------------------- likelihood


@pytest.mark.parametrize(
    ("family", "scipys", "read"),
    [
        ("weibull", stats.weibull_min, lambda shape, _, scale: {"shape": shape, "scale": scale}),
        ("lognormal", stats.lognorm, lambda sigma, _, median: {"median": median, "sigma": sigma}),
        ("exponential", stats.expon, lambda _, scale: {"rate": 1 / scale}),
    ],
)
def test_laws_are_those_that_scipy_fits_to_censored_data(
    family: str, scipys: stats.rv_continuous, read: Callable[..., dict[str, float]]
) -> None:
    low, high = drawn(stats.weibull_min(0.7, scale=300), 400, 1, 500.0)
    # A third of the ends are known between bounds only.
    vague = np.isfinite(high) & (np.arange(400) % 3 == 0)
    low, high = np.where(vague, 0.8 * low, low), np.where(vague, 1.3 * high, high)
    exact = low == high
    data = stats.CensoredData(
        uncensored=low[exact], right=low[~np.isfinite(high)], interval=np.column_stack([low[vague], high[vague]])
    )
    expected = read(*scipys.fit(data, floc=0))
    found, _ = maximise(FAMILIES[family], durations(low, high, whole_days=False))
    assert dict(FAMILIES[family].natural(found)) == pytest.approx(expected, rel=2e-3)


def test_whole_days_are_half_a_day_on_either_side_as_scipy_fits_them() -> None:
    days = np.array([0.0, 1, 1, 2, 3, 3, 5, 8, 13, 40])
    between = np.column_stack([np.maximum(days - 0.5, 0), days + 0.5])
    shape, _, scale = stats.weibull_min.fit(stats.CensoredData(interval=between), floc=0)
    found, _ = maximise(FAMILIES["weibull"], durations(days, days))
    assert dict(FAMILIES["weibull"].natural(found)) == pytest.approx({"shape": shape, "scale": scale}, rel=2e-3)


def test_what_was_met_late_counts_from_then_on() -> None:
    low, entry = np.array([10.0, 25.0, 40.0]), np.array([4.0, 0.0, 30.0])
    found, _ = maximise(FAMILIES["exponential"], durations(low, [10, OPEN, 40], entry, whole_days=False))
    # Two ends in 6 + 25 + 10 days of watching: the closed form.
    assert FAMILIES["exponential"].natural(found)["rate"] == pytest.approx(2 / 41, rel=1e-6)


def test_leaving_out_late_entry_would_make_spells_look_longer() -> None:
    days = stats.weibull_min(0.7, scale=300).rvs(20_000, random_state=np.random.default_rng(5))
    met = np.random.default_rng(105).uniform(0, 400, 20_000)
    seen = days > met
    known = durations(days[seen], days[seen], met[seen], whole_days=False)
    found, _ = maximise(FAMILIES["weibull"], known)
    # Standard errors at this size are .02 and 15.
    assert dict(FAMILIES["weibull"].natural(found)) == pytest.approx({"shape": 0.7, "scale": 300}, rel=0.1)
    naive, _ = maximise(FAMILIES["weibull"], durations(days[seen], days[seen], whole_days=False))
    assert FAMILIES["weibull"].natural(naive)["scale"] > 500


def test_two_classes_are_found_again() -> None:
    random = np.random.default_rng(8)
    days = np.where(random.random(6000) < 0.3, random.exponential(50, 6000), random.exponential(4000, 6000))
    spells = durations(np.minimum(days, 3000), np.where(days < 3000, days, OPEN), whole_days=False)
    found, _ = maximise(FAMILIES["mixture"], spells)
    # Standard errors at this size are below 3, 6 and 3 in a hundred.
    expected = {"share": 0.3, "fast": 1 / 50, "slow": 1 / 4000}
    assert dict(FAMILIES["mixture"].natural(found)) == pytest.approx(expected, rel=0.15)


@pytest.mark.parametrize(
    ("low", "high", "entry"), [([-1.0], [3.0], None), ([5.0], [3.0], None), ([5.0], [5.0], [5.0]), ([], [], None)]
)
def test_durations_that_cannot_be_are_refused(low: list[float], high: list[float], entry: list[float] | None) -> None:
    with pytest.raises(ModelError, match="durations: "):
        durations(low, high, entry)


# ---------------------------------------------------------------- curves


def test_the_curve_without_a_law_is_lifelines_with_late_entry_too() -> None:
    random = np.random.default_rng(3)
    low, high = drawn(stats.expon(scale=100), 200, 3, 150.0)
    low, high = np.ceil(low), np.ceil(high)
    for entry in (np.zeros(200), np.minimum(np.floor(random.uniform(0, 30, 200)), low - 1)):
        spells = durations(low, high, entry)
        theirs = KaplanMeierFitter().fit(low, np.isfinite(high), entry=entry if entry.any() else None)
        at = np.array([40.0, 80.0, 120.0])
        expected = theirs.survival_function_at_times(at).to_numpy()
        curve = survival_curve(spells)
        where = np.searchsorted(curve["day"].to_numpy(), at, side="right") - 1
        assert curve["survival"].to_numpy()[where] == pytest.approx(expected, abs=1e-9)
        assert product_limit(spells, at) == pytest.approx(expected, abs=1e-9)


def test_a_weight_of_two_is_the_spell_twice() -> None:
    days, at = np.array([3.0, 5, 5, 8]), np.array([4.0, 6.0])
    twice = durations(np.repeat(days, 2), np.repeat(days, 2))
    assert product_limit(durations(days, days).weighted(np.full(4, 2.0)), at) == pytest.approx(product_limit(twice, at))


def test_ends_without_a_day_are_neither_dropped_nor_put_on_one() -> None:
    known = durations([10, 20, 30, 40], [10, 20, OPEN, OPEN])
    vague = durations([10, 20, 30, 40, 0], [10, 20, OPEN, OPEN, 40])
    at_25 = [survival_curve(spells).filter(pl.col("day") <= 25)["survival"][-1] for spells in (known, vague)]
    assert at_25[1] < at_25[0]


def test_shares_by_cause_are_lifelines_and_add_up_to_all_that_ended() -> None:
    random = np.random.default_rng(4)
    low, high = drawn(stats.expon(scale=50), 300, 4, 100.0)
    causes = np.where(random.random(300) < 0.3, "ousted", "voted out")
    at = np.array([10.0, 50.0, 90.0])
    found = cumulative_incidence(durations(low, high), causes.tolist(), at)
    for code, cause in enumerate(["ousted", "voted out"], start=1):
        events = np.where(np.isfinite(high), np.where(causes == cause, 1, 2), 0)
        theirs = AalenJohansenFitter(calculate_variance=False).fit(low, events, event_of_interest=1)
        curve = theirs.cumulative_density_.iloc[:, 0]
        assert found.filter(pl.col("cause") == cause)["incidence"].to_numpy() == pytest.approx(
            [curve.loc[:day].iloc[-1] for day in at], abs=1e-9
        ), code
    gone = 1 - product_limit(durations(low, high), at)
    assert found.group_by("day").agg(pl.col("incidence").sum()).sort("day")["incidence"].to_numpy() == pytest.approx(
        gone
    )


def test_bands_draw_whole_clusters_again() -> None:
    random = np.random.default_rng(7)
    own = random.exponential(100, 30)
    # Ten alike in each of thirty clusters are worth thirty, not three hundred.
    days = np.repeat(own, 10)
    alike = fit_spells(durations(days, days, cluster=np.repeat(np.arange(30), 10)), laws=["exponential"], days=[100])
    apart = fit_spells(durations(days, days), laws=["exponential"], days=[100])
    width = [found.table["law_high"][0] - found.table["law_low"][0] for found in (alike, apart)]
    assert width[0] / width[1] == pytest.approx(math.sqrt(10), rel=0.3)


def test_fewer_than_six_clusters_give_no_band() -> None:
    days = np.arange(1.0, 51)
    found = fit_spells(durations(days, days, cluster=np.arange(50) % 5), laws=["exponential"], days=[10])
    assert "cluster_low" not in found.table.columns
    assert found.best is not None
    assert found.best.bands == {}


# ---------------------------------------------------------------- the record


def shipped(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"_fit_{name}", ROOT / "models" / "record" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TENURE = shipped("leader_tenure")


@with_data
def test_the_shipped_tables_of_leaders_are_what_a_fit_of_the_record_gives() -> None:
    found = fit(
        SHARED / "leader_spells.csv", "tenure_days", "observed", by="regime_at_entry", where=["entered>=1946"],
        laws=["life table"], knots=TENURE.KNOTS, resamples=0,
    )  # fmt: skip
    by_regime = {group.group: group for group in found.groups}
    assert tuple(len(by_regime[regime].spells.low) for regime in TENURE.REGIMES) == TENURE.SPELLS
    for regime, hazards in zip(TENURE.REGIMES, TENURE.HAZARDS, strict=True):
        best = by_regime[regime].best
        assert best is not None
        assert [float(f"{hazard:.7g}") for hazard in best.parameters.values()] == list(hazards)
    assert found.record.left_out[0].why == "without regime_at_entry"


@with_data
def test_agreements_are_fitted_as_the_evidence_says() -> None:
    found = fit(SHARED / "peace_agreements_1975_1999.csv", "duration_days", "ended", cluster="process_id", resamples=0)
    laws = {law.law: law for law in found.groups[0].laws}
    # Akaike's criterion in log years, as it was published; ours counts days.
    aic = {name: law.aic - 2 * 77 * math.log(YEAR) for name, law in laws.items()}
    assert aic["lognormal"] == pytest.approx(422, abs=0.7)
    assert aic["weibull"] == pytest.approx(434, abs=0.7)
    assert aic["exponential"] == pytest.approx(518, abs=0.7)
    assert aic["mixture"] == pytest.approx(410.5, abs=0.2)
    assert math.log(laws["lognormal"].parameters["median"] / YEAR) == pytest.approx(2.41, abs=0.01)
    assert laws["lognormal"].parameters["sigma"] == pytest.approx(3.25, abs=0.01)
    assert laws["weibull"].parameters["shape"] == pytest.approx(0.45, abs=0.005)
    two = laws["mixture"].parameters
    assert (two["share"], two["fast"] * YEAR, two["slow"] * YEAR) == pytest.approx((0.27, 2.75, 0.031), rel=0.02)
    assert found.groups[0].best is not None
    assert found.groups[0].best.law == "mixture"


@with_data
@pytest.mark.parametrize(
    ("name", "duration", "event", "shares"),
    [
        ("peace_agreements_1975_1999.csv", "duration_days", "ended", [0.938, 0.855, 0.793, 0.724, 0.691, 0.599, 0.556]),
        ("ceasefires_1948_1999.csv", "duration_days", "failed", [0.987, 0.910, 0.845, 0.779, 0.705, 0.550, 0.495]),
    ],
)
def test_survival_is_as_the_evidence_says(name: str, duration: str, event: str, shares: list[float]) -> None:
    found = fit(SHARED / name, duration, event, laws=["exponential"], resamples=0)
    assert found.groups[0].table["survival"].to_list() == pytest.approx(shares, abs=0.0011)


@pytest.fixture(scope="module")
def leaders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Spells of real leaders that lifelines carries."""
    file = tmp_path_factory.mktemp("leaders") / "leaders.csv"
    frame = load_dd()[["ctryname", "democracy", "duration", "observed", "start_year"]]
    file.write_text(frame.to_csv(index=False), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def fitted(leaders: Path) -> FittedFile:
    return fit(
        leaders, "duration", "observed", unit="years", by="democracy", cluster="ctryname", start="start_year",
        resamples=20, dated=datetime.date(2020, 1, 2),
    )  # fmt: skip


def test_real_leaders_are_as_many_and_stay_as_long_as_lifelines_says(fitted: FittedFile) -> None:
    frame = load_dd()
    for group in fitted.groups:
        own = frame[frame["democracy"] == group.group]
        assert (len(group.spells.low), group.spells.events) == (len(own), own["observed"].sum())
        theirs = KaplanMeierFitter().fit(own["duration"] * YEAR, own["observed"])
        expected = theirs.survival_function_at_times(group.table["day"].to_numpy()).to_numpy()
        assert group.table["survival"].to_numpy() == pytest.approx(expected, abs=1e-9)


def test_a_life_table_of_real_leaders_is_ends_by_days_in_office(fitted: FittedFile) -> None:
    frame = load_dd()
    for group in fitted.groups:
        own = frame[frame["democracy"] == group.group]
        (law,) = [law for law in group.laws if law.law == "life table"]
        expected = life_table(own["duration"] * YEAR, own["observed"], law.knots)
        assert list(law.parameters.values()) == pytest.approx(expected.hazards, rel=1e-9)


def test_bands_of_real_leaders_hold_the_estimate(fitted: FittedFile) -> None:
    for group in fitted.groups:
        table = group.table
        assert ((table["cluster_low"] <= table["survival"]) & (table["survival"] <= table["cluster_high"])).all()
        assert group.best is not None
        for name, (low, high) in group.best.bands.items():
            assert low <= group.best.parameters[name] * 1.05
            assert high >= group.best.parameters[name] * 0.95


def test_the_start_may_be_a_date_or_the_day_on_which_a_spell_was_met(leaders: Path, tmp_path: Path) -> None:
    file = tmp_path / "met.csv"
    file.write_text("days,ended,met\n10.5,1,4.5\n25.5,0,0\n40.5,1,30.5\n", encoding="utf-8")
    late = fit(file, "days", "ended", start="met", laws=["exponential"], resamples=0).groups[0]
    assert late.spells.entry.tolist() == [4.5, 0.0, 30.5]
    assert late.best is not None
    assert late.best.parameters["rate"] == pytest.approx(2 / (6 + 25.5 + 10), rel=1e-6)


# ---------------------------------------------------------------- for a config


def test_the_lines_for_a_config_say_where_the_law_comes_from(fitted: FittedFile) -> None:
    for group, text in fitted.snippets("succession").items():
        table = tomllib.loads(text)["laws"]["succession"]
        told = table["fitted"]
        assert (told["file"], told["group"], told["dated"]) == ("leaders.csv", group, datetime.date(2020, 1, 2))
        assert (told["sha256"], told["spells"]) == (
            fitted.file.sha256,
            {"Democracy": 1187, "Non-democracy": 621}[group],
        )


@pytest.mark.parametrize("law", ["exponential", "weibull", "lognormal", "mixture", "life table"])
def test_a_config_lives_by_the_lines_that_were_printed(
    leaders: Path, law: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = fit(leaders, "duration", "observed", unit="years", laws=[law], resamples=0)
    best = found.groups[0].best
    assert best is not None
    shutil.copytree(Path(__file__).parent / "toy", tmp_path / "toy", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.chdir(tmp_path / "toy")
    mechanism = Path("models/mechanisms/succession.py")
    text = mechanism.read_text("utf-8").replace("weibull(1.5),", "weibull(1.5), takes_law=True,")
    mechanism.write_text(text, encoding="utf-8")
    config = Path("configs/x.toml")
    head = 'model = "talks"\nhorizon = "2 years"\nreplications = 1\nseed = 7\n[cadences.silence]\n'
    config.write_text(head + found.snippets("handover")[""], encoding="utf-8")
    ((clock, given),) = load(config).arms[0].laws
    from timeline.model.laws import lifetime

    lives = np.sort([lifetime(given, u, given.first, given.second, 0.0) for u in (np.arange(999) + 0.5) / 999])
    assert clock == "handover"
    # The lifetimes' own shares are the law's, whatever way luck is turned into them.
    assert best.survival(lives) == pytest.approx(1 - (np.arange(999) + 0.5) / 999, abs=2e-3)


# ---------------------------------------------------------------- what cannot be


def write(folder: Path, text: str) -> Path:
    file = folder / "spells.csv"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("days,ended\n-5,1\n9,1\n", "row 1: days: given -5, expected a number of days from 0 on"),
        ("days,ended\n9999999,1\n9,1\n", "row 1: days: given 9999999, expected at most 3,652,500"),
        ("days,ended\n9,2\n9,1\n", "row 1: ended: given 2, expected 1 (ended) or 0 (not ended)"),
        ("days,ended\n9,0\n8,0\n", "none of its 2 spells has ended, expected at least one"),
        ("days,ended\n,\n,\n", "no spell is left of 2 rows, expected at least one (2 left out: does not say whether"),
        ("day,ended\n9,1\n", "no column 'days', expected one of day, ended; did you mean \"day\"?"),
        ("", "is empty"),
    ],
)
def test_a_file_that_cannot_be_fitted_is_refused_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        fit(write(tmp_path, text), "days", "ended")
    assert said in str(caught.value)
    assert caught.value.exit_code == 2


def test_odd_rows_are_left_out_and_listed_where_that_is_asked_for(tmp_path: Path) -> None:
    found = fit(write(tmp_path, "days,ended\n-5,1\n9,1\n7,0\n"), "days", "ended", leave_out_odd=True, resamples=0)
    assert [(left.why, left.rows) for left in found.record.left_out] == [("a cell that cannot be", (1,))]
    assert "left out: 1 row, a cell that cannot be" in found.choices


def test_one_end_gives_one_law_and_says_why_no_other(tmp_path: Path) -> None:
    found = fit(write(tmp_path, "days,ended\n5,1\n9,0\n7,0\n"), "days", "ended", resamples=0).groups[0]
    assert {law.law for law in found.laws} == {"exponential", "life table"}
    assert found.refused["weibull"] == "its 2 parameters need ends on 2 different days, and there are 1"


def test_spells_of_no_days_are_fitted_like_others(tmp_path: Path) -> None:
    found = fit(write(tmp_path, "days,ended\n0,1\n0,1\n3,1\n9,1\n5,0\n"), "days", "ended", resamples=0).groups[0]
    assert (len(found.spells.low), found.spells.events) == (5, 4)
    assert {law.law for law in found.laws} >= {"exponential", "weibull", "lognormal"}


def test_a_group_in_which_nothing_has_ended_is_told_and_the_others_are_fitted(tmp_path: Path) -> None:
    text = "days,ended,kind\n5,1,a\n9,1,a\n7,0,b\n8,0,b\n9,1,\n"
    found = fit(write(tmp_path, text), "days", "ended", by="kind", laws=["exponential"], resamples=0)
    assert [(group.group, group.best is None, dict(group.refused)) for group in found.groups] == [
        ("a", False, {}), ("b", True, {"exponential": "none of the spells has ended"}),
    ]  # fmt: skip
    assert [(left.why, left.rows) for left in found.record.left_out] == [("without kind", (5,))]


def test_too_many_groups_are_refused(tmp_path: Path) -> None:
    rows = "".join(f"5,1,{k}\n" for k in range(60))
    with pytest.raises(ConfigError, match="kind: given 60 different groups, expected at most 50"):
        fit(write(tmp_path, f"days,ended,kind\n{rows}"), "days", "ended", by="kind")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"laws": ["gompertz"]}, "--law: given 'gompertz', expected one of exponential"),
        ({"where": ["nonsense"]}, "--where: given 'nonsense', expected a column, a sign and a value"),
        ({"event": None}, "given one of --duration and --event, expected both"),
        ({"start": "days", "duration": None, "event": None}, "given --start without --duration and --event"),
        ({"knots": [0, 99], "laws": ["life table"]}, ""),
    ],
)
def test_options_that_cannot_be_are_refused(tmp_path: Path, options: dict[str, object], said: str) -> None:
    given: dict[str, object] = {"duration": "days", "event": "ended", "resamples": 0, **options}
    file = write(tmp_path, "days,ended\n5,1\n9,1\n")
    if said:
        with pytest.raises(ConfigError) as caught:
            fit(file, **given)  # type: ignore[arg-type]
        assert said in str(caught.value)
    else:
        refused = fit(file, **given).groups[0].refused  # type: ignore[arg-type]
        assert "given a knot at day 99, expected spells that last longer" in refused["life table"]


def test_a_mapping_file_or_a_publishers_layout_names_the_columns(tmp_path: Path) -> None:
    rows = "".join(f"{k},1990-01-{k:02d},{k % 3 > 0:d},199{k % 3}-06-01,{k % 4}\n" for k in range(1, 25))
    file = write(tmp_path, f"paid,pa_date,ended,duration,conflict_id\n{rows}")
    known = fit(file, laws=["exponential"], resamples=0)
    assert "Pettersson" in known.snippets()[""]
    mapping = tmp_path / "m.toml"
    mapping.write_text('start = "pa_date"\nend = "duration"\nended = "ended"\nuntil = 1992-12-31\n', encoding="utf-8")
    mapped = fit(file, mapping=mapping, laws=["exponential"], resamples=0)
    assert mapped.groups[0].best is not None
    assert known.groups[0].best is not None
    assert mapped.groups[0].best.parameters == known.groups[0].best.parameters
    with pytest.raises(ConfigError, match="given both --map and --duration"):
        fit(file, "duration", "ended", mapping=mapping)


# ---------------------------------------------------------------- the command


def test_the_command_prints_laws_and_lines_for_a_config(leaders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = (
        "--duration",
        "duration",
        "--event",
        "observed",
        "--unit",
        "years",
        "--by",
        "democracy",
        "--law",
        "weibull",
    )
    with pytest.raises(SystemExit) as ended:
        main(["fit", str(leaders), *words, "--resamples", "0", "--dated", "2020-01-02", "--clock", "succession"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert "Democracy: 1,187 spells, 1,027 ended" in said
    assert "[laws.succession]" in said
    assert "dated = 2020-01-02" in said


def test_the_command_prints_json_without_anything_that_is_no_number(
    leaders: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["fit", str(leaders), "--duration", "duration", "--event", "observed", "--resamples", "8", "--json"])
    told = json.loads(capsys.readouterr().out, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))
    assert told["groups"][0]["laws"][0]["aic"] < told["groups"][0]["laws"][-1]["aic"]
    assert told["groups"][0]["snippet"].startswith("[laws.CLOCK]")


def test_the_figure_shows_each_group(fitted: FittedFile, tmp_path: Path) -> None:
    file = fitted.draw(tmp_path / "leaders.svg")
    assert file.read_text("utf-8").count("<svg") == 1
    assert [ax.get_title(loc="left").partition(",")[0] for ax in fitted.figure().axes] == ["Democracy", "Non-democracy"]
    with pytest.raises(ConfigError, match=r"expected a name that ends in \.png, \.svg or \.pdf"):
        fitted.draw(tmp_path / "leaders.gif")


def test_names_that_could_be_formulas_or_steer_a_terminal_are_shown_as_text(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(tmp_path, "days,ended,kind\n5,1,a$\\q$b\n9,1,\x1b[31mred\n")
    fit(file, "days", "ended", by="kind", laws=["exponential"], resamples=0).draw(tmp_path / "x.svg")
    with pytest.raises(SystemExit):
        main(["fit", str(file), "--duration", "days", "--event", "ended", "--by", "kind", "--resamples", "0"])
    said = capsys.readouterr().out
    assert "\x1b" not in said
    assert all(tomllib.loads(part) for part in said.split("The best law, for a config:\n\n")[1].split("\n\n\n")[:1])


def test_spells_know_how_many_clusters_they_are() -> None:
    spells: Durations = durations([1, 2, 3], [1, 2, OPEN], cluster=["a", "b", "a"])
    assert (spells.clusters, spells.events) == (2, 2)
