"""Weights: checkpoint files, and the packaged models with their model cards."""

from pathlib import Path

WEIGHTS = Path(__file__).parent
