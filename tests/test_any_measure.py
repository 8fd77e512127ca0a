"""Models that sign nothing: they name their measures, and all that takes a measure takes these."""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import timeline
from timeline.analysis.histories import read_histories
from timeline.analysis.samples import Sample
from timeline.analysis.stopping import Watch, look
from timeline.cli import main
from timeline.errors import ConfigError, ModelError, TimelineError
from timeline.front.study import Study
from timeline.model.endpoints import AtEnd, Endpoints, Wording
from timeline.study.questions import usual_aims
from timeline.study.resolved import Resolved
from timeline.study.window import Window
from timeline.study.yardsticks import declare_yardsticks

WAITED = AtEnd("waited", "Mean days waited", "days", "lower", most="horizon", says="people wait {}")
SERVED = AtEnd("served", "Mean number served", "count", "higher")
SERVES = Endpoints(signed=None, further=(SERVED,))
WINDOW = Window(100.0, 80.0, (80.0,))

QUEUE = '''
"""A queue with one counter: people come, wait and are served."""
from enum import IntEnum

from timeline import AtEnd, Clock, Endpoints, Field, Integral, Lever, Mechanism, Model, Parameter, Parameters, Record


class Outcome(IntEnum):
    OPEN = 0


class State(Record):
    day = Field(0.0, "days since opening")
    outcome = Field(Outcome.OPEN, "always open")
    busy = Field(0.0, "1 while somebody is served", index=True)
    waiting = Field(0, "people in the queue")
    served = Field(0, "people served")


class Rates(Parameters):
    come = Parameter(0.8, "arrivals", unit="per day", plausible=(0.1, 0.99), evidence="judgement", source="made up")
    serve = Parameter(1.0, "service", unit="per day", plausible=(0.5, 2.0), evidence="judgement", source="made up")


class Policy(Record):
    faster = Lever(0.0, "how much faster the counter works", unit="share")


def come_speed(s, p):
    return p.rates.come


def come(s):
    s.waiting += 1
    s.busy = 1.0


def serve_speed(s, p):
    return p.rates.serve * (1.0 + p.cadence.faster) if s.waiting > 0 else 0.0


def serve(s):
    s.waiting -= 1
    s.served += 1
    s.busy = 1.0 if s.waiting > 0 else 0.0


MODEL = Model(
    name="queue", title="A queue", state=State, open=Outcome.OPEN, levers=Policy,
    mechanisms=(Mechanism("rates", parameters=Rates, clocks=(
        Clock("arrival", come_speed, come, says="Somebody comes."),
        Clock("service", serve_speed, serve, says="Somebody leaves."))),),
    observations=(Integral("waiting", name="days waited"), Integral("busy", name="busy days")),
    ENDPOINTS
)
'''

ENDPOINTS = """endpoints=Endpoints(signed=None, PRIMARY further=(
        AtEnd("days waited", "Mean days waited", "days", "lower", says="people wait {} in all"),
        AtEnd("busy days", "Mean days busy", "days", "lower", most="horizon"),
        AtEnd("served", "Mean number served", "count", "higher"),
    )),"""

CONFIG = """
title        = "A faster counter?"
model        = "queue"
horizon      = "50 days"
replications = 1_000
seed         = 7
baseline     = "plain"

[cadences.plain]
[cadences.faster]
faster = 0.25
"""


def queue(folder: Path, more: str = "", endpoints: str = ENDPOINTS, primary: str = "") -> Path:
    """Write a config of the queue, and beside the tests' folders a workspace for each kind of queue; return the first.

    One workspace, for machine code made in a process is not shared by copies.
    """
    said = QUEUE.replace("ENDPOINTS", endpoints.replace("PRIMARY", f'primary="{primary}",' if primary else ""))
    workspace = folder.parent / f"queue-{zlib.crc32(said.encode())}"
    (workspace / "models").mkdir(parents=True, exist_ok=True)
    if not (workspace / "models" / "queue.py").exists():
        (workspace / "models" / "queue.py").write_text(said, encoding="utf-8")
    path = workspace / "configs" / folder.name / "counter.toml"
    path.parent.mkdir(parents=True)
    path.write_text(CONFIG + more, encoding="utf-8")
    return path


