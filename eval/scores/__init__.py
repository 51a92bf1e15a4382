"""Scores of tracks: CLEAR, identity and HOTA, equal to TrackEval's."""
