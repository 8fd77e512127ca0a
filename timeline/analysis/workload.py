"""Workload: how long the analysis of a run and its page will take, before anything is played.

A run can be quick and its page slow: arms are compared pair by pair and in every measure. The figures are rough,
measured on one core of 2024; they are there to tell a minute from an hour.
"""

from __future__ import annotations

from timeline.analysis.critical import draws_of
from timeline.analysis.extent import number_in_full

_PAGE = 15.0
_ARM, _ARM_IN_BRIEF = 0.03, 3e-3
_VALUE = 0.7e-6
_PRODUCT = 2e-9
_DRAWN_PAIR = 1.3e-9
_MEASURE = 1e-3
_MEASURES_IN_BRIEF = 8


def page_seconds(scenarios: int, cadences: int, measures: int, replications: int) -> float:
    """Return about how many seconds it takes to analyse a run's rows and to write its page.

    Parameters
    ----------
    scenarios, cadences
        How many there are; each scenario is played under each cadence.
    measures
        How many numbers are compared.
    replications
        Of each arm.

    Examples
    --------
    The shipped question; 200 cadences; a thousand scenarios; two cadences with a thousand million replications.

    >>> sizes = ((1, 14, 26, 20_000), (1, 200, 26, 200), (1000, 2, 26, 200), (1, 2, 26, 10**9))
    >>> [round(page_seconds(*each)) for each in sizes]
    [21, 28, 36, 36623]
    """
    full = number_in_full([cadences] * scenarios)
    brief = min(measures, _MEASURES_IN_BRIEF)
    arms = cadences * (full * _ARM + (scenarios - full) * _ARM_IN_BRIEF)
    compared = full * measures + (scenarios - full) * brief
    drawn = draws_of(cadences) * cadences**2 * _DRAWN_PAIR if cadences > 2 else 0.0
    each = _MEASURE + drawn + replications * (cadences * _VALUE + cadences**2 * _PRODUCT)
    return _PAGE + arms + compared * each
