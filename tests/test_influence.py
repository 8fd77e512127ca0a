"""What bears on what: derived from the code of a toy, declared by its parameters, drawn so that it can be read."""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
from dataclasses import asdict, replace
from enum import IntEnum
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from click.testing import CliRunner
from matplotlib.backends.backend_agg import FigureCanvasAgg
from pydantic import TypeAdapter
from test_plots_frames import World, analysis
from test_report import context

from timeline.cli import timeline as command
from timeline.derived.influence import (
    Ending,
    Influence,
    InfluenceTable,
    Mark,
    in_words,
    influences,
    unfounded,
)
from timeline.derived.touches import flows, touches
from timeline.errors import ModelError
from timeline.model.declarations import Clock, Mechanism, Model
from timeline.model.records import Array, Field, Parameter, Parameters, Record
from timeline.pages.report import write_report
from timeline.plots import style
from timeline.plots.influence import diagram, ends_caption, influence_caption, influence_table, ways_to_an_end
from timeline.workspace import Workspace

ROOT = Path(__file__).resolve().parents[1]
SHIPPED = sorted(Workspace(ROOT).models())

# ---------------------------------------------------------------- a toy: the press, the talks, the mood


class Outcome(IntEnum):
    OPEN = 0
    ENDED = 1


class Side(Record):
    pressure = Field(0.2, "pressure against concessions", index=True)


class Step(Record):
    agreed = Field(False, "agreed")
    disclosed = Field(0.0, "known to the public", index=True)


class State(Record):
    day = Field(0.0)
    outcome = Field(Outcome.OPEN, "how it ended")
    trust = Field(0.5, "trust", index=True)
    rumour = Field(0.1, "rumours", index=True)
    public = Field(0.0, "share that the public knows", index=True)
    leaks = Field(0, "leaks so far")
    told = Field(False, "the mood is part of the model")
    a = Side
    b = Side
    steps = Array(Step, 3)


def given(value: float, unit: str, **link: str) -> Any:
    return Parameter(
        value, "something", unit=unit, plausible=(value, value), evidence="judgement", source="invented", **link
    )


class Press(Parameters):
    hazard = given(0.5, "per day")
    rumour = given(4.0, "hazard ratio", paces="leak", by="rumour")
    trust_lost = given(0.3, "share", moves="-trust")


class Talks(Parameters):
    speed = given(0.5, "per day")
    pressure = given(8.0, "hazard ratio", paces="walkout", by="pressure")
    trust = given(0.5, "hazard ratio", paces="walkout", by="trust")


class Mood(Parameters):
    from_public = given(0.2, "share", moves="+pressure", by="public")
    calmed = given(0.2, "share", moves="-rumour", by="public")


def recount(s):
    known = 0.0
    for i in range(3):
        step = s.steps[i]
        if step.agreed:
            known += step.disclosed
    s.public = known / 3


def leak_speed(s, p):
    return p.press.hazard * math.exp(p.press.rumour * s.rumour)


def leak(s, p):
    s.trust -= p.press.trust_lost * s.trust
    s.steps[0].disclosed = 1.0
    s.leaks += 1
    recount(s)


def agree_speed(s, p):
    return p.talks.speed


def agree(s, p, u):
    s.steps[int(2.9 * u[0])].agreed = True
    recount(s)


def walkout_speed(s, p, me):
    return p.talks.speed * math.exp(p.talks.pressure * me.pressure + p.talks.trust * s.trust)


def walk_out(s):
    s.outcome = Outcome.ENDED


def start_mood(s):
    s.told = True


def month_speed(s):
    return 1.0 if s.told else 0.0


def month(s, p):
    for me in (s.a, s.b):
        me.pressure = me.pressure + p.mood.from_public * s.public * (1.0 - me.pressure)
    s.rumour = s.rumour * (1.0 - p.mood.calmed * s.public)


