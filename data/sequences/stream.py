"""Frames from a stream of the network, decoded by FFmpeg as they come."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace
from time import monotonic
from typing import Any

from flatsort.data.errors import InputError
from flatsort.data.pyav import import_av, reason_of
from flatsort.data.sequences.ffmpeg import decoded, indexed_length, open_container, rate_of
from flatsort.data.sequences.picture import Picture
from flatsort.data.sequences.reconnecting import BrokenConnectionError

# Seconds; a camera in the network may take several to answer.
TIMEOUT = 10.0
# Pictures one after another, without a clock: FFmpeg takes them for 25 a second.
_CLOCKLESS = ("mpjpeg", "image2pipe", "mjpeg")


class Stream:
    """A stream by its URL. timeout: seconds of silence that end a connection.

    recorded: whether it says how long it is, as a file does that a server holds.
    """

    recorded = False
    frame_rate: float | None = None

    def __init__(self, address: str, timeout: float = TIMEOUT) -> None:
        self.address = address
        self.timeout = timeout

    def connect(self, every: int = 1) -> Generator[Picture | None, None, None]:
        """Decode until the source ends. Raises BrokenConnectionError where it cannot be opened, or breaks off."""
        errors = import_av().error
        frames, seconds, promise = 0, 0.0, _Promise()
        # A camera's pictures over UDP would come torn; it is asked for TCP first.
        options = {"rtsp_flags": "prefer_tcp"} if self.address.lower().startswith("rtsp") else {}
        try:
            with open_container(self.address, self.timeout, options) as (container, stream):
                promise = _Promise.of(container, stream)
                self.recorded = bool(promise.frames or container.duration)
                clockless = container.format.name in _CLOCKLESS
                self.frame_rate = None if clockless else rate_of(stream)
                start = monotonic()
                for picture in decoded(container, stream, self.address, every):
                    frames += 1
                    if picture is not None:
                        seconds = picture.time or 0.0
                        yield replace(picture, time=monotonic() - start) if clockless else picture
        except errors.FFmpegError as error:
            silent = isinstance(error, errors.ExitError)
            raise BrokenConnectionError(f"no data for {self.timeout:g} s" if silent else reason_of(error)) from None
        if frames < promise.frames:
            raise BrokenConnectionError(f"it announced {promise.frames} frames")
        # The last frame is shown for a while, and a sound may go on for longer.
        if seconds < promise.seconds - 1 - every / (self.frame_rate or 1):
            raise BrokenConnectionError(f"it announced {promise.seconds:.1f} s")

    def failed(self, frames: int, reason: str, tries: int) -> InputError:
        """What the user is told, as `LiveSource`."""
        if not frames:
            cure = "check that it is there, or raise --timeout"
            return InputError(self.address, None, f"gives no frame ({reason})", cure)
        again = f", and {tries} tries to reconnect failed" if tries else ""
        return InputError(
            self.address, None, f"broke off after frame {frames} ({reason}){again}", "check the connection"
        )


@dataclass(frozen=True)
class _Promise:
    """What the beginning of a stream says of its end: 0 where it is silent, as of a camera."""

    frames: int = 0
    seconds: float = 0.0

    @staticmethod
    def of(container: Any, stream: Any) -> _Promise:
        # Matroska states the length; elsewhere FFmpeg may have guessed it from the bit rate.
        stated = "matroska" in container.format.name and container.duration is not None
        return _Promise(indexed_length(stream) or stream.frames, container.duration / 1e6 if stated else 0.0)