def study_of(folder: Path, more: str = "", **how: str) -> Study:
    return timeline.load(queue(folder, more, **how))


# What a model declares


def test_without_a_signature_what_is_not_given_is_absent() -> None:
    ends = Endpoints(signed=None, further=(WAITED,))
    assert (ends.phases, ends.outcomes, ends.cause) == ((("running", None),), ("open",), None)
    assert (ends.accord, ends.half_verified, ends.hostility) == (None, None, None)


def test_a_cause_is_looked_for_where_timelines_can_fail() -> None:
    assert Endpoints(signed=None, failures=("war",)).cause == "cause"


def test_with_a_signature_the_usual_columns_are_as_they_were() -> None:
    ends = Endpoints(phases=(("talks", None),))
    assert (ends.accord, ends.half_verified, ends.hostility) == ("accord_day", "half_verified_day", "hostility")
    assert (ends.outcomes, ends.primary) == (("open", "abandoned", "collapsed", "consolidated"), "in_force_end")


def test_only_what_the_model_declares_is_measured() -> None:
    ends = Endpoints(signed=None, further=(WAITED, SERVED))
    assert [(y.key, y.span) for y in declare_yardsticks(ends, WINDOW)] == [("waited", 100.0), ("served", float("inf"))]


def test_the_first_number_with_a_direction_is_the_primary_measure() -> None:
    level = AtEnd("level", "Mean level", "count", "neither")
    assert Endpoints(signed=None, further=(level, SERVED)).primary == "served"


def test_a_model_with_outcomes_alone_is_measured_by_the_first() -> None:
    assert Endpoints(signed=None, failures=("war",)).primary == "outcome_war"


def test_an_unknown_primary_measure_is_answered_with_the_nearest() -> None:
    with pytest.raises(ModelError, match=r'primary "waitd" given, expected .*: waited, served; did you mean "?waited'):
        Endpoints(signed=None, further=(WAITED, SERVED), primary="waitd")


def test_a_primary_measure_needs_a_direction() -> None:
    level = AtEnd("level", "Mean level", "count", "neither")
    with pytest.raises(ModelError, match='primary "level" given, expected a measure of all timelines that is better'):
        Endpoints(signed=None, further=(level, SERVED), primary="level")


def test_nothing_to_compare_by_is_refused() -> None:
    with pytest.raises(ModelError, match="expected at least one measure; give further="):
        Endpoints(signed=None)


def test_half_of_an_agreement_cannot_be_verified_without_one() -> None:
    with pytest.raises(ModelError, match="half_verified=None: without a signature there is no agreement"):
        Endpoints(signed=None, further=(WAITED,), half_verified="half_day")


@pytest.mark.parametrize(
    ("unit", "most", "expected"),
    [
        ("count", "horizon", 'a number: only days are bounded by the "horizon"'),
        ("days", 0.0, 'a number above 0, or "horizon"'),
        ("days", float("inf"), 'a number above 0, or "horizon"'),
        ("share", 2.0, "none: shares and indices lie between 0 and 1"),
    ],
)
def test_a_bound_that_is_none_is_refused(unit: str, most: float, expected: str) -> None:
    with pytest.raises(ModelError, match=expected):
        AtEnd("waited", "Waited", unit, "lower", most=most)  # type: ignore[arg-type]


def test_a_clause_needs_a_place_for_the_value() -> None:
    with pytest.raises(ModelError, match=r"expected a clause with one \{\} for the value"):
        AtEnd("waited", "Waited", "days", "lower", says="people wait")


def test_a_value_beyond_its_bound_is_refused_with_its_replication() -> None:
    rows = pl.DataFrame({"replication": [0, 1], "day": 100.0, "outcome": "open", "waited": [7.0, 101.0]})
    with pytest.raises(TimelineError, match=r"x: replication 1: waited is 101, expected 0 to 100, which the endpoints"):
        read_histories(rows, Endpoints(signed=None, further=(WAITED,)), horizon=100.0, where="x")


def test_the_usual_aims_begin_with_the_primary_measure() -> None:
    assert usual_aims(Endpoints(signed=None, further=(WAITED, SERVED), primary="served")).measures == (
        "served",
        "waited",
    )


