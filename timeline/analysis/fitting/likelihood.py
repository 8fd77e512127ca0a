"""Maximum likelihood from durations that are known, bounded, censored, and watched from some day on.

A spell that ended on a day gives its density there; one that ended between two days the chance of that; one that had
not ended the chance to last so long. All are divided by the chance to last until it came under observation
(Klein & Moeschberger 2003, Survival Analysis, sections 3.5 and 3.6).
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize

from timeline.analysis.fitting.durations import Durations
from timeline.analysis.fitting.families import Family
from timeline.arrays import Floats
from timeline.errors import TimelineError

#: What stands for minus infinity in a search.
_WORST = 1e12


def log_likelihood(family: Family, x: Floats, spells: Durations) -> float:
    """Return the log likelihood of spells under a law.

    Parameters
    ----------
    family, x
        The law: its family, and its parameters as the family searches for them.
    spells
        What is known of them.

    Examples
    --------
    Two ends on days 2 and 4, one spell that still went on after 6 days, at one end in 6 days:

    >>> from timeline.analysis.fitting.durations import durations
    >>> from timeline.analysis.fitting.families import FAMILIES
    >>> spells = durations([2, 4, 6], [2, 4, float("inf")], whole_days=False)
    >>> round(log_likelihood(FAMILIES["exponential"], np.log([1 / 6]), spells), 6)
    -5.583519
    """
    low, high = spells.between
    known, ended = low == high, np.isfinite(high)
    between = ended & ~known
    with np.errstate(all="ignore"):
        parts = np.empty(low.shape)
        parts[known] = family.log_density(x, low[known])
        parts[~ended] = family.log_survival(x, low[~ended])
        before, after = family.log_survival(x, low[between]), family.log_survival(x, high[between])
        parts[between] = before + np.log(-np.expm1(after - before))
        entered = spells.entry > 0
        parts[entered] -= family.log_survival(x, spells.entry[entered])
        total = float((spells.weight * parts)[spells.weight > 0].sum())
    return total if np.isfinite(total) else -_WORST


def maximise(family: Family, spells: Durations, near: Floats | None = None) -> tuple[Floats, float]:
    """Return the parameters of greatest likelihood, and its logarithm.

    Parameters
    ----------
    family
        Of laws.
    spells
        What is known of them.
    near
        Where the top is near, as for spells drawn again: the search begins there, and ends sooner.

    Raises
    ------
    TimelineError
        If no greatest likelihood is found.
    """

    alike = spells.merged()

    def loss(x: Floats) -> float:
        return -log_likelihood(family, x, alike)

    best: tuple[float, Floats] | None = None
    for begin in [near] if near is not None else family.starts(spells):
        found = minimize(loss, begin, method="BFGS", options={"gtol": 1e-6 if near is None else 1e-3})
        if family.size <= 3 and near is None:
            # Numerical slopes stop a little short of the top; the simplex goes the rest of the way.
            found = minimize(
                loss, found.x, method="Nelder-Mead", options={"xatol": 1e-7, "fatol": 1e-9, "maxiter": 4000}
            )
        if best is None or found.fun < best[0]:
            best = float(found.fun), found.x
    assert best is not None
    if best[0] >= _WORST or not np.isfinite(best[1]).all():
        raise TimelineError(f"{family.name}: no law of this family fits these durations; try another --law")
    return best[1], -best[0]
