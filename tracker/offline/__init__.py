"""Tracks made better once all of them are known: joined over gaps, and their gaps filled."""
