"""Laws fitted to spells by maximum likelihood, and curves that assume no law to hold them against."""
