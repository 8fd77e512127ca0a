"""How democratic leaders leave between elections, given that an election removes 40% of them.

HAZARDS are exits per day from each of the knots of leader_tenure.py on, with a term of four years and campaigns of
90 days in which only irregular exits happen. With them new leaders stay in office as in Archigos 4.1
(entered 1946 or later). 36% of exits then fall at elections.

Made by models/record/fit_between_elections.py; do not edit.
"""

# fmt: off

HAZARDS = (
    0.00117524, 0.000803826, 0.000426195, 0.000820075, 0.000477246, 0.000477246,
    0.000332189, 0.000273928, 0.000332054, 0.000332054, 0.000544213, 0.000544213,
    0.000544213, 0.00071115, 0.00071115, 0.000466574, 0.000466574,
)
