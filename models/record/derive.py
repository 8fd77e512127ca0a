"""Turn four data files into the figures that the models use.

``python models/record/derive.py --data DIR`` writes ``leader_tenure.py``, ``step_gaps.py``, ``agreement_survival.py``,
``alliance_survival.py`` and ``next_agreement.py`` beside this script; with ``--check`` it only says whether they are what the data give. The
data stay with their publishers; what is shipped is a life table, a fitted law, survival on some days and a share on
four.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent, fill

import click
import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.integrate import quad
from scipy.optimize import minimize
from scipy.special import expit, log_ndtr, logit, logsumexp, ndtr

from timeline import ConfigError, LifeTable, TimelineError, life_table, read_record, read_spells, read_table

YEAR = 365.25
REGIMES = ("democracy", "autocracy")
SINCE = "1946"
# A month after a term of four or five years stands alone: most democratic exits of those years fall in it.
KNOT_YEARS = (0, 1 / 12, 0.25, 0.5, 1, 1.5, 2, 3, 4, 4.1, 5, 5.1, 6, 8, 10, 12, 16)
KIND_YEARS = (0, 1, 2, 4, 8)
KINDS = ("regular", "irregular", "natural", "foreign")
AGE_STEPS = 64
NEXT_YEARS = (1.0, 2.0, 4.0, 8.0)
RESAMPLES = 2_000
SURVIVAL_YEARS = (0.5, 1.0, 2.0, 3.0, 5.0, 7.0, 10.0)
# Most agreements that fail do so soon: worlds are held against the record on early days too.
BAND_DAYS = (30.0, 90.0, 180.0, 365.0, 730.0, 1826.0)
ALLIANCE_YEARS = (1.0, 2.0, 5.0, 10.0)
_WIDTH = 100  # characters a line in what is written
WINDOW_DAYS = 3652.0  # 1990-01-01 to 1999-12-31

Floats = NDArray[np.float64]


# Leaders in office


def tenure_table(file: Path, regime: str) -> LifeTable:
    """Return the life table of the leaders of one regime who entered in 1946 or later."""
    spells = read_spells(
        file,
        duration="tenure_days",
        event="observed",
        group="regime_at_entry",
        where=pl.col("entered") >= SINCE,
    )
    chosen = spells.of(regime)
    return life_table(chosen.durations, chosen.observed, [years * YEAR for years in KNOT_YEARS])


def exits(file: Path, regime: str) -> pl.DataFrame:
    """Return the exits of known kind, each with the number of its interval of `KIND_YEARS`."""
    years = pl.col("tenure_days") / YEAR
    table = read_table(file, ["entered", "regime_at_entry", "exit", "tenure_days"], "leaders")
    days = table.days("tenure_days")
    table.require_sound()
    return (
        table.rows.with_columns(days.alias("tenure_days"))
        .filter(pl.col("entered") >= SINCE, pl.col("regime_at_entry") == regime, pl.col("exit").is_in(KINDS))
        .select("exit", interval=sum((years > begins).cast(pl.Int64) for begins in KIND_YEARS) - 1)
    )


def incumbent_ages(table: LifeTable) -> Floats:
    """Return the age in office of a leader met at a random moment, at evenly spaced probabilities.

    The last age, at probability 1, has no bound in truth. It is set so that a straight line
    from the age before it has the mean age of the tail, which keeps the oldest incumbents
    as old on average as the table says.
    """
    ages = table.incumbent_age(np.arange(AGE_STEPS) / AGE_STEPS)
    oldest = float(ages[-1])
    knots = [knot for knot in table.knots if knot > oldest]
    ends = [oldest, *knots]
    # The open end of the table, a constant hazard, is integrated in closed form.
    last, hazard = ends[-1], table.hazards[-1]
    tail = float(table.survival(last)) * (last / hazard + 1 / hazard**2)
    within = sum(
        quad(lambda age: age * float(table.survival(age)), a, b)[0] for a, b in zip(ends, knots, strict=False)
    )
    mean_of_tail = (within + tail) / table.mean() * AGE_STEPS
    return np.append(ages, 2 * mean_of_tail - oldest)


def leader_tenure(file: Path) -> str:
    """Return the text of ``leader_tenure.py``."""
    tables = [tenure_table(file, regime) for regime in REGIMES]
    left = [exits(file, regime) for regime in REGIMES]
    irregular = pl.col("exit").is_in(["irregular", "foreign"])
    by_years = [
        [
            found.filter(pl.col("interval") == i).select(irregular.mean()).item()
            for i in range(len(KIND_YEARS))
        ]
        for found in left
    ]
    entries: list[tuple[str, str, object]] = [
        ("REGIMES", "order of every pair below", REGIMES),
        ("SPELLS", "leaders", [table.n for table in tables]),
        ("KNOTS", "days in office at which an interval begins", tables[0].knots),
        ("HAZARDS", "exits per day, by regime and interval", [table.hazards for table in tables]),
        ("INCUMBENT_AGES", "days in office, by regime", [incumbent_ages(table) for table in tables]),
        ("EXIT_KINDS", "order of EXIT_SHARES", KINDS),
        (
            "EXIT_SHARES",
            "of exits, by regime",
            [[(f["exit"] == kind).mean() for kind in KINDS] for f in left],
        ),
        (
            "IRREGULAR_SHARE",
            "of exits, by regime, foreign counted",
            [f.select(irregular.mean()).item() for f in left],
        ),
        ("IRREGULAR_KNOTS", "days in office", [years * YEAR for years in KIND_YEARS]),
        ("IRREGULAR_SHARE_BY_TIME", "the same by time in office", by_years),
    ]
    return module(
        """
        How long leaders stay in office, and how they go: entered 1946 or later, seen to the end of 2015.

        Source: Archigos 4.1 (Goemans, Gleditsch & Chiozza 2009, J. Peace Research 46(2):269-283);
        regime at entry from Boix, Miller & Rosato 2013, v4.0. Leaders whose regime is
        not coded are left out.

        HAZARDS are exits divided by days in office in each interval, the maximum-likelihood estimate;
        the last hazard goes on beyond the last knot. A democratic term of four or five years ends in
        the five weeks after it, hence the narrow intervals there. The regime is that at entry and
        does not change.

        INCUMBENT_AGES are for a leader already in office when the timeline begins, a length-biased
        draw: quantiles at the probabilities 0, 1/64, ..., 63/64 and 1 of the age with density S(age)
        divided by the mean tenure; between them interpolate linearly. The age at 1 stands for an
        unbounded tail and is set to keep that tail's mean. It takes the office to be in balance,
        neither younger nor older than the hazards would keep it.

        IRREGULAR_SHARE counts a leader removed by another state ("foreign") as irregular, because the
        office did not pass by the country's own rules; EXIT_SHARES keeps the two apart. Ends not seen
        are not exits. The share changes with time in office (it peaks in the third and fourth year;
        chi-square p = 3e-6 among democracies, .03 among autocracies), hence IRREGULAR_SHARE_BY_TIME,
        on the intervals that begin at IRREGULAR_KNOTS.
        """,
        entries,
    )


# Gaps between agreements


@dataclass(frozen=True)
class GapRecord:
    """What the likelihood needs to know of each process; one entry a process."""

    gaps: Floats
    same_day: Floats
    log_mean: Floats
    log_squares: Floats  # squared deviations of the log gaps from their mean, summed
    span: Floats

    @classmethod
    def read(cls, file: Path) -> GapRecord:
        """Read gaps in days, one a row, with the process they belong to."""
        table = read_table(file, ["process", "gap_days"], "gaps")
        gaps = pl.DataFrame(
            {"process": table.text("process"), "gap_days": table.days("gap_days")}
        )
        table.require_sound()
        later, log = pl.col("gap_days") > 0, pl.col("gap_days").filter(pl.col("gap_days") > 0).log()
        by_process = (
            gaps.group_by("process", maintain_order=True)
            .agg(
                gaps=later.sum().cast(pl.Float64),
                same_day=(~later).sum().cast(pl.Float64),
                log_mean=log.mean().fill_null(0.0),
                log_squares=((log - log.mean()) ** 2).sum(),
                span=pl.col("gap_days").sum().cast(pl.Float64),
            )
        )
        if not (by_process["span"] < WINDOW_DAYS).all():
            raise ConfigError(
                f"{file}: given gaps that add up to {by_process['span'].to_numpy().max():g} days "
                f"in one process, expected less than the {WINDOW_DAYS:g} days of 1990 to 1999: check the file"
            )
        return cls(*(by_process[name].to_numpy() for name in cls.__dataclass_fields__))


@dataclass(frozen=True)
class GapLaw:
    """Gaps of one process: the same day with a share, else lognormal around the process's own pace."""

    same_day: float
    log_median: float
    pace_sd: float
    gap_sd: float


