"""Association: the strategies by which tracks and detections come together, each behind the same seam."""

from flatsort.tracker.association.appearance import Appearance
from flatsort.tracker.association.botsort import BoTSORT
from flatsort.tracker.association.bytetrack import ByteTrack
from flatsort.tracker.association.calibrated import Calibrated
from flatsort.tracker.association.hybridsort import HybridSORT
from flatsort.tracker.association.ocsort import OCSORT
from flatsort.tracker.association.overlap import Overlap
from flatsort.tracker.association.strategy import Association, FrameDetections

# By the name that `TrackerConfig.association` gives them.
ASSOCIATIONS: dict[str, type[Association]] = {
    "calibrated": Calibrated,
    "overlap": Overlap,
    "appearance": Appearance,
    "bytetrack": ByteTrack,
    "botsort": BoTSORT,
    "ocsort": OCSORT,
    "hybridsort": HybridSORT,
}

__all__ = ["ASSOCIATIONS", "Association", "FrameDetections"]
