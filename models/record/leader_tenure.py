"""How long leaders stay in office, and how they go: entered 1946 or later, seen to the end of 2015.

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

Made by models/record/derive.py; do not edit.
"""

# fmt: off

# order of every pair below
REGIMES = ("democracy", "autocracy")

# leaders
SPELLS = (1156, 830)

# days in office at which an interval begins
KNOTS = (
    0.0, 30.4375, 91.3125, 182.625, 365.25, 547.875, 730.5, 1095.75, 1461.0, 1497.525, 1826.25,
    1862.775, 2191.5, 2922.0, 3652.5, 4383.0, 5844.0,
)

# exits per day, by regime and interval
HAZARDS = (
    (
        0.001158822, 0.0008016161, 0.0006088264, 0.0009657934, 0.0007883305, 0.0005350537,
        0.0005427962, 0.0005078379, 0.005143131, 0.0005796242, 0.006874441, 0.000582086,
        0.0004624727, 0.0006787848, 0.001321222, 0.0008318699, 0.0008978676,
    ),
    (
        0.003630061, 0.001022919, 0.0007852399, 0.0008785085, 0.0007342748, 0.0003446273,
        0.0003109062, 0.0003587417, 0.0003257501, 0.0002781797, 0.001322511, 0.0003141159,
        0.0003052322, 0.0002501794, 0.0002806716, 0.0001992501, 0.0002359545,
    ),
)

# days in office, by regime
INCUMBENT_AGES = (
    (
        0.0, 20.88195, 42.25666, 64.02087, 86.17154, 108.6934, 131.5309, 154.6905, 178.1813,
        202.0806, 226.5409, 251.5931, 277.2664, 303.5926, 330.6057, 358.3424, 386.801, 415.9172,
        445.7175, 476.2347, 507.5043, 539.5641, 572.3787, 605.7887, 639.8068, 674.4557, 709.759,
        745.743, 782.4421, 819.8871, 858.109, 897.1407, 937.0173, 977.7762, 1019.457, 1062.103,
        1105.758, 1150.423, 1196.125, 1242.913, 1290.839, 1339.961, 1390.341, 1442.042, 1498.183,
        1563.242, 1630.852, 1701.22, 1774.58, 1853.403, 1954.777, 2062.826, 2178.131, 2300.998,
        2431.283, 2569.923, 2718.066, 2877.109, 3050.593, 3246.991, 3473.658, 3744.367, 4147.194,
        4946.117, 7205.159,
    ),
    (
        0.0, 41.61785, 86.42667, 133.1764, 181.711, 232.2851, 285.2112, 340.7185, 398.989, 459.9117,
        523.6878, 590.2425, 658.4791, 728.3591, 799.8817, 873.031, 947.8828, 1024.518, 1103.025,
        1183.68, 1266.739, 1352.349, 1440.671, 1531.772, 1625.33, 1721.389, 1820.084, 1924.67,
        2033.779, 2146.761, 2263.877, 2385.344, 2511.49, 2642.687, 2779.359, 2921.98, 3070.477,
        3224.704, 3385.121, 3552.247, 3726.75, 3910.076, 4103.348, 4307.708, 4523.688, 4749.634,
        4986.232, 5234.539, 5495.773, 5771.355, 6063.85, 6377.928, 6717.157, 7085.92, 7489.855,
        7936.384, 8435.561, 9001.481, 9654.788, 10427.49, 11373.19, 12592.42, 14310.82, 17248.45,
        25724.66,
    ),
)

# order of EXIT_SHARES
EXIT_KINDS = ("regular", "irregular", "natural", "foreign")

# of exits, by regime
EXIT_SHARES = (
    (0.8880527, 0.05832549, 0.05362183, 0.0),
    (0.5209424, 0.3573298, 0.09554974, 0.02617801),
)

# of exits, by regime, foreign counted
IRREGULAR_SHARE = (0.05832549, 0.3835079)

# days in office
IRREGULAR_KNOTS = (0.0, 365.25, 730.5, 1461.0, 2922.0)

# the same by time in office
IRREGULAR_SHARE_BY_TIME = (
    (0.02222222, 0.05780347, 0.1363636, 0.05514706, 0.02857143),
    (0.4145455, 0.2680412, 0.4736842, 0.3548387, 0.3699422),
)
