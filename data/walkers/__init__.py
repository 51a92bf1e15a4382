"""The walkers scene: a drawn street with people, for the demo and for tests."""
