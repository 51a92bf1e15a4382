"""Tables of scores: one sequence a row, or one descriptor a row."""
