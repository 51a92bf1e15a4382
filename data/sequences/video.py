"""Frames from a video file, decoded one by one by FFmpeg.

A video's frames are those that a player shows: what an MP4's edit list leaves out is not among them, and what a header
promises beyond the stored frames neither. A frame that cannot be decoded ends the video with an error.
"""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

from flatsort.data.errors import InputError
from flatsort.data.pyav import import_av, reason_of
from flatsort.data.sequences.container import is_cut_short
from flatsort.data.sequences.ffmpeg import (
    decoded,
    indexed_length,
    indexed_times,
    open_container,
    rate_of,
    shown_packets,
)
from flatsort.data.sequences.picture import Picture

_KEY_FRAME = 1  # a flag of FFmpeg's index, AVINDEX_KEYFRAME


class Video:
    """A video file. length: its frames, None where only reading them all tells. frame_rate, size: None where not known.

    Raises InputError where the file cannot be opened or its pictures are too large; iterating, at the frame where a
    truncated or damaged file ends.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with open_container(f"file:{path}") as (_, stream):
                self.frame_rate, self.length = rate_of(stream), indexed_length(stream)
            first = next(self.pictures(), None)
        except import_av().error.FFmpegError as error:
            raise self._broken(0, reason_of(error)) from None
        if first is None:
            raise self._broken(0, "it holds no frame")
        self.size = (first.image.shape[1], first.image.shape[0])

    def pictures(self, every: int = 1) -> Generator[Picture, None, None]:
        """Decode from the first frame to the last, as `ImageSource`."""
        frames = 0
        try:
            with open_container(f"file:{self.path}") as (container, stream):
                for picture in decoded(container, stream, self.path, every):
                    if picture is not None:
                        yield picture
                    frames += 1
        except import_av().error.FFmpegError as error:
            raise self._broken(frames, reason_of(error)) from None
        self._check_end(frames)

    def unseen(self) -> Generator[float | None, None, None]:
        """The times of the same frames, in seconds from the first, without their pictures.

        Only the last key frame and what follows it are decoded: a recording that was cut off is damaged there. Damage
        before it is for those who look at the pictures.
        """
        times, good, damage = self._look_through()
        yield from times[:good]
        if good < len(times):
            raise self._broken(good, damage)
        self._check_end(len(times))

    def _look_through(self) -> tuple[list[float | None], int, str]:
        """(times of the frames shown, those up to the first at the end that cannot be decoded, why it cannot)."""
        errors = import_av().error.FFmpegError
        with open_container(f"file:{self.path}") as (container, stream):
            stamps: list[int | None] = list(indexed_times(stream) or ())
            if self.length is None:
                last_key = None
                for packet in shown_packets(container, stream):
                    stamps.append(packet.pts)
                    last_key = packet.pts if packet.is_keyframe else last_key
            else:
                last_key = next((e.timestamp for e in reversed(stream.index_entries) if e.flags & _KEY_FRAME), None)
            times, shown = _seconds(stamps, float(stream.time_base)), len(stamps)
            if last_key is None:
                return times, shown, ""
            stored, decoded, damage = 0, 0, ""
            try:
                container.seek(last_key, stream=stream)
            except errors:  # no way back, as in a stream that was recorded without an index
                return times, shown, ""
            for packet in container.demux(stream):
                stored += bool(packet.size) and not packet.is_discard
                try:
                    decoded += 0 if damage else len(packet.decode())
                except errors as error:
                    damage = reason_of(error)
        return times, shown - stored + decoded if damage else shown, damage

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


def _seconds(stamps: list[int | None], unit: float) -> list[float | None]:
    """Time stamps in the order in which frames are shown, in seconds from the first; None where one is missing."""
    known = sorted(stamp for stamp in stamps if stamp is not None)
    if len(known) < len(stamps):
        return [None] * len(stamps)
    return [(stamp - known[0]) * unit for stamp in known]
