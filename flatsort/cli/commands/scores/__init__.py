"""Commands that score tracks and descriptors, and show them."""
