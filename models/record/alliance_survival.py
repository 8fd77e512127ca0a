"""How long secret alliances were kept, made 1815 to 1945.

Source: ATOP 4.01 (Leeds, Ritter, Mitchell & Long 2002, Int. Interactions 28:237-260); its
publisher's terms hold for the data, which are not shipped.

KEPT is one less the cumulative incidence of violation by Aalen and Johansen: an alliance that
expired or was renegotiated can no longer be violated, one in force when the data end is watched
until then. LOW and HIGH are limits of 95% by resampling alliances.

Made by models/record/derive.py; do not edit.
"""

# fmt: off

# secret or partly secret alliances
ALLIANCES = 61

# of which violated
VIOLATED = 21

# years since they were made
YEARS = (1.0, 2.0, 5.0, 10.0)

# share that has not been violated by then
KEPT = (0.9341, 0.8506, 0.7992, 0.7228)

# its lower limit
LOW = (0.8682, 0.7541, 0.6954, 0.6046)

# its upper limit
HIGH = (0.9836, 0.9338, 0.898, 0.8331)
