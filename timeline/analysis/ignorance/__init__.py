"""Ignorance beside chance: what worlds drawn from all assumptions say about an answer.

A *world* is a draw of all assumptions (*drivers*), a row of an array; an *arm* is what is compared within each world, a
column. Everything here takes plain arrays and gives arrays or frames, and draws from a seed it is given.
"""