def test_what_a_model_of_agreements_keeps_of_itself_is_what_it_was(tmp_path: Path) -> None:
    study = timeline.load(Path(__file__).parents[1] / "configs" / "backchannel" / "cadence.toml")
    kept = Resolved.of(study.experiment).to_json()["model"]["endpoints"]
    assert {"wording", "primary"} & kept.keys() == set()
    assert all({"most", "says"} & own.keys() == set() for own in kept["further"])


def test_what_a_queue_keeps_of_itself_is_read_back(tmp_path: Path) -> None:
    resolved = Resolved.of(study_of(tmp_path).experiment)
    assert Resolved.from_json(resolved.to_json()).endpoints == resolved.endpoints


def test_a_page_is_told_in_the_words_of_its_model() -> None:
    words = Wording("a rule for how many counters are open", horizon="over")
    ends = Endpoints(signed=None, further=(WAITED,), wording=words)
    assert ends.words == words
    assert Endpoints(phases=(("talks", None),)).words.cadence.startswith("a rule for what the secret channel")


# What asks for a measure


def test_the_answer_is_about_the_primary_measure(tmp_path: Path) -> None:
    result = study_of(tmp_path).run(workers=1)
    assert result.answer.startswith("Of the two cadences, faster is better: under it people wait ")
    assert "days in all within 50 days, against" in result.answer
    assert " less (95% interval " in result.answer


def test_a_model_may_name_another_measure_for_its_answer(tmp_path: Path) -> None:
    result = study_of(tmp_path, primary="served").run(replications=100, engine="simpy", workers=1)
    assert "under it “mean number served” is " in result.answer


def test_cadences_that_do_the_same_are_called_alike(tmp_path: Path) -> None:
    result = study_of(tmp_path).change("cadences.faster.faster", 0.0).run(replications=50, workers=1)
    assert result.answer.startswith("Both cadences come out alike: people wait ")


@pytest.mark.parametrize(
    ("named", "half"), [("days waited", '"40 days"'), ("busy days", '"0.4 days"'), ("served", "1.0")]
)
def test_precision_grows_on_any_declared_measure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], named: str, half: str
) -> None:
    path = queue(tmp_path, f'[precision]\nmeasure = "{named}"\nhalf_width = {half}\n')
    with pytest.raises(SystemExit):
        main(["run", str(path), "--no-report", "--workers", "1"])
    said = capsys.readouterr()
    assert "Precise enough after" in said.out
    assert ("a mean of values that nothing bounds" in said.err) == (named != "busy days")


def test_precision_is_of_the_primary_measure_if_none_is_given(tmp_path: Path) -> None:
    experiment = study_of(tmp_path, '[precision]\nhalf_width = "40 days"\n').experiment
    assert experiment.precision is not None
    assert experiment.precision.measure == "days_waited"


def test_what_has_not_varied_and_nothing_bounds_is_not_called_precise() -> None:
    watch = Watch(next(own for own in declare_yardsticks(SERVES, WINDOW)), ["plain", "faster"], "plain", "contrasts")
    same = Sample(np.zeros(1000), np.ones(1000, dtype=np.bool_))
    watch.add({"plain": same, "faster": same})
    found = look({"default": watch}, half_width=1.0)
    assert np.isnan(found.half_width)
    assert found.left_out[0].startswith("faster: the same on all 1000 replications")


def test_selection_chooses_by_the_primary_measure_if_none_is_given(tmp_path: Path) -> None:
    experiment = study_of(tmp_path, '[selection]\nindifference = "1 day"\n').experiment
    assert experiment.selection is not None
    assert experiment.selection.measure == "days_waited"


@pytest.mark.parametrize(
    ("named", "matters"), [("days waited", '"1 day"'), ("busy days", '"1 day"'), ("served", "0.1")]
)
def test_selection_chooses_by_any_declared_measure(tmp_path: Path, named: str, matters: str) -> None:
    study = study_of(tmp_path, f'[selection]\nmeasure = "{named}"\nindifference = {matters}\n')
    best = study.run(replications=2_000, workers=1).best
    assert best.measure.key == named.replace(" ", "_")
    assert best.decisions["replications"].to_list() == [2_000]


