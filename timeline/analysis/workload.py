"""Workload: how long the analysis of a run and its page will take, before anything is played.

A run can be quick and its page slow: arms are compared pair by pair and in every measure. The figures are rough,
measured on one core of 2024; they are there to tell a minute from an hour.
"""

from __future__ import annotations

from timeline.analysis.critical import draws_of

_PAGE = 15.0
_ARM = 0.03
_VALUE = 0.7e-6
_PRODUCT = 2e-9
_DRAWN_PAIR = 1.3e-9
_MEASURE = 2e-3


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
    The shipped question; 200 cadences with few replications; two cadences with a thousand million.

    >>> [round(page_seconds(*sizes)) for sizes in ((1, 14, 26, 20_000), (1, 200, 26, 200), (1, 2, 26, 10**9))]
    [21, 28, 36623]
    """
    compared = draws_of(cadences) * cadences**2 * _DRAWN_PAIR if cadences > 2 else 0.0
    each = _MEASURE + compared + replications * (cadences * _VALUE + cadences**2 * _PRODUCT)
    return _PAGE + scenarios * (cadences * _ARM + measures * each)
