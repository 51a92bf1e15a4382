"""The tracker: boxes, and descriptors if there are any, in; identities out."""

from flatsort.tracker.config import TrackerConfig
from flatsort.tracker.explanation import Explanation, explain
from flatsort.tracker.tracker import Tracker
from flatsort.tracker.tracks import Tracks

__all__ = ["Explanation", "Tracker", "TrackerConfig", "Tracks", "explain"]