_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(40)
_LOG_WEIGHTS = np.log(_WEIGHTS / np.sqrt(2 * np.pi))


def log_likelihood(law: GapLaw, record: GapRecord, window: float | None = WINDOW_DAYS) -> float:
    """Return the log likelihood of the record under `law`.

    Given its pace, a process's log gaps are normal, and the pace is normal between processes, so
    the gaps themselves have a closed form, process by process. With a `window` the likelihood also
    knows how the gaps came to be seen: the first agreement falls on any day of the window alike, the
    next gap runs beyond its end, and a process without a second agreement is not in the file. A
    slow process shows few and short gaps of those it would have; without the window the law comes
    out too fast and the processes too alike.
    """
    r, total = record, 0.0
    between, within = law.pace_sd**2, law.gap_sd**2
    pooled = within + r.gaps * between
    deviation = r.log_mean - law.log_median
    some = r.gaps > 0
    closed = -0.5 * (
        r.gaps * np.log(2 * np.pi)
        + (r.gaps - 1) * np.log(within)
        + np.log(pooled)
        + r.log_squares / within
        + r.gaps * deviation**2 / pooled
    )
    total += float(closed[some].sum())
    total += float(r.same_day.sum() * np.log(law.same_day) + r.gaps.sum() * np.log1p(-law.same_day))
    if window is None:
        return total
    # Where the process's pace lies, given its own gaps.
    centre = law.log_median + between * r.gaps * deviation / pooled
    spread = np.sqrt(between * within / pooled)
    pace = centre[:, None] + spread[:, None] * _NODES
    left = window - r.span
    unseen = _days_waited(left[:, None], pace, law.gap_sd) / window
    total += float(logsumexp(_LOG_WEIGHTS + np.log(unseen), axis=1).sum())
    total += float(r.gaps.size * np.log1p(-law.same_day))
    alone = _days_waited(np.float64(window), law.log_median + law.pace_sd * _NODES, law.gap_sd) / window
    in_file = 1 - (1 - law.same_day) * np.exp(logsumexp(_LOG_WEIGHTS + np.log(alone)))
    return total - float(r.gaps.size * np.log(in_file))


