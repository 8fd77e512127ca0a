"""A table-top exercise: what is decided takes effect now, moves nothing before, and is saved as a config."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from exercise_place import ROOT, SHIPPED, config, log_of, workspace

import timeline
from timeline.engines import compiled, reference
from timeline.errors import ConfigError, PathError, RunError
from timeline.exercise.end import many, same_luck, sentences
from timeline.exercise.indices import indices
from timeline.exercise.opening import Opened, Wanted, open_exercise
from timeline.exercise.pace import Pacer, parse_speed
from timeline.exercise.session import Session
from timeline.exercise.standing import stand
from timeline.exercise.table import UNWATCHED, TableTop
from timeline.exercise.terminal import TerminalGame
from timeline.playing.tasks import task_of, world_of

#: A crisis in which much happens.
REPLICATION = 12
UNILATERAL = {"content": "agreed", "share": 0.4, "voice": "unilateral"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a workspace whose models no test changes."""
    return workspace(tmp_path_factory.mktemp("home"))


@pytest.fixture
def place(home: Path, tmp_path: Path) -> Path:
    """Return a config of its own name."""
    return config(home, re.sub(r"\W", "-", tmp_path.name))


@pytest.fixture
def own_place(tmp_path: Path) -> Path:
    """Return a config in a workspace whose models may be changed."""
    return config(workspace(tmp_path, edited=True), "own")


def opened(path: Path, scenario: str | None = "no-drill", **wanted: object) -> Opened:
    return open_exercise(path, Wanted(scenario=scenario, replication=REPLICATION, **wanted))  # type: ignore[arg-type]


def table(path: Path, clock: Callable[[], float] = lambda: 0.0, count: int = 40) -> TableTop:
    return TableTop(opened(path), 30.0, clock, count=count)


def eventful(session: Session) -> Session:
    """Play a session with a leak, two reports and a succession in it."""
    session.advance(200)
    session.inject("leak", (0.8, 0.99))
    session.disclose(UNILATERAL)
    session.advance(420)
    session.disclose({"content": "framework only"})
    session.inject("succession[a]")
    return session


class Hand:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


# ---------------------------------------------------------------- the session


def test_a_session_without_decisions_tells_what_trace_tells(place: Path) -> None:
    session = opened(place).session
    session.advance(900)
    plain = timeline.load(place).trace("no-response", REPLICATION, "no-drill")
    assert session.events == [event for event in plain.told if event.day < 900]


def test_a_day_that_is_reached_has_not_begun(place: Path) -> None:
    session = opened(place).session
    first = int(session.step()[0].day)
    again = opened(place).session
    assert again.advance(first) == []
    assert len(again.advance(first + 1)) > 0


def test_what_is_decided_and_injected_comes_now_and_moves_nothing_before(place: Path) -> None:
    session = opened(place).session
    before = list(session.advance(200))
    found = session.inject("leak", (0.8, 0.99))
    assert (found[0].day, found[0].clock) == (200.0, "leak")
    assert found[0].sentence.endswith("(injected)")
    found = session.disclose(UNILATERAL)
    assert [(event.day, event.clock) for event in found if event.sentence] == [(201.0, "announcement[3]")]
    assert session.events[: len(before)] == before
    assert session.day == 202


def test_the_log_tells_the_same_timeline_event_for_event(place: Path) -> None:
    at = table(place)
    session = eventful(at.session)
    session.advance(session.setting.horizon)
    told = timeline.load(at.save()).trace("as-played", REPLICATION, "no-drill")
    assert list(told.told) == session.events[: len(told.told)]
    assert not any(event.sentence for event in session.events[len(told.told) :])
    assert told.ending == session.ending
    assert sum(event.sentence.endswith("(injected)") for event in told.told) == 2


def test_the_log_is_the_world_that_was_played(place: Path) -> None:
    at = table(place)
    session = eventful(at.session)
    study = timeline.load(at.save())
    of = world_of(task_of(study.experiment, study.arm("as-played", "no-drill")))
    assert (dict(of.given), of.injections) == (dict(session.world.given), session.world.injections)
    assert reference.rows(of, 11, 2).tobytes() == reference.rows(session.world, 11, 2).tobytes()