PRESS = Mechanism("press", (Clock("leak", leak_speed, leak),), Press)
TALKS = Mechanism(
    "talks",
    (Clock("agree", agree_speed, agree, uniforms=1), Clock("walkout", walkout_speed, walk_out, over="sides")),
    Talks,
)
MOOD = Mechanism("mood", (Clock("month", month_speed, month),), Mood, start_mood)


class Nothing(Parameters):
    pass


def toy(*mechanisms: Mechanism) -> Model:
    return Model("toy", "A toy", State, mechanisms or (PRESS, TALKS, MOOD), Outcome.OPEN, Nothing)


FOUND = InfluenceTable(
    mechanisms=("press", "talks", "mood"),
    variables=(
        ("outcome", "how it ended"),
        ("trust", "trust"),
        ("rumour", "rumours"),
        ("public", "share that the public knows"),
        ("pressure", "pressure against concessions"),
    ),
    marks=(
        Mark("outcome", "talks", writes=True, reads=False),
        Mark("trust", "press", writes=True, reads=False, moved="-"),
        Mark("trust", "talks", writes=False, reads=True, heeded="-"),
        Mark("rumour", "press", writes=False, reads=True, heeded="+"),
        Mark("rumour", "mood", writes=True, reads=False, moved="-"),
        Mark("public", "press", writes=True, reads=False),
        Mark("public", "talks", writes=True, reads=False),
        Mark("public", "mood", writes=False, reads=True, heeded="±"),
        Mark("pressure", "talks", writes=False, reads=True, heeded="+"),
        Mark("pressure", "mood", writes=True, reads=False, moved="+"),
    ),
    links=(
        Influence("press.rumour", "press", "rumour", "paces", "leak", "+"),
        Influence("press.trust_lost", "press", "", "moves", "trust", "-", "-"),
        Influence("talks.pressure", "talks", "pressure", "paces", "walkout", "+"),
        Influence("talks.trust", "talks", "trust", "paces", "walkout", "-"),
        Influence("mood.from_public", "mood", "public", "moves", "pressure", "+", "+"),
        Influence("mood.calmed", "mood", "public", "moves", "rumour", "-", "-"),
    ),
    endings=(Ending("walkout", "talks", (("trust", "-"), ("pressure", "+"))),),
    inner=("told", "agreed", "disclosed"),
    noted=("leaks",),
)


def test_the_toys_influences_are_those_that_its_code_and_its_parameters_say() -> None:
    assert influences(toy()) == FOUND


def test_to_read_a_field_for_its_own_update_is_not_to_heed_it() -> None:
    def update(s):
        s.trust = s.trust + 0.1 * s.rumour * (1.0 - s.trust)
        s.leaks += 1

    found = touches(update, {"s": frozenset({""})}, State)
    assert (found.reads, found.heeds) == ({"trust", "rumour", "leaks"}, {"rumour"})


def test_a_loop_over_pairs_of_records_is_followed() -> None:
    def update(s):
        for one, other in ((s.a, s.b), (s.b, s.a)):
            one.pressure = other.pressure

    found = touches(update, {"s": frozenset({""})}, State)
    assert (found.writes, found.known) == ({"a.pressure", "b.pressure"}, True)


def test_influences_survive_being_kept_as_plain_data() -> None:
    kept = json.loads(json.dumps(asdict(FOUND)))
    assert TypeAdapter(InfluenceTable).validate_python(kept) == FOUND


def test_a_sum_moves_with_what_it_is_computed_from_and_with_nothing_else() -> None:
    assert flows(recount, State) == {"public": {"steps[].agreed", "steps[].disclosed"}}

    def harmless(s):
        s.leaks += 1
        recount(s)

    counting = Mechanism("counting", (Clock("count", month_speed, harmless),))
    assert not [
        m for m in influences(toy(PRESS, MOOD, counting)).marks if (m.variable, m.mechanism) == ("public", "counting")
    ]


