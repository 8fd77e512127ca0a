"""Days from one agreement of a process to its next, against the record, both seen through one window."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from timeline import (
    Array,
    CheckRow,
    Clock,
    Mechanism,
    Model,
    Skipped,
    World,
    blank,
    call_with,
    clock_named,
    given_values,
    lifetimes,
    read_table,
    skipped_without,
    words,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]

QUARTERS = (0.25, 0.5, 0.75)
QUARTILES = ("lower quartile", "median", "upper quartile")
#: Days of a record of ten years.
WINDOW = 3652.0


@dataclass(frozen=True)
class Gaps:
    """Days from one agreement of a process to its next, seen through a window as the record was.

    The first agreement falls on any day of the window alike, the gap that runs beyond its end is not
    seen, and a process without a second agreement is not in the record. Pace, speed, law and bundles
    are the model's own functions; the ladder never runs out.

    Attributes
    ----------
    mechanism, clock, counted
        The mechanism whose start sets the pace; the clock of the next step; the field that counts steps.
    given
        Parameters that turn every other influence off, as a config writes them.
    file
        Gaps by process, in the folder of data.
    """

    mechanism: str
    clock: str
    counted: str
    given: Mapping[str, object]
    file: str = "agreement_gaps_1990_1999.csv"

    name = "gaps"
    heading = "Gaps between steps"
    lead = (
        "Steps are agreed at heavy-tailed intervals, each process at a pace of its own. "
        "Seen as the record was seen, they should look like it."
    )
    alt = "Line chart of the share of steps that took longer than so many years: the model and the record."
    integrals = ()
    samples = ()

    def read(self, data: Path) -> None:
        """Refuse a file that is no table of gaps, before anything is played."""
        if (data / self.file).is_file():
            read_gaps(data / self.file)

    def measure(self, model: Model, data: Path | None, records: int = 200, seed: int = 1993) -> GapsFound | Skipped:
        """Compare gaps between steps with the record's.

        Parameters
        ----------
        model
            The model.
        data
            The folder that holds ``file``.
        records
            How many records of as many processes to simulate.
        seed
            Of the luck.
        """
        if skipped := skipped_without(data, self.file, "Gaps between steps", "as in the record"):
            return skipped
        shown = read_gaps(data / self.file)
        simulated = simulate_gaps(model, self, len(shown), records, np.random.default_rng(seed))
        low, middle, high = np.quantile([_six(record) for record in simulated], [0.01, 0.5, 0.99], axis=0)
        processes = [gaps for record in simulated for gaps in record]
        return GapsFound(
            record=tuple(_six(shown)),
            middle=tuple(float(x) for x in middle),
            low=tuple(float(x) for x in low),
            high=tuple(float(x) for x in high),
            pooled=(np.sort(np.concatenate(shown)), np.sort(np.concatenate(processes))),
            medians=(np.sort(_medians(shown)), np.sort(_medians(processes))),
            processes=len(shown),
            records=records,
        )


@dataclass(frozen=True)
class GapsFound:
    """Quartiles of gaps in days, pooled and of the processes' medians.

    Attributes
    ----------
    record
        The record's three and three, in days.
    middle, low, high
        The median and the central 98% of simulated records of as many processes; shape (6,).
    pooled
        (record, model): the gaps themselves, sorted, for a figure.
    medians
        (record, model): the processes' medians, sorted.
    processes, records
        How many processes the record has, and how many records were simulated.
    """

    record: tuple[float, ...]
    middle: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    pooled: tuple[Floats, Floats]
    medians: tuple[Floats, Floats]
    processes: int
    records: int

    @property
    def inside(self) -> tuple[bool, ...]:
        """Of each of the six, whether the record lies where 98% of the simulated records lie."""
        return tuple(a <= r <= b for a, r, b in zip(self.low, self.record, self.high, strict=True))

    @property
    def holds(self) -> bool:
        return all(self.inside)

    @property
    def rows(self) -> tuple[CheckRow, ...]:
        return (self._row("all gaps", slice(0, 3)), self._row("the processes' median gaps", slice(3, 6)))

    def _row(self, of: str, at: slice) -> CheckRow:
        spans = [f"{words.number(a, 0)} to {words.number(b, 0)}" for a, b in zip(self.low[at], self.high[at], strict=True)]
        return CheckRow(
            f"Quartiles of {of}, days",
            f"{_slashed(self.middle[at])} (98% of simulated records: {', '.join(spans)})",
            f"the record's {_slashed(self.record[at])} inside",
            all(self.inside[at]),
        )

    @property
    def caption(self) -> str:
        """The six quartiles of both."""
        return (
            f"Quartiles of all gaps: {_slashed(self.middle[:3])} days in the middle of "
            f"{words.counted(self.records, 'simulated record')}, {_slashed(self.record[:3])} in the record; "
            f"of the medians of {words.counted(self.processes, 'process', 'processes')}: "
            f"{_slashed(self.middle[3:])} against {_slashed(self.record[3:])}. {self._outside()} "
            "Both are seen through a window of ten years; published agreements, before candour, trust or pressure."
        )

    def _outside(self) -> str:
        names = [f"the {name} {of}" for of in ("of all gaps", "of the processes' medians") for name in QUARTILES]
        outside = [name for name, inside in zip(names, self.inside, strict=True) if not inside]
        if outside:
            return f"The record lies outside 98% of the simulated records at {words.listing(outside)}."
        return "All six of the record lie where 98% of the simulated records lie."

    def figure(self) -> Figure:
        """Draw the distribution of gaps, pooled and of the processes' medians, on an axis of logarithms."""
        from matplotlib.lines import Line2D

        from timeline import style

        page = style.sheet(2, columns=2, panel=2.1, top=0.80, across=0.45)
        page.title("Days from one agreement to the next: the model and the record")
        page.key(
            [
                Line2D([], [], color=style.INK, linestyle=style.DASHED, linewidth=1.3, label="record"),
                Line2D([], [], color=style.ACCENT, linewidth=1.8, label="the model, through the same window"),
                Line2D([], [], color=style.ACCENT, linewidth=5, alpha=0.3, label="quartiles of 98% of simulated records"),
            ]
        )
        pooled, medians = page.axes
        self._panel(pooled, "all gaps together", self.pooled, 0)
        self._panel(medians, "the median gap of each process", self.medians, 3)
        page.foot("days, at most")
        return page.figure

    def _panel(self, ax: Axes, title: str, shown: tuple[Floats, Floats], first: int) -> None:
        from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

        from timeline import style

        record, model = (_steps(values) for values in shown)
        ax.plot(*record, color=style.INK, linestyle=style.DASHED, linewidth=1.3)
        ax.plot(*model, color=style.ACCENT, linestyle="-", linewidth=1.8)
        for k, height in enumerate(QUARTERS, start=first):
            span = [self.low[k] + 1, self.high[k] + 1]
            ax.plot(span, [height, height], color=style.ACCENT, linewidth=5, alpha=0.3, solid_capstyle="butt")
            ax.plot([self.record[k] + 1], [height], "o", color=style.INK, markersize=4)
        ax.set_xscale("log")
        ax.set_xlim(1, 4000)
        ax.xaxis.set_major_locator(FixedLocator([1, 4, 11, 31, 101, 366, 1097, 3653]))
        ax.xaxis.set_minor_locator(NullLocator())
        ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x - 1:g}"))
        ax.tick_params(axis="x", labelsize=7)
        style.share_axis(ax)
        ax.set_title(title)


