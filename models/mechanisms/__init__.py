"""One causal story from the literature per file."""