def test_a_helper_that_sets_something_new_is_an_effect_and_no_sum() -> None:
    def over(s):
        s.outcome = Outcome.ENDED

    def fires(s):
        over(s)

    ended = influences(toy(Mechanism("end", (Clock("end", month_speed, fires),))))
    assert [ending.clock for ending in ended.endings] == ["end"]


def test_a_direction_follows_from_the_value_of_a_ratio() -> None:
    signs = {link.parameter: link.sign for link in influences(toy(), {"press.rumour": math.log(0.5)}).links}
    assert signs["press.rumour"] == "-"
    signs = {link.parameter: link.sign for link in influences(toy(), {"press.rumour": 0.0}).links}
    assert signs["press.rumour"] == ""


def test_what_cannot_be_followed_is_named() -> None:
    odd = Mechanism("odd", (Clock("odd", month_speed, lambda s: setattr(s, "leaks", 1)),))
    found = influences(toy(PRESS, MOOD, odd))
    assert found.unknown == ("odd",)
    assert influence_caption(found).endswith("Not everything could be followed in odd.")


def test_a_link_is_said_in_words() -> None:
    assert [in_words(link) for link in FOUND.links[:2]] == ["more rumour: leak sooner", "trust down"]
    assert in_words(replace(FOUND.links[0], sign="")) == "more rumour: leak paced"


# ---------------------------------------------------------------- declarations are checked


@pytest.mark.parametrize(
    ("unit", "link", "direction"),
    [
        ("hazard ratio", {"paces": "leak", "by": "rumour"}, "+"),
        ("hazard ratio", {"paces": "leak", "by": "-rumour"}, "-"),
        ("ratio", {"paces": "leak", "by": "rumour"}, "+"),
        ("odds ratio", {"moves": "trust"}, "+"),
        ("ratio", {"moves": "-trust", "by": "rumour"}, "-"),
        ("number", {"moves": "-trust"}, "-"),
        ("number", {"moves": "-trust", "by": "-rumour"}, "+"),
        ("number", {}, ""),
    ],
)
def test_the_direction_of_a_link(unit: str, link: dict[str, str], direction: str) -> None:
    assert given(2.0, unit, **link).direction() == direction


@pytest.mark.parametrize(
    ("unit", "link", "problem"),
    [
        ("share", {"moves": "-trust", "paces": "-leak", "by": "x"},
            "both moves and paces given, expected one of them: a field or a clock"),
        ("share", {"by": "trust"}, 'by="trust" given alone, expected moves=field or paces=clock with it'),
        ("share", {"moves": "trust"}, '"trust" without a direction, expected "+trust" or "-trust"'),
        ("share", {"moves": "-"}, '"-" given, expected a direction and a name, such as "-trust"'),
        ("share", {"paces": "+leak"}, 'paces="+leak" without a driver, expected by=field with it'),
        ("hazard ratio", {"paces": "+leak", "by": "rumour"},
            '"+leak" given, expected "leak": the direction follows from the hazard ratio'),
    ],
)  # fmt: skip
def test_a_link_that_does_not_say_what_bears_on_what_is_refused(unit: str, link: dict[str, str], problem: str) -> None:
    with pytest.raises(ModelError) as refused:
        type("Bad", (Parameters,), {"x": given(0.5, unit, **link)})
    assert str(refused.value) == f"Bad.x: {problem}"


@pytest.mark.parametrize(
    ("link", "problem"),
    [
        ({"moves": "-trusts"}, 'moves="trusts" names no field of the state; did you mean "trust"?'),
        ({"moves": "-trust", "by": "rumours"}, 'by="rumours" names no field of the state; did you mean "rumour"?'),
        ({"paces": "+leek", "by": "rumour"}, 'paces="leek" names no clock of its mechanism; did you mean "leak"?'),
        ({"paces": "+walkout", "by": "rumour"}, 'paces="walkout" names no clock of its mechanism'),
    ],
)
def test_a_link_to_what_there_is_not_is_refused_when_the_model_is_built(link: dict[str, str], problem: str) -> None:
    parameters = type("Odd", (Press,), {"odd": given(0.5, "share", **link)})
    with pytest.raises(ModelError) as refused:
        toy(replace(PRESS, parameters=parameters), TALKS)
    assert str(refused.value) == f'model "toy", parameter "press.odd": {problem}'


