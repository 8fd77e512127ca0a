"""The crisis-timeline modeller: a secret peace channel as a discrete-event simulation."""
