"""Coverage: how often 95% intervals hold, measured in repeated experiments whose true value is known."""
