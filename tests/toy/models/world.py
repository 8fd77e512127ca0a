"""What the toy models share; no model itself."""

from enum import IntEnum
from math import nan

from timeline import Field, Parameter, Parameters, Record

Outcome = IntEnum("Outcome", "OPEN COLLAPSED", start=0)
Regime = IntEnum("Regime", "DEMOCRACY AUTOCRACY ARMED_MOVEMENT", start=0)


class SideState(Record):
    pressure = Field(0.3, "pressure against concessions", index=True)


class State(Record):
    day = Field(0.0, "days since the start")
    outcome = Field(Outcome.OPEN, "how it ended")
    leak_day = Field(nan, "when the first leak came")
    insiders = Field(8, "people who know")
    a = SideState
    b = SideState


class Side(Parameters):
    regime = Parameter(Regime.DEMOCRACY, "kind of regime", evidence="judgement", source="a toy")
    patience = Parameter(
        2.0, "how long it waits", unit="years", plausible=(0.5, 8), evidence="judgement", source="a toy"
    )
