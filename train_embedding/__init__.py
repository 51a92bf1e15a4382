"""Training of embeddings without identity labels."""
