"""A model without levers, sides and leaks."""

from timeline import Field, Model, Record

from .world import Outcome


class State(Record):
    day = Field(0.0, "days since the start")
    outcome = Field(Outcome.OPEN, "how it ended")


MODEL = Model(name="quiet", title="Nothing happens", state=State, mechanisms=(), open=Outcome.OPEN)
