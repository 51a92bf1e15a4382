"""A video file, frame by frame, in a format that browsers play where the container allows it."""

from __future__ import annotations

import errno
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flatsort.data.pyav import import_av, reason_of

VIDEO_SUFFIXES = (".mp4", ".m4v", ".webm", ".mkv", ".mov", ".avi")
# Google's VP9 needs no licence, unlike H.264, whose encoder in PyAV's wheel (x264) is under the GPL. QuickTime's and
# AVI's players know MPEG-4 Part 2.
_VP9, _MPEG4 = ("libvpx-vp9", "VP9"), ("mpeg4", "MPEG-4 Part 2, which browsers do not play")
_CODECS = {".mov": _MPEG4, ".avi": _MPEG4}
# Of 1080p street scenes: half the bytes of OpenCV's MPEG-4 at its quality, in 50 ms a frame on one core. The number
# of columns and threads is fixed, so that the bytes are the same on every machine.
_VP9_OPTIONS = {"deadline": "realtime", "cpu-used": "8", "row-mt": "1", "tile-columns": "2", "b": "0", "crf": "28"}
_MPEG4_OPTIONS = {"flags": "+qscale", "global_quality": str(3 * 118)}  # of 1, the best, to 31, in FFmpeg's units
_THREADS = 4


class VideoWriter:
    """Writes a video of one size. codec: what it is encoded as, in words for the user.

    Raises OSError where the disk is full or no such video can be written.
    """

    def __init__(self, path: Path, size: tuple[int, int], frame_rate: float) -> None:
        """size: (width, height) in pixels. frame_rate: frames a second. The suffix of `path` says the container."""
        av = import_av()
        encoder, self.codec = _CODECS.get(path.suffix.lower(), _VP9)
        self.frames = 0
        self._path = path
        self._container: Any = av.open(
            str(path),
            "w",
            format="mp4" if path.suffix.lower() == ".m4v" else None,
            container_options={"fflags": "+bitexact"},  # Matroska would get random numbers
        )
        rate = Fraction(frame_rate).limit_denominator(1001)
        options = _VP9_OPTIONS if encoder == _VP9[0] else _MPEG4_OPTIONS
        try:
            self._stream: Any = self._container.add_stream(encoder, rate=rate, options=options)
            self._stream.width, self._stream.height = size
            self._stream.pix_fmt = "yuv420p"
            self._stream.codec_context.thread_count = _THREADS
            self._stream.codec_context.open()
        except (av.error.FFmpegError, ValueError) as error:
            self._container.close()
            problem = f"no encoder takes {size[0]}x{size[1]} pixels: {reason_of(error)}"
            raise OSError(errno.EINVAL, problem, str(path)) from None

    def write(self, image: NDArray[np.uint8]) -> None:
        """Append a frame: (h, w, 3) uint8 BGR."""
        picture = import_av().VideoFrame.from_ndarray(image, format="bgr24")
        self._container.mux(self._stream.encode(picture))
        self.frames += 1

    def close(self) -> None:
        """Write the rest, and read back that all is there: FFmpeg does not report every write that failed."""
        try:
            self._container.mux(self._stream.encode(None))
        finally:
            self._container.close()
        written = written_frames(self._path)
        if written != self.frames:
            raise OSError(errno.EIO, f"{written} of {self.frames} frames arrived", str(self._path))

    def abandon(self) -> None:
        """Close the file without its rest, after an error."""
        with suppress(import_av().error.FFmpegError):  # the disk is full, as the error said
            self._container.close()


def written_frames(path: Path) -> int:
    """The frames that a file holds by its container, without decoding them; 0 where it is no video."""
    av = import_av()
    try:
        with av.open(f"file:{path}") as container:
            return sum(1 for packet in container.demux(container.streams.video[0]) if packet.size)
    except (av.error.FFmpegError, IndexError):
        return 0