def test_both_engines_play_what_was_decided_alike() -> None:
    session = eventful(opened(SHIPPED).session)
    assert reference.rows(session.world, 0, 20).tobytes() == compiled.rows(session.world, 0, 20).tobytes()


def test_explain_reads_the_log(place: Path) -> None:
    at = table(place)
    eventful(at.session)
    told = timeline.load(at.save()).explain("as-played", "no-response", REPLICATION, scenario="no-drill")
    assert told.explanation.cadences == ("as-played", "no-response")


def test_an_exercise_that_is_resumed_stands_where_it_stood(place: Path) -> None:
    at = table(place)
    session = eventful(at.session)
    session.advance(500)
    path = at.save()
    again = open_exercise(path, Wanted())
    assert again.session.events == session.events
    assert (again.session.day, again.session.decisions, again.session.injected) == (
        500, session.decisions, session.injected,
    )  # fmt: skip
    assert again.notes == ()
    # And goes on alike, into the same file.
    for one in (session, again.session):
        one.disclose({"content": "carried out"})
        one.advance(800)
    assert again.session.events == session.events
    assert TableTop(again, 1.0).save() == path


def test_the_only_scenario_of_a_config_that_names_none_is_called_default(place: Path) -> None:
    plain = place.with_name("plain.toml")
    text = (ROOT / "configs" / "backchannel" / "cadence.toml").read_text("utf-8")
    plain.write_text(text.partition("\n[scenarios")[0] if "\n[scenarios" in text else text, "utf-8")
    at = TableTop(opened(plain, None), 1.0)
    at.advance(200)
    at.inject("succession[b]")
    log = at.save()
    assert "\n[[scenarios.default.inject]]\n" in log.read_text("utf-8")
    assert open_exercise(log, Wanted()).session.events == at.session.events


def test_a_cadence_goes_on_beneath_what_is_decided(place: Path) -> None:
    at = TableTop(opened(place, cadence="own-up-alone"), 1.0)
    at.advance(200)
    at.inject("leak", (0.8, 0.99))
    assert any(event.clock == "announcement[0]" for event in at.session.events)
    at.disclose(UNILATERAL)
    log = at.save()
    assert 'stands_on = "own-up-alone"' in log.read_text("utf-8")
    assert open_exercise(log, Wanted()).session.events == at.session.events


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"share": 1.4}, "share: given 1.4, expected a share, between 0 and 1"),
        ({"share": -1}, "share: given -1, expected a share, between 0 and 1"),
        ({"share": "much"}, 'share: given "much", expected a share'),
        ({"share": 0}, "share: given 0, expected 0.01 or more"),
        ({"content": "agreeed"}, 'content: given "agreeed", expected one of .* did you mean "agreed"'),
        ({"contents": "agreed"}, 'contents: given "agreed", but there is no such choice; .* did you mean "content"'),
        ({"day": "3 days"}, "day: given .* but there is no such choice"),
    ],
)
def test_a_report_that_is_not_possible_is_refused_and_changes_nothing(
    place: Path, given: dict[str, object], said: str
) -> None:
    session = opened(place).session
    session.advance(100)
    before = list(session.events)
    with pytest.raises(ConfigError, match=said):
        session.disclose(given)
    assert (session.events, session.day, session.decisions) == (before, 100, ())


@pytest.mark.parametrize(
    ("clock", "luck", "said"),
    [
        ("leek", (), 'clock: given "leek", expected a clock of model "backchannel"; did you mean "leak"'),
        ("succession", (), r"expected one of its members: succession\[a\], succession\[b\]"),
        ("ratification[a]", (), "clock: given"),
        ("leak", (), 'clock: given "leak", which cannot happen now: its clock is paused; now can happen: .*'),
        ("announcement[3]", (), r"which carries out what is decided; let the participants decide"),
        ("attack", (0.5,) * 9, "luck: given 9 numbers, expected at most"),
        ("succession[a]", (1.5,), "luck: given 1.5, expected numbers between 0 and 1"),
    ],
)
def test_what_cannot_happen_now_is_refused_and_changes_nothing(
    place: Path, clock: str, luck: tuple[float, ...], said: str
) -> None:
    session = opened(place).session  # on the first day nothing is agreed that could leak
    with pytest.raises(ConfigError, match=said):
        session.inject(clock, luck)
    assert (session.day, session.injected) == (0, ())


