"""Real data: what lies in a table that somebody else has published, read as spells with bounds."""
