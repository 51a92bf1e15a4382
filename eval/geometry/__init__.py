"""Geometry of a latent space: metric tensor, geodesics, smoothness, and the report of them."""
