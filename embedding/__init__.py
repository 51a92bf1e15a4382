"""Descriptors: an image and boxes in, (n, d) vectors out."""
