"""How long agreements in internal conflicts last, signed 1975 to 1999 and seen to the end of 1999.

Source: UCDP Peace Agreement Dataset 22.1 (Pettersson, Högbladh & Öberg 2019, J. Peace Research
56(4)), full and partial agreements; its publisher's terms hold for the data, which are not
shipped.

SURVIVAL is the estimate of Kaplan and Meier: agreements that still held when the data end are
watched until then. LOW and HIGH are limits of 95% by resampling whole peace processes, since
agreements of one process stand and fall together; they are the sampling error of the record.
The agreements are between states and rebels: for two states they are an extrapolation.

Made by models/record/derive.py; do not edit.
"""

# fmt: off

# full and partial agreements
AGREEMENTS = 152

# of which failed
ENDINGS = 55

# peace processes
PROCESSES = 64

# years since signature
YEARS = (0.5, 1.0, 2.0, 3.0, 5.0, 7.0, 10.0)

# share that still stands then
SURVIVAL = (0.8269, 0.7579, 0.7297, 0.7149, 0.6223, 0.5751, 0.5751)

# its lower limit
LOW = (0.7326, 0.623, 0.5778, 0.5598, 0.4556, 0.3561, 0.3561)

# its upper limit
HIGH = (0.8999, 0.8647, 0.8471, 0.8339, 0.7751, 0.7694, 0.7694)

# agreements still watched then
AT_RISK = (121, 109, 100, 87, 58, 30, 6)

# days since signature at which worlds are held against the record
BAND_DAYS = (30.0, 90.0, 180.0, 365.0, 730.0, 1826.0)

# lower limit of the share that still stands then
BAND_LOW = (0.8731, 0.798, 0.7326, 0.623, 0.5778, 0.4556)

# its upper limit
BAND_HIGH = (0.9809, 0.9428, 0.8999, 0.8647, 0.8471, 0.7751)
