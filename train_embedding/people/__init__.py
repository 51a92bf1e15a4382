"""Training on people in one's own sequences, from crops to a packaged descriptor."""
