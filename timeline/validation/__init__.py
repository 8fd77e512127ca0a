"""A model held against the record, against closed forms and against the claims it was built on."""
