"""Formats of boxes over time: one file each."""
