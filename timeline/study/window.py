"""For how long crises and agreements are watched."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Window:
    """For how long crises and agreements are watched; all in days.

    Attributes
    ----------
    horizon
        Since the start; an event due then or later does not happen.
    follow_up
        For how long an agreement is followed after its signature, at most the horizon. Signings later than
        ``horizon - follow_up`` are left out of what is measured since signature.
    rmst
        Up to when mean survival is restricted.

    Examples
    --------
    >>> Window(5478.75, 3652.5, (365.25, 1826.25)).latest_signing
    1826.25
    """

    horizon: float
    follow_up: float
    rmst: tuple[float, ...]

    @property
    def latest_signing(self) -> float:
        """The last day on which an agreement can be signed and still be followed in full."""
        return self.horizon - self.follow_up
