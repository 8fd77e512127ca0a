"""Sweeps: one to three keys of a config varied together, and where the measure is best."""
