"""Files: text in MOTChallenge's layout, tables of tracks, pictures; results are written under a temporary name."""