def test_aims_change_neither_the_answer_nor_what_precision_and_selection_are_of(tmp_path: Path) -> None:
    asked = '[precision]\nhalf_width = "40 days"\n[selection]\nindifference = "1 day"\n'
    plain = study_of(tmp_path, asked)
    aims = study_of(tmp_path.with_name(f"{tmp_path.name}-aims"), asked + '[aims]\nmeasures = ["served", "busy days"]\n')
    assert aims.experiment.precision == plain.experiment.precision
    assert aims.experiment.selection == plain.experiment.selection
    said = [study.run(replications=100, workers=1).answer for study in (plain, aims)]
    assert said[0] == said[1]
    assert "people wait " in said[0]


def test_aims_take_declared_measures(tmp_path: Path) -> None:
    study = study_of(tmp_path, '[aims]\nmeasures = ["served", "busy days"]\n')
    assert study.experiment.aims is not None
    assert study.experiment.aims.measures == ("served", "busy_days")
    assert study.run(replications=100, workers=1).analysis.pairs["measure"].unique().len() == 2


def test_an_aim_that_needs_a_signature_is_answered_with_what_there_is(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r'aims\.measures\[1\]: given "signed", expected a measure'):
        study_of(tmp_path, '[aims]\nmeasures = ["served", "signed"]\n')


def test_a_sweep_finds_the_best_of_a_declared_measure(tmp_path: Path) -> None:
    keys = '[sweep.keys]\n"cadences.faster.faster" = { from = 0, to = 0.5, steps = 3 }\n'
    sweep = f'[sweep]\nmeasure = "days waited"\nreplications = 50\n{keys}'
    found = study_of(tmp_path, sweep).sweep(workers=1, folder=tmp_path / "swept")
    assert "faster" in found.answer


def test_summaries_hold_a_declared_measure_as_rows_do(tmp_path: Path) -> None:
    study = study_of(tmp_path)
    table = timeline.summaries(study, count=100).table().filter(cadence="faster", measure="days_waited")
    rows = study.run(replications=100, workers=1).estimates.filter(cadence="faster", measure="days_waited")
    assert table["estimate"].item() == pytest.approx(rows["estimate"].item(), rel=1e-12)


def test_values_of_a_declared_measure_are_one_a_replication(tmp_path: Path) -> None:
    found = timeline.values(study_of(tmp_path), measures=["served", "busy days"], count=20)
    assert found.shape == (1, 2, 2, 20)


def test_values_are_of_the_primary_measure_if_none_is_named(tmp_path: Path) -> None:
    study = study_of(tmp_path)
    own, named = (timeline.values(study, measures=names, count=5) for names in (None, ["days waited"]))
    assert own.tolist() == named.tolist()


def test_a_landmark_needs_a_signature(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"analysis\.landmark: .*since the signature, but there is none"):
        study_of(tmp_path, '[analysis]\nlandmark = "waiting"\nlandmark_after = "10 days"\n')


# Without any endpoints


def test_without_endpoints_rows_are_kept_and_a_warning_says_what_is_missing(tmp_path: Path) -> None:
    study = study_of(tmp_path, endpoints="")
    assert any(
        "declares no endpoints, so rows will be saved but no report can be made" in w for w in study.experiment.warnings
    )
    assert study.run(replications=10, engine="simpy", workers=1).rows("plain").height == 10


@pytest.mark.parametrize(
    "table",
    [
        '[precision]\nmeasure = "busy days"\nhalf_width = "1 day"\n',
        '[selection]\nindifference = "1 day"\n',
        '[aims]\nmeasures = ["served", "busy days"]\n',
    ],
)
def test_without_endpoints_nothing_can_be_asked(tmp_path: Path, table: str) -> None:
    with pytest.raises(ConfigError, match=r"the model declares no endpoints .*; add endpoints=Endpoints"):
        study_of(tmp_path, table, endpoints="")


def test_a_model_that_signs_but_has_no_such_day_is_told_of_signed_none(tmp_path: Path) -> None:
    said = 'endpoints=Endpoints(phases=(("open", None),), accord=None, half_verified=None, hostility=None),'
    with pytest.raises(ConfigError, match=r'signed: given "signed_day", expected a field .*give signed=None'):
        study_of(tmp_path, endpoints=said)
