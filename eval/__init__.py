"""Scores, benchmark tables, and the geometry of the latent space."""

from eval.benchmark import Scores, evaluate
from eval.scores import COLUMNS, score_sequence

__all__ = ["COLUMNS", "Scores", "evaluate", "score_sequence"]