def _days_waited(days: Floats | np.float64, pace: Floats, sd: float) -> Floats:
    """Integral from 0 to `days` of the chance that a lognormal gap is longer."""
    log = np.log(days)
    shorter: Floats = np.exp(pace + sd**2 / 2 + log_ndtr((log - pace - sd**2) / sd))
    return days * ndtr((pace - log) / sd) + shorter


def fit_gaps(record: GapRecord, window: float | None = WINDOW_DAYS) -> GapLaw:
    """Return the law of maximum likelihood."""

    def law_at(x: Floats) -> GapLaw:
        return GapLaw(float(expit(x[0])), float(x[1]), float(np.exp(x[2])), float(np.exp(x[3])))

    def loss(x: Floats) -> float:
        return -log_likelihood(law_at(x), record, window)

    start = np.array([logit(0.1), 4.0, 0.0, 0.0])
    found = minimize(
        loss, start, method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-9, "maxiter": 9999}
    )
    if not found.success:
        raise ConfigError(f"agreement gaps: no law could be fitted ({found.message}); check the file of gaps")
    # The optimum is flat: further digits differ between platforms and mean nothing.
    best = law_at(found.x)
    return GapLaw(*(round(value, 3) for value in (best.same_day, best.log_median, best.pace_sd, best.gap_sd)))


