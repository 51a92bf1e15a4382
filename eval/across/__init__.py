"""Tracks of several videos of the same people: scored as one video's, and ranked by their looks."""