def test_a_cadence_holds_so_many_reports_and_no_more(place: Path) -> None:
    session = opened(place).session
    for _ in range(16):
        session.disclose({"content": "agreed", "share": 0.01})
    with pytest.raises(ConfigError, match="16 reports decided on already, expected no more"):
        session.disclose({})


def test_nothing_is_told_or_injected_once_it_has_ended(place: Path) -> None:
    session = opened(place).session
    session.advance(session.setting.horizon)
    assert session.ended
    assert session.injectable == []
    for act in (lambda: session.disclose({}), lambda: session.inject("attack")):
        with pytest.raises(ConfigError, match=r"nothing can be (told|injected) any more: .* after"):
            act()


def test_indices_are_said_in_words_and_those_that_are_followed_come_first(place: Path) -> None:
    found = indices(opened(place).session)
    assert [(one.path, one.label) for one in found[:2]] == [
        ("trust", "Trust between the negotiating elites"),
        ("a.pressure", "Israel: public pressure against concessions"),
    ]
    assert found[0].word == "low"
    assert found[0].followed
    assert not found[-1].followed


@pytest.mark.slow
@pytest.mark.parametrize("luck", range(2))
@pytest.mark.parametrize(
    "name",
    [
        "backchannel/handover",
        "recurring/does-peace-come-back",
        "secret_pact/embed-hide-or-reveal",
        "track_two/flare-ups",
        "ceasefire/monitors",
        "cases/oslo-1993",
    ],
)
def test_whatever_is_decided_and_injected_the_log_tells_it_again(home: Path, name: str, luck: int) -> None:
    path = config(home, f"{name.replace('/', '-')}-{luck}")
    path.write_text((ROOT / "configs" / f"{name}.toml").read_text("utf-8"), "utf-8")
    rng = random.Random(luck)
    at = TableTop(open_exercise(path, Wanted(replication=rng.randrange(500))), 1.0)
    for _ in range(10):
        act = rng.random()
        with suppress(ConfigError):
            if act < 0.5:
                at.advance(at.session.day + rng.randrange(1, 300))
            elif act < 0.75 and at.session.injectable:
                at.inject(rng.choice(at.session.injectable).name)
            else:
                kinds = ("verified", "carried out", "agreed", "framework only")
                voices = ("joint", "notified", "unilateral")
                at.disclose({"content": rng.choice(kinds), "share": rng.random(), "voice": rng.choice(voices)})
    session = at.session
    log = at.save()
    again = open_exercise(log, Wanted()).session
    assert (again.events, again.day, again.decisions) == (session.events, session.day, session.decisions)
    study = timeline.load(log)
    played = study.experiment.played
    assert played is not None
    told = study.trace(played.cadence, played.replication, played.scenario).told
    assert list(told[: len(session.events)]) == session.events
    due = [event.day for event in session.events if event.clock == "report due[3]"]
    assert due == [decision.day for decision in session.decisions]


# ---------------------------------------------------------------- its files


def test_a_log_lies_beside_its_config_and_nothing_is_written_over(place: Path) -> None:
    taken = log_of(place)
    taken.parent.mkdir(exist_ok=True)
    taken.write_text("mine", "utf-8")
    at = table(place)
    at.advance(30)
    assert at.save() == log_of(place, 2)
    assert taken.read_text("utf-8") == "mine"
    with pytest.raises(PathError, match=r"--log: .* is there already; give a name that is free"):
        opened(place, log=taken)