def observe(law: GapLaw, processes: int, random: np.random.Generator) -> list[Floats]:
    """Return the gaps that a ten-year window would show of so many processes, in whole days."""
    shown: list[Floats] = []
    while len(shown) < processes:
        pace = random.normal(law.log_median, law.pace_sd)
        left = random.uniform(0, WINDOW_DAYS)
        gaps: list[float] = []
        while True:
            same_day = random.random() < law.same_day
            gap = 0.0 if same_day else max(1.0, round(np.exp(random.normal(pace, law.gap_sd))))
            left -= gap
            if left < 0:
                break
            gaps.append(gap)
        if gaps:
            shown.append(np.array(gaps))
    return shown


def step_gaps(file: Path) -> str:
    """Return the text of ``step_gaps.py``."""
    record = GapRecord.read(file)
    law = fit_gaps(record)
    entries: list[tuple[str, str, object]] = [
        ("PROCESSES", "peace processes", record.gaps.size),
        ("GAPS", "gaps, those of 0 days among them", int(record.gaps.sum() + record.same_day.sum())),
        ("SAME_DAY_SHARE", "chance that the next agreement comes on the same day", law.same_day),
        ("LOG_MEDIAN_DAYS", "log of the median gap, in days, of the median process", law.log_median),
        ("PACE_SD", "standard deviation between processes, in log days", law.pace_sd),
        ("GAP_SD", "standard deviation within a process, in log days", law.gap_sd),
    ]
    return module(
        """
        Days from one agreement of a peace process to its next, 1990 to 1999.

        Source: PA-X Peace Agreements Database, v6 (Bell et al., University of Edinburgh).

        The law: with SAME_DAY_SHARE the next agreement is signed on the same day, a bundle; otherwise
        the gap is lognormal, exp(pace + GAP_SD * normal) days, where each process has a pace of
        its own, LOG_MEDIAN_DAYS + PACE_SD * normal.

        Fitted by maximum likelihood as seen through the ten-year window: the first agreement falls on
        any day of it alike, the gap that runs beyond its end is not seen, and a process with one agreement
        is not in the file. Standard errors, by resampling processes: .02, .27, .20 and .10 in the order
        below. Records of 59 processes simulated through the same window have, in the middle of many,
        quartiles of all gaps 3, 23 and 98 days (record 3, 24, 100), of the processes' medians 26, 72
        and 201 (record 16, 83, 317; nine simulated records in ten lie in 16-39, 47-109 and 129-323), of
        the gaps a process 2, 5 and 12 (record 2.5, 5, 13), and 14% of gaps of 0 days (record 14%).

        Caveats. Fast processes yield more gaps, so pooled gaps are shorter than a typical process's.
        Fitted without the window the law is too fast and too even (median 78 days, PACE_SD .99, GAP_SD
        1.54). The median process is slower than the window shows: compare simulated gaps with the record
        only through such a window. Talks that have ended are not told apart from long waits. A gap of
        0 days may be one negotiation filed as several texts; its share is taken to be equal in all
        processes, which it is not. Days are whole in the record and not in the law.
        """,
        entries,
    )


# Agreements


