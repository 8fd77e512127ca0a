"""One history under two cadences: where they part, why, and what follows."""