def test_a_log_that_somebody_else_has_changed_is_left_to_them(place: Path) -> None:
    at = table(place)
    at.advance(30)
    first = at.save()
    first.write_text("theirs", "utf-8")
    at.advance(60)
    assert at.save() == log_of(place, 2)
    assert first.read_text("utf-8") == "theirs"


@pytest.mark.parametrize("name", ["../out.toml", "log.json", "a b.toml"])
def test_a_log_that_could_not_be_read_again_is_refused(place: Path, name: str) -> None:
    with pytest.raises(ConfigError, match=r"--log: given .*, expected"):
        opened(place, log=place.parents[1].joinpath(name))


def test_a_config_that_writes_its_cadences_on_one_line_is_refused_before_anything_is_played(place: Path) -> None:
    head, _, _ = place.read_text("utf-8").partition("[scenarios.no-drill]")
    place.write_text(head.replace('baseline     = "no-response"', "") + "\n[cadences]\nquiet = {}\n", "utf-8")
    opened(place, None)
    place.write_text("cadences = { quiet = {} }\n" + head.replace('baseline     = "no-response"', ""), "utf-8")
    with pytest.raises(ConfigError, match=r"could not be added to it; write its cadences as tables \[cadences.NAME\]"):
        opened(place, None)


def test_a_scenario_that_a_grid_makes_is_refused_before_anything_is_played() -> None:
    with pytest.raises(
        ConfigError, match=r"is made by \[grid\], and nothing can be injected into it alone; write it as"
    ):
        open_exercise(SHIPPED.with_name("when-silence-wins.toml"), Wanted())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("day = 202", "day = 99999"), "played.day: given 99999, expected no more than the horizon"),
        (("day = 202", "day = 150"), "played.day: given 150, but the log has an injection on day 200; expected"),
        (("injected = 1", "injected = 7"), "played.injected: given 7, expected at most 1"),
        (
            ('cadence = "as-played"', 'cadence = "as-plaid"'),
            'played.cadence: given "as-plaid", .* did you mean "as-played"',
        ),
        (("replication = 12", "replication = -3"), "played.replication: given -3, expected a whole number from 0"),
        (('day = "201 days"', 'day = "201.5 days"'), r"statements\[0\].day: given 201.5 days, expected whole days"),
        (("share = 0.4", "share = 4"), "share: given 4, expected a share, between 0 and 1"),
    ],
)
def test_a_log_that_was_edited_wrongly_is_refused_with_its_place(
    place: Path, change: tuple[str, str], said: str
) -> None:
    at = table(place)
    at.advance(200)
    at.inject("leak")
    at.disclose(UNILATERAL)
    log = at.save()
    text = log.read_text("utf-8")
    assert change[0] in text
    log.write_text(text.replace(*change), "utf-8")
    with pytest.raises(ConfigError, match=said):
        open_exercise(log, Wanted())


def test_a_log_says_itself_with_which_luck_it_goes_on(place: Path) -> None:
    at = table(place)
    at.advance(30)
    with pytest.raises(ConfigError, match="--replication: given 3 for the log of an exercise, which says it itself"):
        open_exercise(at.save(), Wanted(replication=3))


# ---------------------------------------------------------------- an edited model


def edit(place: Path, old: str, new: str) -> None:
    path = place.parents[1] / "models" / "mechanisms" / "leaks.py"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def test_an_edited_model_is_said_and_taken_up_on_request_only(own_place: Path) -> None:
    clock = Hand()
    at = table(own_place, clock)
    at.advance(200)
    at.inject("leak", (0.8, 0.99))
    assert at.edited() == ""
    edit(own_place, "A leak brings out", "Somebody talks and brings out")
    clock.now += 10
    assert at.edited() == 'the model "backchannel" has been edited (models/mechanisms/leaks.py)'
    assert at.session.events[-1].sentence.startswith("A leak brings out")
    at.reload()
    assert at.notice == "Reloaded: the timeline is told anew from its beginning."
    assert at.telling == 1
    assert at.session.day == 201
    assert at.edited() == ""
    assert any(event.sentence.startswith("Somebody talks") for event in at.session.events)


