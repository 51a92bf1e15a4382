"""Frames from a video file or a stream, decoded one by one by FFmpeg.

A video's frames are those that a player shows: what an MP4's edit list leaves out is not among them, and what a header
promises beyond the stored frames neither. A frame that cannot be decoded ends the video with an error.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flatsort.data.errors import InputError
from flatsort.data.limits import FASTEST_RATE, MOST_PIXELS, check_picture_size
from flatsort.data.pyav import import_av, reason_of
from flatsort.data.sequences.container import is_cut_short
from flatsort.data.threads import allowed_threads

# Seconds; a camera in the network may take several to answer.
TIMEOUT = 10.0
_CONVERSION_THREADS = 2
_KEY_FRAME, _NOT_SHOWN = 1, 2  # flags of FFmpeg's index, AVINDEX_KEYFRAME and AVINDEX_DISCARD_FRAME


class Video:
    """A video file. length: its frames, None where only reading them all tells. frame_rate, size: None where not known.

    Raises InputError where the file cannot be opened or its pictures are too large; iterating, at the frame where a
    truncated or damaged file ends.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with _open(f"file:{path}") as (_, stream):
                rate = float(stream.guessed_rate or 0)
                self.frame_rate = rate if 0 < rate <= FASTEST_RATE else None
                self.length = _indexed_length(stream)
            first = next(self.images(), None)
        except import_av().error.FFmpegError as error:
            raise self._broken(0, reason_of(error)) from None
        if first is None:
            raise self._broken(0, "it holds no frame")
        self.size = (first.shape[1], first.shape[0])

    def images(self) -> Generator[NDArray[np.uint8], None, None]:
        """Decode from the first frame to the last, (h, w, 3) uint8 BGR each."""
        frames = 0
        try:
            with _open(f"file:{self.path}") as (container, stream):
                convert = _Conversion(self.path)
                for picture in container.decode(stream):
                    yield convert(picture)
                    frames += 1
        except import_av().error.FFmpegError as error:
            raise self._broken(frames, reason_of(error)) from None
        self._check_end(frames)

    def unseen(self) -> Generator[None, None, None]:
        """The same frames without their pictures. Only the last key frame and what follows it are decoded.

        A recording that was cut off is damaged there. Damage before it is for those who look at the pictures.
        """
        shown, good, damage = self._count()
        for _ in range(good):
            yield None
        if good < shown:
            raise self._broken(good, damage)
        self._check_end(shown)

    def _count(self) -> tuple[int, int, str]:
        """(frames shown, those up to the first at the end that cannot be decoded, why it cannot)."""
        errors = import_av().error.FFmpegError
        with _open(f"file:{self.path}") as (container, stream):
            shown, last_key = self.length or 0, None
            if self.length is None:
                for packet in _shown(container, stream):
                    shown += 1
                    last_key = packet.pts if packet.is_keyframe else last_key
            else:
                last_key = next((e.timestamp for e in reversed(stream.index_entries) if e.flags & _KEY_FRAME), None)
            if last_key is None:
                return shown, shown, ""
            stored, decoded, damage = 0, 0, ""
            try:
                container.seek(last_key, stream=stream)
            except errors:  # no way back, as in a stream that was recorded without an index
                return shown, shown, ""
            for packet in container.demux(stream):
                stored += bool(packet.size) and not packet.is_discard
                try:
                    decoded += 0 if damage else len(packet.decode())
                except errors as error:
                    damage = reason_of(error)
        return shown, shown - stored + decoded if damage else shown, damage

    def _check_end(self, frames: int) -> None:
        if is_cut_short(self.path):
            raise self._broken(frames, "the file is cut short")
        if self.length is not None and frames < self.length:
            raise self._broken(frames, f"the file holds {self.length} frames")

    def _broken(self, frames: int, reason: str) -> InputError:
        problem = f"frame {frames + 1} cannot be read ({reason})"
        if not frames:
            return InputError(self.path, None, problem, "replace the file, or convert it to MP4")
        return InputError(self.path, None, problem, f"replace the file, or use its first {frames} frames")


