"""Data sets of the paper's experiments: pendulum, human motion, MNIST."""
