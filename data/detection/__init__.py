"""Detectors: an image in, boxes, scores and classes out."""

from flatsort.data.detection.detector import Detector, Found, detect
from flatsort.data.detection.registry import detector_names, load_detector

__all__ = ["Detector", "Found", "detect", "detector_names", "load_detector"]
