"""Questions: what a config wants to know besides the usual, as plain data.

How precisely (`Precision`), which cadence to choose (`Selection`), by which aims (`Aims`), over which combinations
(`Grid`), told apart by what (`Landmark`). `timeline.config` reads them from a file.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Literal

from timeline.model.endpoints import Endpoints

IntervalsOf = Literal["contrasts", "estimates"]

#: Replications of an arm before the first look at how wide the intervals are: a look at fewer stops by luck too often.
FEWEST = 1_000
#: Replications of an arm after which the first look is taken at which cadence is best.
FIRST_LOOK = 2_000
#: More would make the figure unreadable.
MOST_AIMS = 6


@dataclass(frozen=True)
class Precision:
    """What a config wants to know how precisely.

    Attributes
    ----------
    measure
        The key of a measure.
    of
        "contrasts": the differences from the baseline; "estimates": each cadence by itself.
    half_width
        Half the width that every 95% interval may have at most, in days, or as a share or an index from 0 to 1.
    at_most
        Replications of an arm at which growing ends, precise or not.
    unit
        "days", "share" or "index".
    fixed_by
        The option of the command line that asks for exactly ``at_most`` replications; empty if none does.
    """

    measure: str
    of: IntervalsOf
    half_width: float
    at_most: int
    unit: str
    fixed_by: str = ""


def fewest_needed(span: float, of: IntervalsOf, half_width: float) -> float:
    """Return how many replications an interval takes where nothing varies; see `timeline.analysis.contrasts`.

    Examples
    --------
    >>> round(fewest_needed(1826.25, "contrasts", 5.0))
    1012
    """
    bound = span if of == "contrasts" else span / 2
    return 1.96 * math.sqrt(2) * bound / half_width


def say_about(number: float) -> str:
    """Say a number that is not known well, with two digits.

    Examples
    --------
    >>> say_about(21_147), say_about(987), say_about(7)
    ('21,000', '990', '7')
    """
    return f"{round(number, min(0, 1 - math.floor(math.log10(max(number, 1))))):,.0f}"


@dataclass(frozen=True)
class Selection:
    """How a cadence is chosen.

    Attributes
    ----------
    measure
        Key of the measure that decides.
    indifference
        The smallest difference that matters: days, a share, a position on the index, or a count.
    probability
        That the chosen cadence is the best or within the indifference of it.
    """

    measure: str
    indifference: float
    probability: float


@dataclass(frozen=True)
class Aims:
    """Several measures by which cadences are judged together.

    Attributes
    ----------
    measures
        Their keys, in the order given; at least two.
    weights
        What each is worth by key, as given; an aim that is not named weighs nothing. Empty if nobody weighed them.
    """

    measures: tuple[str, ...]
    weights: Mapping[str, float] = field(default_factory=dict)


def usual_aims(endpoints: Endpoints) -> Aims:
    """Return the aims of a config that names none: those that the model has of a sensible few.

    The measure of the model's answer, hostility, time to accord, then what the model declares further, in its order.

    Examples
    --------
    >>> usual_aims(Endpoints(phases=(("talks", None),), accord=None)).measures
    ('in_force_end', 'hostility')
    """
    found = [endpoints.primary]
    found += ["hostility"] if endpoints.hostility is not None else []
    found += ["time_to_accord"] if endpoints.accord is not None else []
    found += [own.key for own in endpoints.further if own.better != "neither"]
    return Aims(tuple(dict.fromkeys(found))[:MOST_AIMS])


@dataclass(frozen=True)
class Grid:
    """Names by combination.

    Attributes
    ----------
    paths
        What varies, such as ``("leaks.discovery", "disclosure.surprise")``.
    values
        For each path, its values as written.
    names
        For each combination, in the order of ``itertools.product``, the name of its scenario or cadence.
    """

    paths: tuple[str, ...]
    values: tuple[tuple[str, ...], ...]
    names: tuple[str, ...]

    def by_name(self) -> dict[str, tuple[int, ...]]:
        """Return for each name the places of its values.

        Examples
        --------
        >>> Grid(("x", "y"), (("1", "2"), ("3",)), ("x1-y1", "x2-y1")).by_name()
        {'x1-y1': (0, 0), 'x2-y1': (1, 0)}
        """
        return dict(zip(self.names, product(*(range(len(v)) for v in self.values)), strict=True))


@dataclass(frozen=True)
class Landmark:
    """By what agreements are told apart on the day of a drill.

    Attributes
    ----------
    column
        An observation since the signature.
    field
        The field it samples.
    days
        The days it is sampled at.
    after
        Days for which agreements are followed from the drill on.
    """

    column: str
    field: str
    days: tuple[float, ...]
    after: float