def agreement_survival(file: Path) -> str:
    """Return the text of ``agreement_survival.py``."""
    record = read_record(file, [years * YEAR for years in SURVIVAL_YEARS])
    if record.table["cluster_low"].null_count():
        raise ConfigError(
            f"{file}: given {record.processes} peace processes, seen for {record.steps['day'].to_numpy().max():g} days, "
            f"expected enough for a band {SURVIVAL_YEARS[-1]} years after signature; check the file"
        )
    names = ("survival", "cluster_low", "cluster_high")
    shares = {name: record.table[name].to_numpy().round(4) for name in names}
    bands = read_record(file, BAND_DAYS).table
    entries: list[tuple[str, str, object]] = [
        ("AGREEMENTS", "full and partial agreements", record.agreements),
        ("ENDINGS", "of which failed", record.endings),
        ("PROCESSES", "peace processes", record.processes),
        ("YEARS", "years since signature", SURVIVAL_YEARS),
        ("SURVIVAL", "share that still stands then", shares["survival"]),
        ("LOW", "its lower limit", shares["cluster_low"]),
        ("HIGH", "its upper limit", shares["cluster_high"]),
        ("AT_RISK", "agreements still watched then", record.table["at_risk"].to_list()),
        ("BAND_DAYS", "days since signature at which worlds are held against the record", BAND_DAYS),
        ("BAND_LOW", "lower limit of the share that still stands then", bands["cluster_low"].to_numpy().round(4)),
        ("BAND_HIGH", "its upper limit", bands["cluster_high"].to_numpy().round(4)),
    ]
    return module(
        """
        How long agreements in internal conflicts last, signed 1975 to 1999 and seen to the end of 1999.

        Source: UCDP Peace Agreement Dataset 22.1 (Pettersson, Högbladh & Öberg 2019, J. Peace Research
        56(4)), full and partial agreements; its publisher's terms hold for the data, which are not
        shipped.

        SURVIVAL is the estimate of Kaplan and Meier: agreements that still held when the data end are
        watched until then. LOW and HIGH are limits of 95% by resampling whole peace processes, since
        agreements of one process stand and fall together; they are the sampling error of the record.
        The agreements are between states and rebels: for two states they are an extrapolation.
        """,
        entries,
    )


def alliance_survival(file: Path) -> str:
    """Return the text of ``alliance_survival.py``."""
    rows = read_table(file, ["atop_id", "duration_years", "end", "secrecy"], "alliances").rows
    secret = rows.filter(pl.col("secrecy").is_in(["secret", "partly secret"]))
    years = secret["duration_years"].cast(pl.Float64).to_numpy()
    violated = secret["end"].to_numpy() == "violated"
    over = violated | secret["end"].is_in(["expired", "renegotiated"]).to_numpy()
    random = np.random.default_rng(1815)
    drawn = [random.integers(0, len(years), len(years)) for _ in range(RESAMPLES)]
    share = kept_so_long(years, violated, over, ALLIANCE_YEARS).round(4)
    low, high = np.quantile(
        [kept_so_long(years[own], violated[own], over[own], ALLIANCE_YEARS) for own in drawn], (0.025, 0.975), axis=0
    ).round(4)
    entries: list[tuple[str, str, object]] = [
        ("ALLIANCES", "secret or partly secret alliances", len(years)),
        ("VIOLATED", "of which violated", int(violated.sum())),
        ("YEARS", "years since they were made", ALLIANCE_YEARS),
        ("KEPT", "share that has not been violated by then", share),
        ("LOW", "its lower limit", low),
        ("HIGH", "its upper limit", high),
    ]
    return module(
        """
        How long secret alliances were kept, made 1815 to 1945.

        Source: ATOP 4.01 (Leeds, Ritter, Mitchell & Long 2002, Int. Interactions 28:237-260); its
        publisher's terms hold for the data, which are not shipped.

        KEPT is one less the cumulative incidence of violation by Aalen and Johansen: an alliance that
        expired or was renegotiated can no longer be violated, one in force when the data end is watched
        until then. LOW and HIGH are limits of 95% by resampling alliances.
        """,
        entries,
    )


