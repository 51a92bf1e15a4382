"""Tracks made better once all of them are known: joined over gaps, their gaps filled, and linked over videos."""

from flatsort.tracker.offline.linking import link, stand_together
from flatsort.tracker.offline.refinement import refine
from flatsort.tracker.offline.tracked import Tracked, open_tracked
from flatsort.tracker.offline.tracklets import Tracklet

__all__ = ["Tracked", "Tracklet", "link", "open_tracked", "refine", "stand_together"]
