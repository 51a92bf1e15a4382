"""Drawing tracks: videos, contact sheets, pictures of identity switches."""
