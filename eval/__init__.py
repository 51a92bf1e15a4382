"""Scores, benchmark tables, and the geometry of the latent space."""

from flatsort.eval.across.scores import score_across
from flatsort.eval.scores.benchmark import Scores, score_sequences
from flatsort.eval.scores.by_class import ClassScores, score_classes
from flatsort.eval.scores.sequence_scores import COLUMNS, score_sequence

__all__ = ["COLUMNS", "ClassScores", "Scores", "score_across", "score_classes", "score_sequence", "score_sequences"]
