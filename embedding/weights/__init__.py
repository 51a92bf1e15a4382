"""Weights: checkpoint files, and the packaged models with their model cards."""
