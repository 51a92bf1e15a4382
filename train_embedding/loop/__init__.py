"""The training loop: steps, state, history, interruption."""
