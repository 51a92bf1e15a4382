"""Association: the strategies by which tracks and detections come together, each behind the same seam."""

from flatsort.tracker.association.appearance import Appearance
from flatsort.tracker.association.overlap import Overlap
from flatsort.tracker.association.strategy import Association, FrameDetections

# By the name that `TrackerConfig.association` gives them.
ASSOCIATIONS: dict[str, type[Association]] = {"overlap": Overlap, "appearance": Appearance}

__all__ = ["ASSOCIATIONS", "Association", "FrameDetections"]
