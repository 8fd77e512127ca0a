"""Yardsticks: the single numbers that arms are compared by, each with its population.

Here they are only declared, as plain data that costs nothing to import: what a yardstick is called, of whom it
speaks, and what it reads of a timeline. `timeline.analysis.samples` reads it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf
from typing import Literal

from timeline.errors import TimelineError
from timeline.model.endpoints import AtEnd, Direction, Endpoints
from timeline.study.window import Window
from timeline.words import say_days, span

ALL = "all replications"
SIGN = "among those that sign"
ACCORD = "among those that reach an accord"
BOTH = "sign under both"
BOTH_ACCORD = "reach an accord under both"

IN_FORCE_OF_ACCORD = "in_force_both_accord"
"""The key of the share in force at the horizon of those that reach an accord under a cadence and the baseline."""

Statistic = Literal["share", "mean", "median"]

Reading = Literal[
    "in force on", "in force after accord", "days in force", "kept for", "days kept", "signed", "ended", "hostility",
    "further", "accord by", "accord day", "signed day",
]  # fmt: skip
"""What is read of each timeline; `timeline.analysis.samples` has one function for each."""


@dataclass(frozen=True)
class Yardstick:
    """One number to compare arms by.

    Attributes
    ----------
    key
        Stable name, such as ``rmst_in_force_1826``.
    title
        What it is, in plain words.
    estimand
        The population it speaks of.
    unit
        ``share``, ``days``, ``index`` or ``count``.
    better
        Which direction whoever asks would wish for.
    statistic
        How the values become one number.
    reading
        What is read of each timeline.
    detail
        What that reading needs to know: days, a name, a place.
    empty
        What to say if nobody belongs to the population.
    undefined
        Why the yardstick cannot be had at all; empty if it can.
    span
        The largest value that there can be, where none is below 0; infinity if nothing bounds them.
    says
        A clause with ``{}`` for the value, for the answer; empty if the model gives none.
    """

    key: str
    title: str
    estimand: str
    unit: str
    better: Direction
    statistic: Statistic
    reading: Reading
    detail: tuple[float | str | bool, ...] = ()
    empty: str = ""
    undefined: str = ""
    span: float = inf
    says: str = ""

    @property
    def of_both(self) -> bool:
        """Whether it speaks of replications that sign, or reach an accord, under both arms of a pair."""
        return self.estimand in (BOTH, BOTH_ACCORD)

    @property
    def of_whom(self) -> str:
        """What two cadences must both do for a replication to count, as "those two both ..." goes on."""
        return "reach an accord" if self.estimand == BOTH_ACCORD else "sign"


def declare_yardsticks(endpoints: Endpoints, window: Window) -> tuple[Yardstick, ...]:
    """List every yardstick of an analysis, in the order of a report.

    Parameters
    ----------
    endpoints
        Which milestones and outcomes the model has; yardsticks it cannot have are left out.
    window
        For how long is watched.

    Raises
    ------
    TimelineError
        If two restricted means round to the same whole day, since keys are named by it, or a further measure of the
        model takes the key of another.

    Examples
    --------
    >>> ends = Endpoints(phases=(("talks", None),), half_verified=None, hostility=None, accord=None)
    >>> [y.key for y in declare_yardsticks(ends, Window(5479.0, 3652.0, (1826.25,)))][:4]
    ['in_force_end', 'rmst_in_force_1826', 'survival_since_signature_1826', 'rmst_since_signature_1826']
    """
    names = [f"{days:.0f}" for days in window.rmst]
    if len(set(names)) < len(names):
        raise TimelineError(
            f"rmst: windows {', '.join(map(str, window.rmst))} round to the same whole day; give windows a day apart"
        )
    means = list(zip(names, window.rmst, strict=True))
    followed = f"nobody signed early enough to be followed for {span(window.follow_up)}"
    nobody_both = followed.replace("nobody signed", "no replication signed under both arms")
    both = "since signature, where both arms sign"
    verified = endpoints.half_verified is not None

    found: list[Yardstick] = []
    if endpoints.signed is not None:
        found += _in_force_at_the_end(window, verified)
        for name, days in means:
            found += _days_in_force(name, days, window, verified)
        for name, days in means:
            found += _since(f"since_signature_{name}", "since signature", SIGN, followed, days, window)
        for name, days in means:
            found += _since(f"both_sign_{name}", both, BOTH, nobody_both, days, window)
        if endpoints.accord is not None:
            found.append(_in_force_of_accord(window))
        found.append(_share("signed", "Signed before the horizon", "higher", "signed"))
    found += _endings(endpoints)
    if endpoints.hostility is not None:
        nobody = "no replication has a hostility"
        title = "Mean hostility at the end of the timeline"
        found.append(Yardstick("hostility", title, ALL, "index", "lower", "mean", "hostility", empty=nobody, span=1.0))
    found += [_further(place, further, window.horizon) for place, further in enumerate(endpoints.further)]
    if endpoints.accord is not None:
        # Among those that reach one, a cadence that drives the slow ones to give up would look quick.
        title = f"Mean days until a private accord, {say_days(window.horizon)} if none"
        until = (window.horizon,)
        found.append(
            Yardstick("time_to_accord", title, ALL, "days", "lower", "mean", "accord by", until, span=window.horizon)
        )
        found += _milestone("accord_day", "private accord", ACCORD, "accord day", "nobody reached an accord", window)
    if endpoints.signed is not None:
        found += _milestone("signed_day", "signature", SIGN, "signed day", "nobody signed", window)
    _require_different_keys(found)
    return tuple(found)


def _share(key: str, title: str, better: Direction, reading: Reading, *detail: float | str | bool) -> Yardstick:
    return Yardstick(key, title, ALL, "share", better, "share", reading, detail, span=1.0)


def _in_force_at_the_end(window: Window, verified: bool) -> list[Yardstick]:
    end = f"at the end ({say_days(window.horizon)})"
    found = [_share("in_force_end", f"In force {end}", "higher", "in force on", window.horizon, False)]
    if verified:
        title = f"In force with at least half verified {end}"
        found.append(_share("in_force_verified_end", title, "higher", "in force on", window.horizon, True))
    return found


def _in_force_of_accord(window: Window) -> Yardstick:
    """Declare the share in force of those whom a report made after the accord can touch.

    The replications are those that reach an accord under both cadences, not each cadence's own. Own ones would say
    little: their share is that of all, divided by how many reach an accord, and a cadence that drives the weak talks
    to give up would look good. Of both, the same timelines are compared: a difference is what becomes of accords, not
    of who gets there. From the accord on cadences reach it in the same timelines, and the two are one.
    """
    title = f"In force at the end ({say_days(window.horizon)}), where both arms reach an accord"
    nobody = "no replication reached an accord under both arms"
    detail = (window.horizon,)
    return Yardstick(
        IN_FORCE_OF_ACCORD, title, BOTH_ACCORD, "share", "higher", "share", "in force after accord", detail, nobody,
        span=1.0,
    )  # fmt: skip


def _days_in_force(name: str, days: float, window: Window, with_verified: bool) -> list[Yardstick]:
    within = say_days(days).removeprefix("1 ")  # "the first year" and "the first 5 years"
    too_long = _too_long(days, window.horizon, "horizon")

    def mean(key: str, what: str, verified: bool) -> Yardstick:
        title = f"Mean days {what} within the first {within}"
        return Yardstick(
            key, title, ALL, "days", "higher", "mean", "days in force", (days, verified), undefined=too_long, span=days
        )

    found = [mean(f"rmst_in_force_{name}", "in force", False)]
    if with_verified:
        found.append(mean(f"rmst_in_force_verified_{name}", "in force with at least half verified", True))
    return found


def _since(key: str, who: str, estimand: str, empty: str, days: float, window: Window) -> list[Yardstick]:
    within = say_days(days)
    too_long = _too_long(days, window.follow_up, "follow-up")
    detail = (days, window.latest_signing)

    def stick(start: str, title: str, unit: str, statistic: Statistic, reading: Reading, most: float) -> Yardstick:
        return Yardstick(
            f"{start}_{key}", title, estimand, unit, "higher", statistic, reading, detail, empty, too_long, most
        )

    return [
        stick("survival", f"Still kept {within} {who}", "share", "share", "kept for", 1.0),
        stick("rmst", f"Mean days kept within {within} {who}", "days", "mean", "days kept", days),
    ]


def _too_long(days: float, limit: float, name: str) -> str:
    if days <= limit:
        return ""
    return f"the window of {say_days(days)} is longer than the {name} of {say_days(limit)}"


def _endings(endpoints: Endpoints) -> list[Yardstick]:
    directions: list[tuple[str, Direction]] = [(name, "higher") for name in endpoints.safe]
    directions += [(name, "lower") for name in endpoints.failures]
    return [
        replace(
            _share(f"outcome_{name}", f"Ended as “{name}” before the horizon", better, "ended", name),
            says=f"{{}} of timelines end as “{name}”".replace("_", " "),
        )
        for name, better in directions
    ]


def _further(place: int, further: AtEnd, horizon: float) -> Yardstick:
    return Yardstick(
        further.key,
        further.title,
        ALL,
        further.unit,
        further.better,
        "mean",
        "further",
        (place,),
        empty=f"no timeline has {further.column}",
        span=further.span(horizon),
        says=further.says,
    )


def _milestone(key: str, what: str, estimand: str, reading: Reading, empty: str, window: Window) -> list[Yardstick]:
    def stick(statistic: Statistic) -> Yardstick:
        name = f"{key}_median" if statistic == "median" else key
        title = f"{statistic.capitalize()} day of {what}"
        return Yardstick(name, title, estimand, "days", "neither", statistic, reading, empty=empty, span=window.horizon)

    return [stick("mean"), stick("median")]


def _require_different_keys(yardsticks: list[Yardstick]) -> None:
    keys = [yardstick.key for yardstick in yardsticks]
    twice = sorted({key for key in keys if keys.count(key) > 1})
    if twice:
        raise TimelineError(
            f"endpoints: a further measure is called {', '.join(twice)}, which another measure is called already; "
            "give it a name of its own, name=..."
        )


def no_ranking(yardstick: Yardstick) -> str:
    """Say why cadences have no order by a yardstick; empty if they have.

    Examples
    --------
    >>> no_ranking(Yardstick("signed_day", "Day", SIGN, "days", "neither", "mean", "signed day"))
    'no ranking: neither direction is better in itself'
    """
    if yardstick.undefined:
        return yardstick.undefined
    if yardstick.of_both:
        return f"no common ranking: each cadence is compared with the baseline where those two both {yardstick.of_whom}"
    return "no ranking: neither direction is better in itself" if yardstick.better == "neither" else ""


def no_own_value(yardstick: Yardstick) -> str:
    """Say why the baseline has no value of a yardstick that is of both arms of a pair.

    Examples
    --------
    >>> no_own_value(Yardstick("kept", "Kept", BOTH, "share", "higher", "share", "kept for"))
    'the baseline is compared with each cadence; see both_sign'
    """
    table = "both_sign" if yardstick.estimand == BOTH else "contrasts"
    return f"the baseline is compared with each cadence; see {table}"


def no_selection(measure: Yardstick) -> str:
    """Say why no cadence can be chosen by a measure; empty if one can.

    Examples
    --------
    >>> day = Yardstick("signed_day", "Mean day of signature", SIGN, "days", "neither", "mean", "signed day")
    >>> no_selection(day)
    'neither direction of "signed_day" is better in itself'
    """
    if measure.undefined:
        return measure.undefined
    if measure.better == "neither":
        return f'neither direction of "{measure.key}" is better in itself'
    if measure.of_both:
        return f'"{measure.key}" is of replications that {measure.of_whom} under both of two cadences'
    if measure.estimand != ALL:
        return f'"{measure.key}" is {measure.estimand}, and each cadence decides itself which these are'
    return ""
