"""Scores, benchmark tables, and the geometry of the latent space."""

from flatsort.eval.scores.benchmark import Scores, score_sequences
from flatsort.eval.scores.sequence_scores import COLUMNS, score_sequence

__all__ = ["COLUMNS", "Scores", "score_sequence", "score_sequences"]
