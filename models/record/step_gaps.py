"""Days from one agreement of a peace process to its next, 1990 to 1999.

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

Made by models/record/derive.py; do not edit.
"""

# fmt: off

# peace processes
PROCESSES = 59

# gaps, those of 0 days among them
GAPS = 662

# chance that the next agreement comes on the same day
SAME_DAY_SHARE = 0.127

# log of the median gap, in days, of the median process
LOG_MEDIAN_DAYS = 5.292

# standard deviation between processes, in log days
PACE_SD = 1.448

# standard deviation within a process, in log days
GAP_SD = 1.651
