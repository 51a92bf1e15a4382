"""The objective: the paper's terms by their equation numbers, and the identity term."""