def read_gaps(file: Path) -> list[Floats]:
    """Return the record's gaps in days, one array a process."""
    table = read_table(file, ["process", "gap_days"], "gaps")
    days, process = table.days("gap_days").to_numpy(), table.text("process").to_list()
    table.require_sound()
    found: dict[str, list[float]] = {}
    for name, gap in zip(process, days, strict=True):
        found.setdefault(name, []).append(gap)
    return [np.asarray(gaps, dtype=np.float64) for gaps in found.values()]


# Simulated records


def simulate_gaps(
    model: Model, asked: Gaps, processes: int, records: int, random: np.random.Generator
) -> list[list[Floats]]:
    """Return records of gaps in whole days: records x processes x gaps."""
    parameters = World(model, given_values(model, asked.given)).parameters
    mechanism = next(mechanism for mechanism in model.mechanisms if mechanism.name == asked.mechanism)
    clock = clock_named(model, asked.clock)
    bundles = _bundles(model, asked, clock, parameters, random)

    def process() -> list[float]:
        return _process(mechanism, clock, blank(model.state), parameters, bundles, random)

    return [_record(process, processes) for _ in range(records)]


def _record(process: Callable[[], list[float]], processes: int) -> list[Floats]:
    """Return processes that the window shows a gap of, as many as are wanted."""
    shown: list[Floats] = []
    while len(shown) < processes:
        if gaps := process():
            shown.append(np.array(gaps))
    return shown


