"""Net contrasts: what two settings of a whole model make of a crisis, and what is said of it."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from enum import IntEnum
from functools import cache
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from bs4 import BeautifulSoup
from click.testing import CliRunner

from timeline.cli import timeline as command
from timeline.engines.world import Injection
from timeline.errors import ModelError
from timeline.model.declarations import Clock, Mechanism, Model, unmet_needs
from timeline.model.endpoints import Endpoints
from timeline.model.laws import fixed
from timeline.model.records import Field, Lever, Parameter, Parameters, Record, leaves
from timeline.pages.examination import Examined, render
from timeline.pages.net import essays_page, net_caption, net_row
from timeline.validation import net as module
from timeline.validation.claims import Setting, at_end, in_force, kept, load_claims, pattern
from timeline.validation.net import Net, NetMeasure, NetVerdict, check_net, contrasts, net_rows
from timeline.validation.pairs import SEED, Effect
from timeline.workspace import Workspace

ROOT = Path(__file__).resolve().parents[1]
WORKSPACE = Workspace(ROOT)
YEAR = 365.25


# A toy in which everything is known: a deal is signed on a day, and fails so long after with a chance


class Outcome(IntEnum):
    OPEN = 0
    FAILED = 1


class State(Record):
    day = Field(0.0, "days since the start")
    outcome = Field(Outcome.OPEN, "how it ended")
    signed_day = Field(math.nan, "signature")
    weighed = Field(False, "the danger has passed, one way or the other")
    hostility = Field(0.5, "hostility", index=True)


class Deal(Parameters):
    signing = Parameter(
        1.0, "time to signature", unit="years", plausible=(0.1, 20.0), evidence="judgement", source="invented"
    )


class Trouble(Parameters):
    after = Parameter(
        2.0,
        "time from signature to danger",
        unit="years",
        plausible=(0.1, 20.0),
        evidence="judgement",
        source="invented",
    )
    chance = Parameter(
        0.4, "chance that it fails", unit="share", plausible=(0.0, 1.0), evidence="judgement", source="invented"
    )


class Telling(Record):
    calms = Lever(0.0, "hostility that the signature takes away", unit="share")
    warns = Lever(False, "says nothing", needs="trouble")


def unsigned(s: Any) -> float:
    return 1.0 if math.isnan(s.signed_day) else 0.0


def sign(s: Any, p: Any) -> None:
    s.signed_day = s.day
    s.hostility = max(0.0, s.hostility - p.cadence.calms)


def in_danger(s: Any) -> float:
    return 0.0 if math.isnan(s.signed_day) or s.weighed else 1.0


def weigh(s: Any, p: Any, u: Any) -> None:
    s.weighed = True
    if u[0] < p.trouble.chance:
        s.outcome = Outcome.FAILED


TOY = Model(
    "deal",
    "A deal",
    State,
    (
        Mechanism("deal", (Clock("signature", unsigned, sign, fixed(lambda p: p.deal.signing)),), parameters=Deal),
        Mechanism(
            "trouble",
            (Clock("danger", in_danger, weigh, fixed(lambda p: p.trouble.after), uniforms=1),),
            parameters=Trouble,
            needs=("deal",),
        ),
    ),
    Outcome.OPEN,
    levers=Telling,
    check_levers=lambda cadence: ["calms too much"] if cadence.calms > 0.9 else [],
    endpoints=Endpoints(
        phases=(("talks", None), ("signed", "signed_day")),
        failures=("failed",),
        safe=(),
        cause=None,
        accord=None,
        half_verified=None,
        fragile=None,
    ),
)
MEASURES = (
    NetMeasure("in force", in_force()),
    NetMeasure("kept", kept(5)),
    NetMeasure("hostility", at_end("hostility", words="hostility at the end"), "lower"),
)
CALM = Setting("as it is")
PAIRS = 400


def row(turned: Mapping[str, object] | Setting, base: Mapping[str, object] | Setting = CALM, **more: Any) -> Net:
    one, other = (
        given if isinstance(given, Setting) else Setting(name, given)
        for given, name in ((base, "base"), (turned, "turned"))
    )
    return Net("deal", "It matters.", "S0", one, other, **more)


def verdict(*given: Any, **more: Any) -> NetVerdict:
    (found,) = contrasts(TOY, [row(*given, **more)], MEASURES, PAIRS)
    return found


def found_of(main: Effect, expects: Any = "", better: Any = "higher") -> NetVerdict:
    return NetVerdict(row({"trouble.chance": 0.1}, expects=expects), {"in force": main}, better)


# The four measures, in closed form


def test_in_force_is_the_share_of_all_that_sign_and_have_not_failed() -> None:
    effect = verdict({"trouble.chance": 0.0}, {"trouble.chance": 1.0}).effects["in force"]
    assert (effect.low, effect.high, effect.difference) == (0.0, 1.0, 1.0)


def test_a_timeline_that_never_signs_is_not_in_force() -> None:
    effect = verdict({"deal.signing": "16 years"}, {"trouble.chance": 0.0}).effects["in force"]
    assert (effect.low, effect.high) == (1.0, 0.0)


def test_kept_looks_at_five_years_after_signature_and_not_at_the_end() -> None:
    sure = {"trouble.chance": 1.0}
    effects = verdict(sure | {"trouble.after": "6 years"}, sure | {"trouble.after": "4 years"}).effects
    assert (effects["kept"].low, effects["kept"].high) == (0.0, 1.0)
    assert (effects["in force"].low, effects["in force"].high) == (0.0, 0.0)


def test_a_deal_that_fails_on_the_fifth_anniversary_is_not_kept() -> None:
    assert verdict({"trouble.chance": 1.0, "trouble.after": "5 years"}).effects["kept"].high == 0.0


def test_agreements_signed_too_late_to_be_followed_do_not_count_as_kept() -> None:
    found = verdict({"deal.signing": "11 years"}, {"trouble.chance": 0.0}, main="kept")
    assert found.main.low == 1.0
    assert math.isnan(found.main.high)
    assert (found.word, found.settled) == ("no effect", False)


def test_the_error_is_that_of_the_pairs_so_that_common_luck_cancels() -> None:
    """A pair differs if its draw lies between the two chances: a share d of all, with the error of a share."""
    effect = verdict({"trouble.chance": 0.3}, {"trouble.chance": 0.5}).effects["in force"]
    d = effect.differing / PAIRS
    assert effect.difference == pytest.approx(d)
    assert d == pytest.approx(0.2, abs=0.08)
    assert effect.se == pytest.approx(math.sqrt(d * (1 - d) / (PAIRS - 1)))


def test_a_final_index_is_compared_too() -> None:
    effect = verdict({"cadence.calms": 0.2}).effects["hostility"]
    assert (effect.low, effect.high, effect.difference) == pytest.approx((0.5, 0.3, -0.2))


# What may be set


def test_a_mechanism_can_be_switched_off() -> None:
    off = verdict(Setting("safe", without=("trouble",)), {"trouble.chance": 1.0})
    assert off.effects["in force"].high == 1.0
    assert off.row.switches == {"trouble"}


def test_an_event_can_be_forced() -> None:
    """The danger comes a year after signature and once more: the first is forced, and decides."""
    forced = Setting("forced", {"trouble.chance": 1.0}, injections=(Injection("danger", YEAR, "signed_day"),))
    late = {"trouble.chance": 1.0, "trouble.after": "14 years"}
    effect = verdict(replace(forced, given=late), late).effects["in force"]
    assert (effect.low, effect.high) == (1.0, 0.0)


def test_a_row_knows_what_its_settings_differ_in() -> None:
    differing = row({"trouble.chance": 0.1, "cadence.calms": 0.2}, {"trouble.chance": 0.1, "deal.signing": "2 years"})
    assert differing.turns == {"cadence.calms", "deal.signing"}


def test_a_setting_that_rows_share_is_played_once(monkeypatch: pytest.MonkeyPatch) -> None:
    played = []

    def noted(*given: Any, **more: Any) -> Any:
        played.append(given[1])
        return play(*given, **more)

    play = module.play_observed
    monkeypatch.setattr(module, "play_observed", noted)
    usual = {"trouble.chance": 0.4}  # the default, said aloud
    assert (
        len(list(contrasts(TOY, [row({"cadence.calms": 0.1}), row({"cadence.calms": 0.2}, usual)], MEASURES, 10))) == 2
    )
    assert len(played) == 3


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (row({"trouble.chance": 0.1}, main="peace"), 'main "peace" given, expected one of in force, kept, hostility'),
        (row({"trouble.chanse": 0.1}), 'no parameter and no lever of the model; did you mean "trouble.chance"'),
        (row({"trouble.chance": 2.0}), "trouble.chance"),
        (row({"cadence.calms": 0.95}), "turned: calms too much"),
        (row(Setting("bare", without=("deal",))), 'without "deal" given, but "trouble" needs it'),
        (row(Setting("bare", without=("del",))), "has no such mechanism"),
        (row(Setting("bare", {"cadence.warns": True}, ("trouble",))), 'needs "trouble", which is absent'),
        (row(Setting("late", injections=(Injection("dangr", 1.0),))), "dangr"),
        (row({"trouble.chance": 0.4}), "both settings are the same, expected two"),
    ],
)
def test_a_row_that_cannot_be_played_is_refused(made: Net, words: str) -> None:
    with pytest.raises(ModelError, match=words):
        check_net(TOY, made, MEASURES)


def test_a_model_without_agreements_has_none_in_force() -> None:
    queue = replace(TOY, endpoints=None)
    with pytest.raises(ModelError, match='signs no agreement, so nothing is "in force at the end"'):
        check_net(queue, row({"trouble.chance": 0.1}), MEASURES)


def test_rows_without_measures_are_refused() -> None:
    declared = SimpleNamespace(NET=(row({"trouble.chance": 0.1}),), NET_MEASURES={"deals": MEASURES})
    with pytest.raises(ModelError, match='NET_MEASURES has no entry "deal"; did you mean "deals"'):
        net_rows(declared, "deal")


def test_rows_are_told_by_essay_and_then_as_they_stand() -> None:
    rows = [replace(row({}), essay=essay, says=says) for essay, says in (("S2", "A."), ("S0", "B."), ("S0", "A."))]
    found, _ = net_rows(SimpleNamespace(NET=rows, NET_MEASURES={"deal": MEASURES}), "deal")
    assert [(each.essay, each.says) for each in found] == [("S0", "B."), ("S0", "A."), ("S2", "A.")]


# The verdict

UP = Effect(0.5, 0.6, 0.1, 0.01, 1000, 100)
DOWN = Effect(0.6, 0.5, -0.1, 0.01, 1000, 100)
FAINT = Effect(0.5, 0.52, 0.02, 0.005, 1000, 20)


@pytest.mark.parametrize(
    ("effect", "expects", "better", "word"),
    [
        (UP, "helps", "higher", "helps"),
        (UP, "helps", "lower", "reverses the essay"),
        (UP, "hurts", "lower", "hurts"),
        (DOWN, "hurts", "higher", "hurts"),
        (DOWN, "helps", "higher", "reverses the essay"),
        (DOWN, "helps", "lower", "helps"),
        (DOWN, "", "higher", "hurts"),
        (FAINT, "helps", "higher", "no effect"),
        (FAINT, "hurts", "higher", "no effect"),
    ],
)
def test_the_verdict_follows_from_the_main_measure_and_what_the_essay_expects(
    effect: Effect, expects: str, better: str, word: str
) -> None:
    assert found_of(effect, expects, better).word == word


def test_what_differs_alike_in_every_pair_is_no_chance() -> None:
    assert found_of(Effect(0.0, 1.0, 1.0, 0.0, 100, 100), "helps").word == "helps"


@pytest.mark.parametrize(
    ("difference", "se", "settled"), [(0.0, 0.004, True), (0.004, 0.004, False), (0.0, 0.006, False), (0.0, 0.0, True)]
)
def test_an_effect_is_excluded_if_the_interval_leaves_no_room_for_a_point(
    difference: float, se: float, settled: bool
) -> None:
    assert found_of(Effect(0.5, 0.5 + difference, difference, se, 1000, 10)).settled is settled


# As text


def test_a_row_says_differences_in_points_with_their_intervals() -> None:
    told = net_row(found_of(UP, "helps"))
    assert (told.main.difference, told.main.interval, told.verdict) == ("+10.00", "+8.04 to +11.96", "helps")


def test_a_row_says_whether_an_effect_is_excluded() -> None:
    assert net_row(found_of(Effect(0.5, 0.5, 0.0, 0.001, 1000, 10))).verdict == "no effect, to within a point"
    assert net_row(found_of(FAINT)).verdict == "no effect found"


def some() -> list[NetVerdict]:
    effects = {"in force": UP, "kept": FAINT, "hostility": DOWN}
    return [
        NetVerdict(row({"trouble.chance": 0.1}, expects="helps", answers=("one",)), effects, "higher"),
        NetVerdict(row({"trouble.chance": 0.2}, expects="hurts", answers=("two",)), effects, "higher"),
        NetVerdict(row({"trouble.chance": 0.3}, main="kept"), effects, "higher"),
        NetVerdict(row({"trouble.chance": 0.3}, main="hostility", expects="helps", note="Odd."), effects, "lower"),
    ]


def test_the_caption_counts_what_helps_hurts_does_nothing_and_reverses_the_essay() -> None:
    said = net_caption(some(), MEASURES, 8000)
    assert said.startswith(
        "Of 4 net contrasts, 2 help, 0 hurt, 1 show no effect, 0 of them to within a point, and 1 go against what the "
        "essay says."
    )
    assert "chance alone (Monte Carlo error)" in said
    assert "at its default" in said


def test_the_page_has_the_table_with_the_caption_and_marks_what_reverses_the_essay() -> None:
    shown = Examined(TOY, contrasts=tuple(some()), measures=MEASURES)
    page = BeautifulSoup(render(shown, "again"), "html.parser")
    rows = page.select("#net tbody tr")
    assert [each["class"] for each in rows] == [["agrees"], ["reverses"], ["agrees"], ["agrees"]]
    assert [each.strong.get_text() for each in rows] == ["+10.00", "+10.00", "+2.00", "−10.00"]
    assert "Odd." in rows[3].get_text()
    assert "2 help" in page.select_one("#net caption").get_text()  # type: ignore[union-attr]
    assert page.select_one('nav a[href="#net"]') is not None


def test_a_page_without_net_contrasts_has_no_such_section() -> None:
    assert 'id="net"' not in render(Examined(TOY), "again")


def test_the_terminal_aligns_the_rows(capsys: pytest.CaptureFixture[str]) -> None:
    from timeline.cli.examine import _print_contrasts
    from timeline.front.examining import Examination

    shown = Examined(TOY, contrasts=tuple(some()), measures=MEASURES)
    _print_contrasts(Examination(WORKSPACE, shown, None))
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("S0")]
    assert lines == [
        "S0  It matters  in force   +10.00  +8.04 to +11.96  helps",
        "S0  It matters  in force   +10.00  +8.04 to +11.96  reverses the essay",
        "S0  It matters  kept        +2.00   +1.02 to +2.98  no effect found",
        "S0  It matters  hostility  −10.00  −11.96 to −8.04  helps",
    ]


def test_the_command_wants_a_model_or_the_essays() -> None:
    for words in (["examine"], ["examine", "backchannel", "--essays"]):
        said = CliRunner().invoke(command, words)
        assert said.exit_code == 2
        assert "expected either MODEL or --essays" in said.output


READING = {"one": ("S0", "One."), "two": ("S1", "Two.")}


def test_the_page_of_the_essays_has_a_figure_and_a_verdict_for_every_claim() -> None:
    page = essays_page(some(), READING, {"S0": "backchannels"}, 8000, "again")
    assert (
        "| S0 | One. | It matters. *turned* against *as it is* (`deal`) | in force | +10.00 (+8.04 to +11.96) | helps |"
        in page
    )
    assert "| S1 | Two. |" in page
    assert "can go against the essay: 1 of 2 do (50%)." in page


def test_the_page_of_the_essays_leaves_no_claim_out() -> None:
    with pytest.raises(ModelError, match='no net contrast answers the claim "three"'):
        essays_page(some(), READING | {"three": ("S2", "Three.")}, {}, 8000, "again")
    with pytest.raises(ModelError, match='answers "two", which is no claim of READING'):
        essays_page(some(), {"one": READING["one"]}, {}, 8000, "again")


# The shipped rows


def declared() -> ModuleType:
    found = load_claims(WORKSPACE, "backchannel")
    assert found is not None
    return found


NET: tuple[Net, ...] = declared().NET
MODELS = sorted({each.model for each in NET})


@cache
def shipped(name: str) -> Model:
    return WORKSPACE.load(name)


@pytest.mark.parametrize("made", NET, ids=lambda made: f"{made.model} {made.says}")
def test_a_shipped_row_can_be_played(made: Net) -> None:
    check_net(shipped(made.model), made, declared().NET_MEASURES[made.model])


def test_a_shipped_row_is_a_sentence_of_its_own_with_an_essay() -> None:
    assert [key for key, count in Counter((each.model, each.says) for each in NET).items() if count > 1] == []
    for each in NET:
        assert each.says[0].isupper()
        assert each.says.endswith(".")
        assert set(each.essay.split(", ")) <= set(declared().ESSAYS)
        assert not each.note or each.note.endswith(".")


def levers() -> list[str]:
    return [path for path, leaf in leaves(shipped("backchannel").parameters) if isinstance(leaf, Lever)]


@pytest.mark.parametrize("path", levers())
def test_every_lever_has_a_row_that_turns_it_and_nothing_else(path: str) -> None:
    alone = [each for each in NET if {pattern(turned) for turned in each.turns} == {path} and not each.switches]
    assert alone, f'write a row in models/claims.py, LEVERS, that turns "{path}" alone'


def test_every_occasion_and_every_choice_of_a_lever_is_set_in_some_row() -> None:
    for path, leaf in leaves(shipped("backchannel").parameters):
        if isinstance(leaf, Lever) and issubclass(leaf.kind, IntEnum):
            usual = {member.name.lower().replace("_", " ") for member in leaf.kind} - {
                leaf.kind(leaf.in_days).name.lower().replace("_", " ")
            }
            given = {
                str(each.turned.given.get(turned)) for each in NET for turned in each.turns if pattern(turned) == path
            }
            if path == "cadence.rules[].on":
                assert usual <= given, f"write rows in models/claims.py, LEVERS, for {path} = {usual - given}"
            else:
                assert usual & given


@pytest.mark.parametrize("name", MODELS)
def test_every_mechanism_has_a_row_with_it_and_without(name: str) -> None:
    switched = {mechanism for each in NET if each.model == name for mechanism in each.switches}
    model = shipped(name)
    # What others cannot do without is left out only with them.
    alone = {each.name for each in model.mechanisms if not unmet_needs(model, [each.name])}
    # What a model takes over whole from the backchannel has its rows there.
    taken = {each.name for each in shipped("backchannel").mechanisms} if name == "recurring" else set()
    missing = alone - switched - taken
    assert missing == set(), f"write entries in models/claims.py, STORIES, for {sorted(missing)}"
    assert {each.name for each in model.mechanisms} - switched - taken <= {"steps"}


def test_every_model_with_claims_has_rows_and_measures() -> None:
    assert set(MODELS) == {claim.model for claim in declared().CLAIMS} == set(declared().NET_MEASURES)


def test_every_claim_of_the_essays_has_a_row_and_every_row_answers_a_claim_that_is_there() -> None:
    answered = {name for each in NET for name in each.answers}
    assert answered == set(declared().READING)
    assert len(declared().READING) >= 40


# The page of the docs: figures are made by `timeline examine --essays`, which takes minutes

PAGE = ROOT / "docs" / "what-the-essays-claim.md"
CELLS = re.compile(
    r"^\| (?P<essay>[^|]*) \| (?P<claim>[^|]*) \| (?P<tested>[^|]+) \| (?P<measure>[^|]+) \| "
    r"(?P<difference>[+−]?[\d.]+) \((?P<low>[+−]?[\d.]+) to (?P<high>[+−]?[\d.]+)\) \| (?P<word>[^|]+) \|$",
    re.MULTILINE,
)


def table() -> list[dict[str, str]]:
    return [found.groupdict() for found in CELLS.finditer(PAGE.read_text(encoding="utf-8"))]


def test_the_docs_hold_every_claim_in_order_and_every_row_that_answers_it() -> None:
    rows = table()
    claims = [(each["essay"].strip(), each["claim"].strip()) for each in rows if each["claim"].strip()]
    assert claims == list(declared().READING.values()), "make it again: timeline examine --essays"
    answering = Counter(each.says for each in NET for _ in each.answers)
    told = Counter(says for each in rows for says in answering if each["tested"].startswith(f"{says} *"))
    assert told == answering, "make it again: timeline examine --essays"
    assert len(rows) == answering.total()


def test_the_docs_verdicts_follow_from_their_figures() -> None:
    for each in table():
        difference, low, high = (float(each[key].replace("−", "-")) for key in ("difference", "low", "high"))
        word = each["word"]
        errors = abs(difference) / ((high - low) / 2 / 1.96) if high > low else math.inf
        if word.startswith("no effect"):
            assert errors < 5.2, each
            assert (word == "no effect, to within a point") == (low > -1 and high < 1), each
        else:
            assert errors > 4.8, each
        if word in ("helps", "hurts"):
            assert (difference > 0) == ((word == "helps") == (each["measure"] not in ("hostility", "war"))), each


@pytest.mark.slow
def test_the_docs_are_what_the_command_makes(tmp_path: Path) -> None:
    made = tmp_path / "essays.md"
    said = CliRunner().invoke(command, ["examine", "--essays", "--workspace", str(ROOT), "--out", str(made), "--quiet"])
    assert said.exit_code == 0, said.output
    assert made.read_text(encoding="utf-8") == PAGE.read_text(encoding="utf-8")


def test_the_seed_of_the_docs_is_that_of_the_library() -> None:
    assert f"seed {SEED}" in PAGE.read_text(encoding="utf-8")
