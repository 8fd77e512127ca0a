"""A table-top exercise: one timeline played a stretch at a time, with people's decisions in it."""
