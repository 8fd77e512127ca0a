"""How soon a peace process signs again after its agreement has failed, 1975 to 1999.

Source: UCDP Peace Agreement Dataset 22.1 (Pettersson, Högbladh & Öberg 2019, J. Peace Research
56(4)), agreements of all kinds; its publisher's terms hold for the data, which are not shipped.

Counted is each day on which an agreement of a process failed and none was left in force, and the
days to the next of the same process. SHARE is by Kaplan and Meier; LOW and HIGH are limits of 95%
by resampling whole processes. A new process in the same conflict does not count, so the record is
a lower bound on how often a conflict finds another agreement.

Made by models/record/derive.py; do not edit.
"""

# fmt: off

# endings that left no agreement of the process in force
ENDINGS = 45

# of which followed by another agreement
SIGNED_AGAIN = 15

# peace processes
PROCESSES = 37

# years since the ending
YEARS = (1.0, 2.0, 4.0, 8.0)

# share that has signed again by then
SHARE = (0.1148, 0.2135, 0.328, 0.328)

# its lower limit
LOW = (0.027, 0.1084, 0.1456, 0.1456)

# its upper limit
HIGH = (0.2011, 0.319, 0.5011, 0.5011)
