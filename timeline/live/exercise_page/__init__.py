"""The files of the page of an exercise."""