def test_a_model_that_cannot_be_loaded_leaves_the_exercise_as_it_was(own_place: Path) -> None:
    at = table(own_place)
    at.advance(200)
    before = list(at.session.events)
    path = own_place.parents[1] / "models" / "mechanisms" / "leaks.py"
    path.write_text("def speed(:\n", "utf-8")
    with pytest.raises(
        ConfigError, match=r"not reloaded, the exercise stands as it was: .*models/mechanisms/leaks.py, line 1"
    ):
        at.reload()
    assert at.session.events == before
    at.step()
    assert len(at.session.events) > len(before)


def test_a_model_that_stops_says_so_and_what_was_played_stays(own_place: Path) -> None:
    edit(own_place, "    s.leaks += 1\n", "    s.leaks += 1\n    s.trust = math.log(-1.0)\n")
    at = table(own_place)
    at.advance(200)
    before = list(at.session.events)
    with pytest.raises(RunError, match=r'model "backchannel", .*leak \(injected\), replication 12, day 200'):
        at.inject("leak")
    assert (at.session.events, at.session.day, at.session.injected) == (before, 200, ())


# ---------------------------------------------------------------- pace and the table


@pytest.mark.parametrize(
    "given",
    [
        "fast", "", "1 month", "0 days per second", "-1 day per second", "9 years per second", "nan days per second",
        "1 month per year", 3, None, "1 month per second" * 20,
    ],
)  # fmt: skip
def test_a_speed_that_is_none_is_refused(given: object) -> None:
    with pytest.raises(ConfigError, match=r"speed: given .*, expected"):
        parse_speed(given)


def test_days_come_due_as_seconds_pass_and_not_while_time_stands_still() -> None:
    clock = Hand()
    pacer = Pacer(clock, 10.0)
    clock.now = 5.0
    assert pacer.due() == 0
    pacer.go()
    clock.now = 5.25
    assert pacer.due() == 2
    pacer.speed = 20.0
    clock.now = 5.5
    assert pacer.due() == 5  # half a day was owed
    pacer.pause()
    clock.now = 100.0
    assert pacer.due() == 0


def test_time_goes_on_while_somebody_looks_and_two_who_look_see_one_time(place: Path) -> None:
    clock = Hand()
    at = table(place, clock)
    at.go()
    for _ in range(4):
        clock.now += 0.5
        at.tick()
        at.tick()  # the other browser
    assert at.session.day == 60


def test_where_nobody_looks_on_time_stands_still_and_nothing_is_lost(place: Path) -> None:
    clock = Hand()
    at = table(place, clock)
    at.go()
    clock.now += 1.0
    at.tick()
    clock.now += UNWATCHED + 1000.0
    assert at.tick() == []
    assert (at.running, at.session.day) == (False, 30)
    assert "Nobody was looking on" in at.notice
    assert not at.unsaved


def test_what_is_decided_is_saved_at_once(place: Path) -> None:
    at = table(place)
    at.disclose(UNILATERAL)
    assert not at.unsaved
    assert open_exercise(log_of(place), Wanted()).session.decisions == at.session.decisions


def test_an_exercise_in_which_nothing_was_played_leaves_no_file(place: Path) -> None:
    assert table(place).close() is None
    assert not log_of(place).exists()


# ---------------------------------------------------------------- the end


def test_a_run_stands_among_many_and_beside_each_cadence_with_the_same_luck() -> None:
    session = eventful(opened(SHIPPED).session)
    session.advance(session.setting.horizon)
    found = stand(session, 60)
    assert found is not None
    assert [crowd.cadence for crowd in found.crowds] == [
        "as-played",
        "no-response",
        "own-up-jointly",
        "own-up-alone",
        "get-ahead",
    ]
    assert {crowd.count for crowd in found.crowds} == {60}
    assert found.run.ending == session.ending
    for name, fate in found.fates:
        of = session.setting.world(name, session.setting.experiment.cadences[name].values, session.injected)
        played = reference.play(of, REPLICATION)
        assert fate.accord == pytest.approx(float(played.state.accord_day)) or fate.accord == float("inf")
        assert len(played.injected) >= 1
    own = found.crowds[0]
    assert sum(share for _, share in own.endings) == pytest.approx(1.0)
    days = session.setting.experiment.horizon
    accords = [float(row["state"]["accord_day"]) for row in compiled.rows(session.world, 0, 60)]
    assert own.accord == sum(day < days for day in accords) / 60
    assert sentences(found)[0] == f"Your run: {session.ending}"
    assert len(same_luck(found)) == len(many(found)) == 5


