"""Camera motion: how the background moved from the last frame to this one, so that tracks can be moved with it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from flatsort.data.opencv import import_cv2

cv2 = import_cv2()

Grey = NDArray[np.uint8]
Affine = NDArray[np.float64]

# The longer side of the grey image that is looked at. A pixel of it is four of a 1080p frame, and corners are found to
# a tenth of a pixel.
_LONG_SIDE = 480
_CORNERS = 300
# Below this many corners that agree, the estimate is chance: three pairs determine a partial affine exactly, and people
# who walk together give a dozen.
_FEWEST_CORNERS = 16
_OUTLIER = 1.0  # pixels of the small image
_SMALLEST_SIDE = 16
# Aligned frames of one shot correlate above 0.97 (MOT16-11); what the method makes of a cut, well below.
_LEAST_CORRELATION = 0.6


class CameraMotion:
    """Estimates the camera's motion from frame to frame on a small grey image.

    method "flow": corners outside the boxes, followed by sparse optical flow (Lucas and Kanade), and the partial affine
    (shift, rotation, scale) on which most agree (RANSAC). method "ecc": the shift and rotation of the highest enhanced
    correlation coefficient (Evangelidis and Psarakis 2008), slower, for scenes without corners.
    `failures` counts the frames in which the motion could not be told and the camera was taken to stand still.
    """

    def __init__(self, method: str = "flow") -> None:
        if method not in ("flow", "ecc"):
            raise ValueError(f"method is {method!r}, expected 'flow' or 'ecc'")
        self.method = method
        self.failures = 0
        self._grey: Grey | None = None
        self._corners: NDArray[np.float32] | None = None

    def estimate(self, image: NDArray[np.uint8], boxes: NDArray[np.float64]) -> Affine:
        """The (2, 3) affine that maps positions in the last frame to positions in this one.

        image: (h, w, 3) uint8. boxes: (n, 4) `xyxy` in pixels of this frame: what moves by itself and is not looked at.
        The first frame, a frame of another size and a failure give the identity. Raises ValueError where the image has
        another shape or type.
        """
        if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or min(image.shape[:2]) < _SMALLEST_SIDE:
            expected = f"uint8 (height, width, 3) of at least {_SMALLEST_SIDE} pixels a side"
            raise ValueError(f"image is {image.dtype} {image.shape}, expected {expected}")
        scale = min(1.0, _LONG_SIDE / max(image.shape[:2]))
        grey = _small_grey(image, scale)
        mask = _background(grey, boxes * scale)
        last, corners = self._grey, self._corners
        self._grey = grey
        if self.method == "flow":
            self._corners = cv2.goodFeaturesToTrack(grey, _CORNERS, 0.01, 6, mask=mask)
        if last is None:
            return np.eye(2, 3)
        small: Affine | None = None
        if last.shape == grey.shape:
            small = _flow(last, grey, corners) if self.method == "flow" else _ecc(last, grey, mask)
        if small is None or not _plausible(small, grey):
            self.failures += 1
            return np.eye(2, 3)
        small[:, 2] /= scale
        return small


def _small_grey(image: NDArray[np.uint8], scale: float) -> Grey:
    height, width = image.shape[:2]
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA) if scale < 1 else grey)


def _background(grey: Grey, boxes: NDArray[np.float64]) -> Grey:
    """255 outside the boxes, 0 inside; all 255 where the boxes leave less than a tenth of the image."""
    height, width = grey.shape
    mask = np.full((height, width), 255, np.uint8)
    edges = np.clip(boxes, 0, [width, height, width, height])
    for left, top, right, bottom in np.concatenate([np.floor(edges[:, :2]), np.ceil(edges[:, 2:])], 1).astype(int):
        mask[top:bottom, left:right] = 0
    if np.count_nonzero(mask) < mask.size // 10:
        mask[:] = 255
    return mask


def _flow(last: Grey, grey: Grey, corners: NDArray[np.float32] | None) -> Affine | None:
    if corners is None or len(corners) < _FEWEST_CORNERS:
        return None
    moved, found, _ = cv2.calcOpticalFlowPyrLK(last, grey, corners, None, winSize=(15, 15), maxLevel=3)
    seen = found.ravel() == 1
    # Box positions count a pixel's left edge as its number, OpenCV's corners its centre.
    before, after = corners[seen].reshape(-1, 2) + 0.5, moved[seen].reshape(-1, 2) + 0.5
    if len(before) < _FEWEST_CORNERS:
        return None
    affine, agree = cv2.estimateAffinePartial2D(before, after, method=cv2.RANSAC, ransacReprojThreshold=_OUTLIER)
    if affine is None or np.count_nonzero(agree) < _FEWEST_CORNERS:
        return None
    return np.asarray(affine, np.float64)


def _ecc(last: Grey, grey: Grey, mask: Grey) -> Affine | None:
    stop = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 50, 1e-4)
    try:
        correlation, warp = cv2.findTransformECC(
            last, grey, np.eye(2, 3, dtype=np.float32), cv2.MOTION_EUCLIDEAN, stop, inputMask=mask, gaussFiltSize=5
        )
    except cv2.error:  # it did not converge, or the images have no texture
        return None
    if correlation < _LEAST_CORRELATION:
        return None
    affine = np.asarray(warp, np.float64)
    affine[:, 2] += 0.5 - affine[:, :2] @ [0.5, 0.5]  # from pixel centres to pixel edges
    return affine


def _plausible(affine: Affine, grey: Grey) -> bool:
    """No camera scales by a fifth or moves the middle of its picture by a third between two frames."""
    if not np.isfinite(affine).all():
        return False
    scale = np.sqrt(abs(np.linalg.det(affine[:, :2])))
    middle = np.array([grey.shape[1], grey.shape[0]]) / 2
    shift = affine[:, :2] @ middle + affine[:, 2] - middle
    return bool(0.8 < scale < 1.25 and (np.abs(shift) < 2 / 3 * middle).all())
