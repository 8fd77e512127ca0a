"""The what-if room: a page on which levers and assumptions are moved, and timelines answer at once."""
