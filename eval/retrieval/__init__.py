"""Retrieval: how well descriptors rank crops of one person before those of others."""