def test_a_link_that_the_code_does_not_bear_out_is_found() -> None:
    assert unfounded(toy()) == []
    wrong = type("Wrong", (Press,), {"hazard": given(0.5, "per day", paces="+leak", by="trust"),
        "trust_lost": given(0.3, "share", moves="-rumour")})  # fmt: skip
    where = 'parameter "press.{}" of model "toy": '
    nothing = "but nothing that reads the parameter "
    assert unfounded(toy(replace(PRESS, parameters=wrong), TALKS)) == [
        where.format("trust_lost") + f'moves="rumour", {nothing}writes that field',
    ]
    wrong = type("Wrong", (Press,), {"hazard": given(0.5, "per day", paces="+leak", by="pressure")})
    assert unfounded(toy(replace(PRESS, parameters=wrong), TALKS)) == [
        where.format("hazard") + f'by="pressure", {nothing}reads that field',
    ]


# ---------------------------------------------------------------- captions and pictures


def test_the_captions_state_what_is_found() -> None:
    assert influence_caption(FOUND) == (
        "3 mechanisms act on one another through 4 variables. "
        "Moved by the most mechanisms: public (2), trust (1), rumour (1) and pressure (1). "
        "Heeded by the most: trust (1), rumour (1), public (1) and pressure (1). "
        "What is moved and heeded is derived from the model's code; + and − are as its parameters declare. "
        "Left out: 4 variables by which no mechanism bears on another."
    )
    assert ends_caption(FOUND).startswith(
        "1 event can end the timeline: walkout. What bears on the most of them: trust (1) and pressure (1). "
    )


def test_a_picture_made_twice_is_the_same() -> None:
    first, again = (style.svg(diagram(FOUND), "x") for _ in range(2))
    assert first == again
    for words in ("press", "talks", "mood", "share that the public knows", "walkout"):
        assert f">{words}<" in first


def test_a_model_without_anything_can_be_drawn() -> None:
    nothing = influences(toy(Mechanism("idle")))
    assert style.svg(diagram(nothing), "x").startswith("<svg ")
    assert influence_caption(nothing).startswith("1 mechanism: none acts on another.")


@pytest.fixture(scope="module", params=SHIPPED)
def shipped(request: pytest.FixtureRequest) -> InfluenceTable:
    """The influences of a shipped model."""
    return influences(Workspace(ROOT).load(request.param))


def test_every_mechanism_of_a_shipped_model_is_in_the_picture(shipped: InfluenceTable) -> None:
    text = style.svg(influence_table(shipped), "x")
    for mechanism in shipped.mechanisms:
        assert f">{mechanism.replace('_', ' ')}<" in text
        assert [m for m in shipped.marks if m.mechanism == mechanism and m.writes], mechanism


def test_in_a_shipped_model_everything_can_be_followed_and_every_link_is_borne_out(request: Any) -> None:
    for name in SHIPPED:
        model = Workspace(ROOT).load(name)
        assert influences(model).unknown == ()
        assert unfounded(model) == []


def test_every_comparison_of_hazards_odds_and_rates_says_what_it_bears_on() -> None:
    compared = ("hazard ratio", "odds ratio", "rate ratio", "risk ratio")
    # Their driver is a parameter or a lever, not a field.
    exempt = {"intermediary.misreading_credibility", "steps.broken_power", "breach.power"}
    exempt |= {f"line.{what}_watched" for what in ("outbreak", "calming", "growth")}
    for name in SHIPPED:
        for path, parameter in Workspace(ROOT).load(name).assumptions.items():
            if parameter.unit in compared and path not in exempt:
                assert parameter.target, f"{name}: {path}"