class Stream:
    """A stream by its URL: it has no length, and starts anew from now. timeout: seconds of silence that end it."""

    length: int | None = None
    size: tuple[int, int] | None = None
    frame_rate: float | None = None

    def __init__(self, address: str, timeout: float = TIMEOUT) -> None:
        self.address = address
        self.timeout = timeout

    def images(self) -> Generator[NDArray[np.uint8], None, None]:
        """Decode until the source ends. Raises InputError where it cannot be opened, or breaks off."""
        errors = import_av().error
        frames, seconds, promise = 0, 0.0, _Promise()
        try:
            with _open(self.address, self.timeout) as (container, stream):
                promise, convert = _Promise.of(container, stream), _Conversion(self.address)
                for picture in container.decode(stream):
                    yield convert(picture)
                    frames, seconds = frames + 1, picture.time or 0.0
        except errors.FFmpegError as error:
            reason = f"no data for {self.timeout:g} s" if isinstance(error, errors.ExitError) else reason_of(error)
            raise self._broken(frames, reason) from None
        if frames < promise.frames:
            raise self._broken(frames, f"it announced {promise.frames} frames")
        if seconds < promise.seconds - 1:  # the last frame is shown for a while, and a sound may go on for longer
            raise self._broken(frames, f"it announced {promise.seconds:.1f} s")

    def _broken(self, frames: int, reason: str) -> InputError:
        if frames:
            return InputError(self.address, None, f"broke off after frame {frames} ({reason})", "check the connection")
        return InputError(
            self.address, None, f"gives no frame ({reason})", "check that it is there, or raise --timeout"
        )


@contextmanager
def _open(address: str, timeout: float | None = None) -> Iterator[tuple[Any, Any]]:
    """(container, its first video stream). Raises FFmpegError where it cannot be opened or holds no video."""
    av = import_av()
    with av.open(address, timeout=timeout) as container:
        if not container.streams.video:
            raise av.error.InvalidDataError(0, "it holds no video")
        stream = container.streams.video[0]
        check_picture_size(address.removeprefix("file:"), stream.codec_context.width, stream.codec_context.height)
        stream.codec_context.options = {"max_pixels": str(MOST_PIXELS)}
        stream.thread_type = "AUTO"
        stream.codec_context.thread_count = allowed_threads() or 0  # 0: a thread for each core
        yield container, stream


@dataclass(frozen=True)
class _Promise:
    """What the beginning of a stream says of its end: 0 where it is silent, as of a camera."""

    frames: int = 0
    seconds: float = 0.0

    @staticmethod
    def of(container: Any, stream: Any) -> _Promise:
        # Matroska states the length; elsewhere FFmpeg may have guessed it from the bit rate.
        stated = "matroska" in container.format.name and container.duration is not None
        return _Promise(_indexed_length(stream) or stream.frames, container.duration / 1e6 if stated else 0.0)


class _Conversion:
    """From FFmpeg's pictures to (h, w, 3) uint8 BGR; one for all pictures of a video, which is twice as fast."""

    def __init__(self, source: Path | str) -> None:
        from av.video.reformatter import VideoReformatter

        self._source = source
        self._reformatter: Any = VideoReformatter()
        self._threads = min(_CONVERSION_THREADS, allowed_threads() or _CONVERSION_THREADS)

    def __call__(self, picture: Any) -> NDArray[np.uint8]:
        check_picture_size(self._source, picture.width, picture.height)
        bgr = self._reformatter.reformat(picture, format="bgr24", threads=self._threads)
        image: NDArray[np.uint8] = bgr.to_ndarray()
        # A telephone held upright stores its pictures lying, and how a player turns them.
        turns = round(picture.rotation / 90) % 4
        return np.ascontiguousarray(np.rot90(image, turns)) if turns else image


def _shown(container: Any, stream: Any) -> Iterator[Any]:
    """The packets of the frames that are shown, not decoded."""
    return (packet for packet in container.demux(stream) if packet.size and not packet.is_discard)


def _indexed_length(stream: Any) -> int | None:
    """The frames that the container's index shows, None where it has no index of all that its header announces."""
    entries = stream.index_entries
    if not stream.frames or len(entries) != stream.frames:
        return None
    return sum(1 for entry in entries if not entry.flags & _NOT_SHOWN)