def test_a_comparison_that_is_stopped_comes_to_nothing(place: Path) -> None:
    session = opened(place).session
    session.advance(session.setting.horizon)
    assert stand(session, 40, stopped=lambda: True) is None


# ---------------------------------------------------------------- at the terminal


def game(at: TableTop, clock: Hand, *lines: str) -> list[str]:
    said: list[str] = []
    TerminalGame(at, said.append, clock.sleep).play(lines)
    return said


def test_a_game_is_played_line_by_line(place: Path) -> None:
    clock = Hand()
    at = table(place, clock)
    said = game(
        at, clock, "to 200 days", "inject leak 0.8 0.99", "tell content=agreed share=0.4 voice=unilateral",
        "speed 10 days per second", "go 30 days", "state", "save", "quit", "to 9 years",
    )  # fmt: skip
    assert "  200 days  A leak brings out 83% of what was hidden. (injected)" in said
    assert any(line.startswith("  201 days  The channel reports: ") for line in said)
    assert at.session.day == 232  # nothing is done after quit
    assert 2.9 <= clock.now <= 3.2
    assert "  201 days, participants: content agreed, share 0.4, voice unilateral" in said
    assert any(line.startswith("Saved: ") for line in said)


def test_time_that_goes_on_at_the_terminal_stops_on_ctrl_c(place: Path) -> None:
    clock = Hand()
    at = table(place, clock)

    def sleep(seconds: float) -> None:
        clock.sleep(seconds)
        if clock.now > 1.0:
            raise KeyboardInterrupt

    said: list[str] = []
    TerminalGame(at, said.append, sleep).play(["go"])
    assert 25 <= at.session.day <= 35
    assert said[-1] == f"Now {at.session.day} days, talks."


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("tel", 'Not done: given "tel", expected one of .*; did you mean "tell"'),
        ("tell share=140%", 'Not done: share: given "140%", expected a share'),
        ("tell agreed", 'Not done: tell: given "agreed", expected choices such as content=agreed'),
        ("tell share=1 share=1", "Not done: tell: share given twice"),
        ("inject leek", 'Not done: clock: given "leek", expected a clock'),
        ("to yesterday", 'Not done: given "yesterday", .*expected a duration such as "6 months"'),
        ("to 0 days", 'Not done: given "0 days", expected at least a day'),
        ("speed 1", 'Not done: speed: given "1", expected a speed'),
        ("compare", "Not done: the run has not ended; `end` plays it to its end"),
        ("save here", 'Not done: given "here" too, expected the command alone'),
        ('tell "content', "Not understood: No closing quotation"),
    ],
)
def test_a_line_that_is_wrong_is_answered_and_changes_nothing(place: Path, line: str, said: str) -> None:
    clock = Hand()
    at = table(place, clock)
    assert any(re.match(said, one) for one in game(at, clock, line))
    assert (at.session.day, at.session.decisions, at.session.injected) == (0, (), ())


def test_the_page_on_exercises_plays_as_written(place: Path) -> None:
    page = (ROOT / "docs" / "play.md").read_text("utf-8")
    block = re.search(r"```text\n(.*?)```", page, re.DOTALL)
    assert block is not None
    clock = Hand()
    said = game(table(place, clock), clock, *(line.removeprefix("> ") for line in block[1].splitlines()))
    assert not any(line.startswith("Not ") for line in said)
    assert "With the same luck and the same injected events:" in said
