"""What a pilot says of a study, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from timeline.front.beyond import further_timelines
from timeline.front.worlds import MOST_TIMELINES
from timeline.words import counted, measure_words, say_width, span

if TYPE_CHECKING:
    from timeline.playing.forecast import Forecast
    from timeline.study.experiment import Experiment
    from timeline.study.questions import Selection

#: Seconds.
DAY = 86_400.0


def say_precision(experiment: Experiment, forecast: Forecast) -> list[str]:
    """Say what the wanted precision takes; a pilot knows no more than two digits.

    Returns
    -------
    list of str
        Sentences; none if the config wants no precision.
    """
    from timeline.study.questions import say_about

    wanted = experiment.precision
    if wanted is None:
        return []
    name = measure_words(wanted.measure)
    lines = []
    if forecast.needed is None or forecast.low is None or forecast.high is None or forecast.widest is None:
        lines.append(f"The pilot defines no interval of {name}, so nothing can be said of its precision.")
    else:
        from timeline.analysis.stopping import say_arm

        what = "difference from the baseline" if wanted.of == "contrasts" else "estimate"
        lines.append(
            f"± {say_width(wanted.half_width, wanted.unit)} of {name} for every {what} takes about "
            f"{say_about(forecast.needed)} replications an arm (from so small a pilot: {say_about(forecast.low)} to "
            f"{say_about(forecast.high)}); the widest interval is that of {say_arm(*forecast.widest)}."
        )
        if forecast.needed > wanted.at_most and forecast.half_width is not None:
            allowed = "The config allows at_most" if not wanted.fixed_by else f"{wanted.fixed_by} allows"
            lines.append(
                f"{allowed} {wanted.at_most:,}, which gives about ± {say_width(forecast.half_width, wanted.unit)}."
            )
        elif forecast.needed < experiment.replications:
            lines.append(f"The first stage, replications = {experiment.replications:,}, is more than enough for that.")
    if forecast.left_out:
        lines.append(f"Without an interval: {'; '.join(forecast.left_out)}.")
    return lines


def say_selection(wanted: Selection, replications: int) -> str:
    """Say whether a cadence can be chosen with so many replications."""
    from timeline.study.questions import FIRST_LOOK

    needs = (
        f"A choice by {measure_words(wanted.measure)} ([selection]) takes {FIRST_LOOK:,} replications an arm at least"
    )
    if replications < FIRST_LOOK:
        return f"{needs}, so none will be made; give replications = {FIRST_LOOK} or more."
    return f"{needs}; how many more depends on how far ahead the best is."


def say_uncertainty(experiment: Experiment, forecast: Forecast) -> str:
    """Say what the worlds of ``[uncertainty]`` take beside the run, and what finding them may take."""
    asked, cadences = experiment.uncertainty, len(experiment.cadences)
    assert asked is not None
    each = asked.timelines or asked.worlds * asked.replications
    timelines = each * cadences + further_timelines(experiment)
    seconds = forecast.seconds * timelines / max(forecast.replications * forecast.arms, 1)
    split = f"{asked.timelines:,} timelines, which a pilot splits between worlds and replications,"
    plainly = f"{counted(asked.worlds, 'world')} with {asked.replications:,} replications"
    said = (
        f"[uncertainty] plays {split if asked.timelines else plainly} under each of {counted(cadences, 'cadence')}, "
        "and "
        f"what else it asks: {timelines:,} timelines more, {span(seconds / DAY)} at most."
    )
    if not asked.keep:
        return said
    return (
        f"{said} Finding worlds within {counted(len(asked.keep), 'band')} comes before; it takes the more the fewer "
        f"fit, and {MOST_TIMELINES:,} timelines a world at most where they are moved."
    )
