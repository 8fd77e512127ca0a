"""Pages that answer while they are looked at: a server on this machine alone, and what stands behind it."""
