"""Identities over several videos: how alike tracks look, where they stand at once, and groups that are one person's."""

from flatsort.tracker.offline.linking.groups import link, relabelled
from flatsort.tracker.offline.linking.overlapping import stand_together

__all__ = ["link", "relabelled", "stand_together"]
