"""Commands that make tracks, and what they are made of."""
