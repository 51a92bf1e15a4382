"""The tracker: boxes, and descriptors if there are any, in; identities out."""

from tracker.config import TrackerConfig
from tracker.tracker import Tracker, Tracks

__all__ = ["Tracker", "TrackerConfig", "Tracks"]