def kept_so_long(
    years: Floats, violated: NDArray[np.bool_], over: NDArray[np.bool_], until: Sequence[float]
) -> Floats:
    """Return one less the cumulative incidence of violation, by Aalen and Johansen.

    Parameters
    ----------
    years
        For how long each was watched.
    violated, over
        Whether it was violated then, and whether it ended then in any way; others were still in force.
    until
        After how many years.
    """
    standing, lost, found, at = 1.0, 0.0, [], np.unique(years[over])
    steps = [(day, (years >= day).sum(), (over & (years == day)).sum(), (violated & (years == day)).sum()) for day in at]
    for year in until:
        while steps and steps[0][0] <= year:
            _, watched, ended, broken = steps.pop(0)
            lost += standing * broken / watched
            standing *= 1 - ended / watched
        found.append(1 - lost)
    return np.array(found)


@dataclass(frozen=True)
class Waits:
    """Days from an ending that left no agreement of its process in force to the next; shape (endings,).

    Attributes
    ----------
    days
        Until the next agreement, or until the data end.
    signed
        Whether there was one.
    process
        Which process it was.
    """

    days: Floats
    signed: NDArray[np.bool_]
    process: NDArray[np.int64]

    @classmethod
    def read(cls, file: Path) -> Waits:
        """Read them from the file of agreements."""
        table = read_table(file, ["process_id", "signed", "stopped", "ended"], "agreements")
        days = pl.col("signed", "stopped").str.to_date()
        rows = table.rows.filter(pl.col("signed") != "", pl.col("stopped") != "").with_columns(days)
        last = rows["stopped"].max()
        found = []
        for (process,), own in rows.group_by("process_id", maintain_order=True):
            held = own.select("signed", "stopped").rows()
            for end in own.filter(pl.col("ended") == "1")["stopped"].unique().sort():
                if any(begin <= end < until for begin, until in held):
                    continue
                after = [begin for begin, _ in held if begin > end]
                found.append((((min(after) if after else last) - end).days, bool(after), int(process)))
        waited, signed, processes = zip(*found, strict=True)
        return cls(np.array(waited, np.float64), np.array(signed), np.array(processes))

    def share(self, years: Sequence[float], weights: Floats) -> Floats:
        """Return the share that has signed again by each day, by Kaplan and Meier."""
        standing, found = 1.0, []
        order = np.argsort(self.days, kind="stable")
        left = weights.sum() - np.concatenate([[0.0], np.cumsum(weights[order])[:-1]])
        at = 0
        for year in years:
            while at < len(order) and self.days[order[at]] <= year * YEAR:
                if self.signed[order[at]] and left[at] > 0:
                    standing *= 1 - weights[order[at]] / left[at]
                at += 1
            found.append(1 - standing)
        return np.array(found)

    def bands(self, years: Sequence[float]) -> Floats:
        """Return limits of 95%, shape (2, years), by resampling whole processes."""
        random = np.random.default_rng(1975)
        _, which = np.unique(self.process, return_inverse=True)
        drawn = [np.bincount(random.integers(0, which.max() + 1, which.max() + 1), minlength=which.max() + 1) for _ in range(RESAMPLES)]
        return np.quantile([self.share(years, many[which].astype(np.float64)) for many in drawn], (0.025, 0.975), axis=0)


