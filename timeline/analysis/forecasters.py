"""Forecasters that know no mechanism: what a simulation has to beat. Each is trained on the same agreements.

A forecast is a curve for each agreement: the probability that it still holds after so many days.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from timeline.analysis.fitting.curves import product_limit
from timeline.analysis.fitting.durations import Durations
from timeline.analysis.fitting.fitted import fit_spells
from timeline.arrays import Floats

KAPLAN_MEIER = "Kaplan–Meier"
_LAWS = {"exponential": "exponential", "lognormal": "lognormal", "mixture": "two classes"}
#: Fewer ends than this a covariate, and a Cox model fits chance.
_ENDS_EACH = 5


@dataclass(frozen=True, eq=False)
class Known:
    """Agreements as a forecaster sees them.

    Attributes
    ----------
    spells
        How long each held, as far as is known.
    covariates
        What is known of each when it is signed, a column each, numbers.
    """

    spells: Durations
    covariates: pl.DataFrame


def plain_forecasts(
    trained: Known, asked: pl.DataFrame, days: Floats, cox: Mapping[str, Sequence[str]]
) -> tuple[dict[str, Floats], dict[str, str]]:
    """Return the forecasts of those that know no mechanism, and why some could not be made.

    Parameters
    ----------
    trained
        What they learn from.
    asked
        The covariates of those to be forecast, a row each.
    days
        Shape (days,), rising from 0.
    cox
        Cox models by name, and which covariates each knows.

    Returns
    -------
    dict of ndarray
        By name, shape (agreements, days).
    dict of str
        By name, why there is none.

    Examples
    --------
    >>> from timeline.analysis.fitting.durations import durations
    >>> spells = durations([100, 200, 300, 400], [100, 200, float("inf"), 400], whole_days=False)
    >>> nothing = pl.DataFrame({"watched": [0.0, 1.0, 0.0, 1.0]})
    >>> days, known = np.array([0.0, 150.0]), Known(spells, nothing)
    >>> found, without = plain_forecasts(known, nothing[:1], days, {"Cox": ["watched"]})
    >>> found["Kaplan–Meier"].tolist(), sorted(without)
    ([[1.0, 0.75]], ['Cox'])
    """
    many = asked.height
    found = {KAPLAN_MEIER: np.tile(product_limit(trained.spells, days), (many, 1))}
    fitted = fit_spells(trained.spells, laws=list(_LAWS), resamples=0)
    without = {_LAWS[law]: why for law, why in fitted.refused.items() if law in _LAWS}
    for law in fitted.laws:
        found[_LAWS[law.family.name]] = np.tile(law.survival(days), (many, 1))
    for name, columns in cox.items():
        varying = [column for column in columns if trained.covariates[column].n_unique() > 1]
        if not varying:
            without[name] = "nothing is known of the agreements that differs between them"
        elif trained.spells.events < _ENDS_EACH * len(varying):
            ends, each = trained.spells.events, _ENDS_EACH
            without[name] = f"{ends} ends, expected {each} or more for each of {len(varying)} covariates"
        else:
            found[name] = _cox(trained.spells, trained.covariates.select(varying), asked.select(varying), days)
    return {name: found[name] for name in [KAPLAN_MEIER, *_LAWS.values(), *cox] if name in found}, without


def _cox(spells: Durations, known: pl.DataFrame, asked: pl.DataFrame, days: Floats) -> Floats:
    import greenwood

    names: Mapping[str, str] = {name: f"x{place}" for place, name in enumerate(known.columns)}
    data = known.rename(names).with_columns(time=pl.Series(spells.day), event=pl.Series(spells.ended.astype(np.int64)))
    outcome = greenwood.Outcome.surv(time="time", event="event")
    fitted = greenwood.CoxPH().fit(outcome, covariates=list(names.values()), data=data)
    table = fitted.predict(asked.rename(names), type="survival", times=days[days > 0].tolist(), format="polars")
    curves = table.drop("time").to_numpy().T
    start = np.ones((asked.height, int((days <= 0).sum())))
    return np.asarray(np.hstack([start, curves]), np.float64)
