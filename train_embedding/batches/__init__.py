"""Batches: data sets, augmented views, tracklets and labelled identities."""
