"""Scores, benchmark tables, and the geometry of the latent space."""