def test_no_two_labels_of_a_shipped_model_overlap_and_none_leaves_the_page(shipped: InfluenceTable) -> None:
    for draw in (influence_table, ways_to_an_end):
        figure = draw(shipped)
        renderer = FigureCanvasAgg(figure).get_renderer()
        texts = [text for ax in figure.axes for text in ax.texts if text.get_text() and text.get_rotation() == 0]
        boxes = [(text.get_text(), text.get_window_extent(renderer)) for text in texts]
        page = figure.bbox
        outside = [
            name for name, box in boxes if box.x0 < page.x0 or box.x1 > page.x1 or box.y0 < 0 or box.y1 > page.y1
        ]
        assert outside == []
        assert [
            (one, other)
            for (one, a), (other, b) in combinations(boxes, 2)
            if a.x0 < b.x1 and b.x0 < a.x1 and a.y0 + 2 < b.y1 and b.y0 + 2 < a.y1
        ] == []


# ---------------------------------------------------------------- on the command line and on the page


def call(*words: object) -> Any:
    return CliRunner().invoke(command, [str(word) for word in words])


def test_describe_writes_the_diagram(tmp_path: Path) -> None:
    file = tmp_path / "influences.svg"
    done = call("describe", SHIPPED[0], "--workspace", ROOT, "--diagram", "--out", file)
    assert done.exit_code == 0, done.output
    assert file.read_text().startswith("<svg ")
    assert done.stdout.startswith(f"Wrote {file}. ")
    printed = call("describe", SHIPPED[0], "--workspace", ROOT, "--diagram")
    assert printed.stdout == file.read_text()


def test_describe_says_what_is_wrong_with_its_options(tmp_path: Path) -> None:
    wrong = call("describe", SHIPPED[0], "--workspace", ROOT, "--out", "x.svg")
    assert wrong.exit_code == 2
    assert "--out was given without --diagram, expected both: it is where the diagram goes" in wrong.output
    both = call("describe", SHIPPED[0], "--workspace", ROOT, "--diagram", "--csv")
    assert "--csv and --diagram were both given, expected one of them" in both.output
    nowhere = call("describe", SHIPPED[0], "--workspace", ROOT, "--diagram", "--out", tmp_path / "no" / "x.svg")
    assert nowhere.exit_code == 1
    assert f'there is no folder "{tmp_path / "no"}"' in str(nowhere.exception)
    picture = call("describe", SHIPPED[0], "--workspace", ROOT, "--diagram", "--out", tmp_path / "x.png")
    assert "expected a file name ending in .svg" in str(picture.exception)


def test_the_dashboard_shows_the_diagram_and_lists_its_links(tmp_path: Path) -> None:
    told = context(influences=FOUND, traces=())
    path = write_report(tmp_path, analysis=analysis(World({"silence": 0.3, "monthly": 0.4})), context=told)
    page = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
    section = page.find(id="influences")
    assert section is not None
    assert [figure["id"] for figure in section.find_all("figure")] == ["figure-influences", "figure-ways-to-an-end"]
    assert influence_caption(FOUND) in section.figcaption.get_text()
    rows = [[cell.get_text() for cell in row.find_all("td")] for row in section.find_all("tr") if row.td]
    assert rows[0] == ["press", "more rumour: leak sooner", "press.rumour"]
    assert (tmp_path / "tables" / "influences.csv").read_text().splitlines()[
        2
    ] == 'press.trust_lost,press,"",moves,trust,-'
    assert page.select('nav a[href="#influences"]')
    assert not re.search(r"https?://", str(section))


def test_deriving_influences_needs_no_plotting_library() -> None:
    code = "import timeline.derived.influence, sys; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"matplotlib", "seaborn", "numba", "polars", "jinja2"} & set(loaded)
