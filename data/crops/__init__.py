"""Crops of people from sequences: cutting, choosing, and tracklets mined without labels."""

from flatsort.data.crops.cutting import cut_crops

__all__ = ["cut_crops"]
