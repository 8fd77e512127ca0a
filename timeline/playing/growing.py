"""Growing: more and more replications of all arms, until intervals are as narrow as a config wants them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from timeline.analysis.samples import sample
from timeline.playing.kept_growth import KeptGrowth, asked_of_growth, keep_growth, kept_growth
from timeline.playing.run import Tally
from timeline.study.questions import Precision, say_about
from timeline.study.resolved import Reached
from timeline.words import say_width

if TYPE_CHECKING:
    from timeline.analysis.samples import Sample
    from timeline.analysis.stopping import Look
    from timeline.keeping.store import Store
    from timeline.study.experiment import Experiment
    from timeline.study.yardsticks import Yardstick


@dataclass(frozen=True)
class Grown:
    """What came of growing.

    Attributes
    ----------
    experiment
        The config with the replications that were played.
    tally
        What was simulated for it.
    reached
        How narrow the intervals have become.
    """

    experiment: Experiment
    tally: Tally
    reached: Reached


def grow(
    experiment: Experiment,
    store: Store,
    play: Callable[[Experiment], Tally],
    say: Callable[[str], None] = lambda text: None,
) -> Grown:
    """Play an experiment in stages until it is precise enough, or no more is allowed.

    Where it stops depends on the config and its seed alone. So after an interruption the same looks are taken again
    at what is saved.

    Parameters
    ----------
    experiment
        A config with ``[precision]``; its replications are the first stage.
    store
        The run's folder, open, with ``resolved.json`` written; it is told the replications and what was reached.
    play
        Simulates what is not saved yet of an experiment.
    say
        Called with a sentence after every look.

    Raises
    ------
    Exception
        Whatever ``play`` raises; complete work is saved by then.
    """
    asked = asked_of_growth(store)
    if (kept := kept_growth(store, asked)) is not None:
        return _as_before(experiment, store, play, say, kept)
    from timeline.analysis.stopping import Watch, look, stages

    precision = experiment.precision
    assert precision is not None
    measure = experiment.yardsticks()[precision.measure]
    cadences = list(experiment.cadences)
    watches = {name: Watch(measure, cadences, experiment.baseline, precision.of) for name in experiment.scenarios}
    played = 0
    simulated = 0
    tally = Tally(0, 0, 0, 0)

    def look_at(replications: int) -> Look:
        nonlocal played, simulated, tally
        store.resolved = store.resolved.played(replications)
        tally = play(replace(experiment, replications=replications))
        simulated += tally.simulated
        keys: dict[str, dict[str, str]] = {}
        for (scenario, cadence), key in store.resolved.keys.items():
            keys.setdefault(scenario, {})[cadence] = key
        for scenario, watch in watches.items():
            for samples in _samples(experiment, store, measure, (scenario, keys[scenario]), played, replications):
                watch.add(samples)
        played = replications
        return look(watches, precision.half_width)

    found, told = None, []
    for found in stages(experiment.replications, precision.at_most, look_at, precision.half_width):
        told.append(_said(found, precision))
        say(told[-1])
    assert found is not None
    reached = _reached(found, precision, measure.title)
    store.resolved = replace(store.resolved, precision=reached)
    keep_growth(store, asked, told, reached)
    tally = replace(tally, simulated=simulated, reused=tally.total - simulated)
    return Grown(replace(experiment, replications=played), tally, reached)


def _as_before(
    experiment: Experiment,
    store: Store,
    play: Callable[[Experiment], Tally],
    say: Callable[[str], None],
    kept: KeptGrowth,
) -> Grown:
    """Come to what was reached before from the same rows."""
    grown = replace(experiment, replications=kept.reached.replications)
    store.resolved = replace(store.resolved.played(grown.replications), precision=kept.reached)
    tally = play(grown)
    for sentence in kept.said:
        say(sentence)
    return Grown(grown, tally, kept.reached)


def precision_note(reached: Reached | None) -> tuple[str, ...]:
    """Return what a report has to warn of: that intervals are wider than its config wants them."""
    return () if reached is None or (reached.narrow_enough and not reached.left_out) else (reached.sentence,)


def _samples(
    experiment: Experiment,
    store: Store,
    measure: Yardstick,
    arms: tuple[str, Mapping[str, str]],
    first: int,
    end: int,
) -> Iterator[dict[str, Sample]]:
    """Read the replications from ``first`` to ``end`` of a scenario's arms, given by its name and their keys."""
    from timeline.analysis import pieces
    from timeline.analysis.histories import columns_needed, read_histories

    ends = experiment.model.endpoints
    assert ends is not None
    scenario, keys = arms
    columns = columns_needed(ends)
    frames = (pieces.regular(store.pieces(key, end, columns, first), pieces.ROWS) for key in keys.values())
    for together in zip(*frames, strict=True):
        rows = zip(keys, together, strict=True)
        yield {
            cadence: sample(measure, read_histories(frame, ends, experiment.horizon, f"{scenario} x {cadence}"))
            for cadence, frame in rows
        }


def _said(found: Look, precision: Precision) -> str:
    """Say what one look has shown."""
    if found.cadence == "":
        return f"After {found.replications:,} replications no interval is defined."
    width, wanted = (say_width(half, precision.unit) for half in (found.half_width, precision.half_width))
    more = "" if found.half_width <= precision.half_width else f"; about {say_about(found.needed)} seem needed"
    return f"After {found.replications:,} replications the widest interval is ± {width}, wanted ± {wanted}{more}."


def _reached(found: Look, precision: Precision, title: str) -> Reached:
    """Return what is kept of the last look, see `Grown`."""
    from timeline.analysis.stopping import say_arm

    defined = found.cadence != ""
    enough = defined and found.half_width <= precision.half_width
    what = f"{title[0].lower()}{title[1:]}, {_whose(precision.of)}"
    wanted = f"± {say_width(precision.half_width, precision.unit)}"
    count = f"{found.replications:,} replications an arm"
    if not defined:
        sentence = f"No interval is defined after {count} ({what}), so more were not played."
    else:
        where = say_arm(found.scenario, found.cadence)
        width = f"± {say_width(found.half_width, precision.unit)} ({where})"
        if enough:
            sentence = f"Precise enough after {count}: {what}, at most {width}, wanted {wanted}."
        else:
            allowed = f"the most that {precision.fixed_by} allows" if precision.fixed_by else "the most allowed"
            sentence = (
                f"Not as precise as wanted after {count}, {allowed}: {what}, up to {width}, wanted {wanted}; "
                f"about {say_about(found.needed)} would be needed."
            )
    if found.left_out:
        sentence += f" Without an interval: {'; '.join(found.left_out)}."
    return Reached(
        replications=found.replications,
        half_width=found.half_width if defined else None,
        scenario=found.scenario if defined else None,
        cadence=found.cadence if defined else None,
        narrow_enough=enough,
        needed=round(found.needed) if defined else None,
        left_out=tuple(found.left_out),
        sentence=sentence,
    )


def _whose(of: str) -> str:
    return "differences from the baseline (95%, all cadences together)" if of == "contrasts" else "each cadence (95%)"