def _process(
    mechanism: Mechanism, clock: Clock, state: Any, parameters: Any, bundles: NDArray[np.int64], random: np.random.Generator
) -> list[float]:
    """Return the gaps of one process that lie in the window, in days; none if it shows one agreement only."""
    mechanism.start(state, parameters, [float(x) for x in random.random(mechanism.uniforms)])
    scope = {"s": state, "p": parameters}
    speed, lifetime = call_with(clock.speed, scope), lifetimes(clock.law, scope)
    left = float(random.uniform(0, WINDOW))
    gaps = [0.0] * int(bundles[random.integers(len(bundles))])
    while True:
        wait = lifetime(float(random.random())) / speed
        gap = max(1.0, float(round(wait))) if wait < WINDOW else WINDOW
        left -= gap
        if left < 0:
            return gaps
        gaps += [gap] + [0.0] * int(bundles[random.integers(len(bundles))])


def _bundles(
    model: Model, asked: Gaps, clock: Clock, parameters: Any, random: np.random.Generator, count: int = 4000
) -> NDArray[np.int64]:
    """Return how many further steps come on the same day, for many firings of an unused ladder."""
    further = np.empty(count, np.int64)
    state = blank(model.state)
    unused = [(member, name, getattr(member, name)) for member, name in _flags(state)]
    for k in range(count):
        for member, name, value in unused:
            setattr(member, name, value)
        uniforms = [float(x) for x in random.random(clock.uniforms)]
        call_with(clock.fires, {"s": state, "p": parameters, "u": uniforms})
        further[k] = int(getattr(state, asked.counted)) - 1
    return further


def _flags(state: Any) -> list[tuple[Any, str]]:
    """Return (member, name) of every flag in an array of the state."""
    return [
        (member, flag)
        for name, part in state.record.fields.items()
        if isinstance(part, Array)
        for member in getattr(state, name)
        for flag, leaf in member.record.fields.items()
        if getattr(leaf, "kind", None) is bool
    ]


# What is read off them


def _medians(processes: list[Floats]) -> list[float]:
    return [float(np.median(gaps)) for gaps in processes]


def _six(processes: list[Floats]) -> list[float]:
    """Return the quartiles of all gaps, and of the processes' medians."""
    pooled = np.quantile(np.concatenate(processes), QUARTERS)
    return [float(x) for x in (*pooled, *np.quantile(_medians(processes), QUARTERS))]


def _steps(values: Floats) -> tuple[Floats, Floats]:
    """Return an empirical distribution on few points: days plus one, and shares."""
    kept = [(float(x), len(list(group))) for x, group in groupby(np.sort(values).round(3))]
    x = np.array([day for day, _ in kept]) + 1.0
    y = np.cumsum([count for _, count in kept]) / len(values)
    if len(x) > 400:
        chosen = np.unique(np.geomspace(1, len(x), 400).astype(int) - 1)
        x, y = x[chosen], y[chosen]
    return np.repeat(x, 2)[1:], np.repeat(y, 2)[:-1]


def _slashed(values: Sequence[float]) -> str:
    return "/".join(words.number(x, 0) for x in values)