def next_agreement(file: Path) -> str:
    """Return the text of ``next_agreement.py``."""
    waits = Waits.read(file)
    low, high = waits.bands(NEXT_YEARS).round(4)
    entries: list[tuple[str, str, object]] = [
        ("ENDINGS", "endings that left no agreement of the process in force", len(waits.days)),
        ("SIGNED_AGAIN", "of which followed by another agreement", int(waits.signed.sum())),
        ("PROCESSES", "peace processes", len(np.unique(waits.process))),
        ("YEARS", "years since the ending", NEXT_YEARS),
        ("SHARE", "share that has signed again by then", waits.share(NEXT_YEARS, np.ones(len(waits.days))).round(4)),
        ("LOW", "its lower limit", low),
        ("HIGH", "its upper limit", high),
    ]
    return module(
        """
        How soon a peace process signs again after its agreement has failed, 1975 to 1999.

        Source: UCDP Peace Agreement Dataset 22.1 (Pettersson, Högbladh & Öberg 2019, J. Peace Research
        56(4)), agreements of all kinds; its publisher's terms hold for the data, which are not shipped.

        Counted is each day on which an agreement of a process failed and none was left in force, and the
        days to the next of the same process. SHARE is by Kaplan and Meier; LOW and HIGH are limits of 95%
        by resampling whole processes. A new process in the same conflict does not count, so the record is
        a lower bound on how often a conflict finds another agreement.
        """,
        entries,
    )


# Writing


def module(docstring: str, entries: list[tuple[str, str, object]]) -> str:
    """Return a module of plain constants; figures are rounded so that platforms agree."""
    head = dedent(docstring).strip() + "\n\nMade by models/record/derive.py; do not edit."
    lines = [f'"""{head}\n"""', "", "# fmt: off"]
    for name, meaning, value in entries:
        lines += ["", f"# {meaning}", f"{name} = {_literal(value)}"]
    return "\n".join(lines) + "\n"


def _literal(value: object, indent: str = "") -> str:
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return repr(float(f"{value:.7g}"))
    if not isinstance(value, list | tuple | np.ndarray):
        raise TypeError(f"given {value!r}, expected text, numbers, or lists of them")
    items = list(value.tolist() if isinstance(value, np.ndarray) else value)
    if isinstance(items[0], list | tuple | np.ndarray):
        step = indent + "    "
        return "(\n" + "".join(f"{step}{_literal(item, step)},\n" for item in items) + f"{indent})"
    text = ", ".join(_literal(item) for item in items)
    if len(text) <= _WIDTH:
        return f"({text})"
    step = indent + "    "
    return f"(\n{fill(text, _WIDTH, initial_indent=step, subsequent_indent=step)},\n{indent})"


def derive(data: Path) -> dict[str, str]:
    """Return the modules that the data in the folder `data` give: name to text."""
    return {
        "leader_tenure.py": leader_tenure(data / "leader_spells.csv"),
        "step_gaps.py": step_gaps(data / "agreement_gaps_1990_1999.csv"),
        "agreement_survival.py": agreement_survival(data / "peace_agreements_1975_1999.csv"),
        "alliance_survival.py": alliance_survival(data / "alliances_1815_1945.csv"),
        "next_agreement.py": next_agreement(data / "peace_agreements_1975_1999.csv"),
    }


@click.command()
@click.option(
    "--data",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with leader_spells.csv, agreement_gaps_1990_1999.csv, peace_agreements_1975_1999.csv and "
    "alliances_1815_1945.csv.",
)
@click.option(
    "--check", is_flag=True, help="Write nothing; exit 1 if a shipped module is not what the data give."
)
def main(data: Path, check: bool) -> None:
    """Write the modules of figures beside this script, from the data in DIR."""
    folder = Path(__file__).parent
    try:
        modules = derive(data)
    except TimelineError as problem:
        click.echo(str(problem), err=True)
        sys.exit(problem.exit_code)
    if not check:
        for name, text in modules.items():
            (folder / name).write_text(text, encoding="utf-8")
            click.echo(f"wrote {folder / name}")
        return
    changed = [file for name, text in modules.items() if not _holds(file := folder / name, text)]
    for file in changed:
        click.echo(
            f"{file}: not what {data} gives, expected equal text; run without --check to write it", err=True
        )
    sys.exit(1 if changed else 0)


def _holds(file: Path, text: str) -> bool:
    return file.is_file() and file.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    main()
