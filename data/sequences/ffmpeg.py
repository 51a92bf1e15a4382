"""Videos and streams opened by FFmpeg, and its pictures as arrays."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flatsort.data.limits import FASTEST_RATE, MOST_PIXELS, check_picture_size
from flatsort.data.pyav import import_av
from flatsort.data.sequences.picture import Picture
from flatsort.data.threads import allowed_threads

_CONVERSION_THREADS = 2
_NOT_SHOWN = 2  # a flag of FFmpeg's index, AVINDEX_DISCARD_FRAME


@contextmanager
def open_container(
    address: str, timeout: float | None = None, options: dict[str, str] | None = None
) -> Iterator[tuple[Any, Any]]:
    """(container, its first video stream). Raises FFmpegError where it cannot be opened or holds no video.

    timeout: seconds of silence that end it. options: of FFmpeg's reader.
    """
    av = import_av()
    with av.open(address, timeout=timeout, options=options or {}) as container:
        if not container.streams.video:
            raise av.error.InvalidDataError(0, "it holds no video")
        stream = container.streams.video[0]
        check_picture_size(address.removeprefix("file:"), stream.codec_context.width, stream.codec_context.height)
        stream.codec_context.options = {"max_pixels": str(MOST_PIXELS)}
        stream.thread_type = "AUTO"
        stream.codec_context.thread_count = allowed_threads() or 0  # 0: a thread for each core
        yield container, stream


def decoded(container: Any, stream: Any, source: Path | str, every: int = 1) -> Generator[Picture | None, None, None]:
    """The first picture and each `every`-th after it, None for those between. Raises FFmpegError."""
    convert, first = _Conversion(source), None
    for index, picture in enumerate(container.decode(stream), start=1):
        time = picture.time
        first = time if first is None else first
        if (index - 1) % every:
            yield None
        else:
            yield Picture(convert(picture), index, None if time is None or first is None else time - first)


def rate_of(stream: Any) -> float | None:
    """Frames a second, None where the stream does not say."""
    rate = float(stream.guessed_rate or 0)
    return rate if 0 < rate <= FASTEST_RATE else None


def shown_packets(container: Any, stream: Any) -> Iterator[Any]:
    """The packets of the frames that are shown, not decoded."""
    return (packet for packet in container.demux(stream) if packet.size and not packet.is_discard)


def indexed_times(stream: Any) -> list[int] | None:
    """The time stamps, ascending, of the frames that the container's index shows, as they are stored.

    None where it has no index of all frames that its header announces.
    """
    entries = stream.index_entries
    if not stream.frames or len(entries) != stream.frames:
        return None
    return sorted(entry.timestamp for entry in entries if not entry.flags & _NOT_SHOWN)


def indexed_length(stream: Any) -> int | None:
    """The frames that the container's index shows, None where it has no index of all that its header announces."""
    times = indexed_times(stream)
    return None if times is None else len(times)


class _Conversion:
    """From FFmpeg's pictures to (h, w, 3) uint8 BGR; one for all pictures of a video, which is twice as fast."""

    def __init__(self, source: Path | str) -> None:
        from av.video.reformatter import VideoReformatter

        self._source = source
        self._threads = min(_CONVERSION_THREADS, allowed_threads() or _CONVERSION_THREADS)
        self._reformatter: Any = VideoReformatter()

    def __call__(self, picture: Any) -> NDArray[np.uint8]:
        check_picture_size(self._source, picture.width, picture.height)
        bgr = self._reformatter.reformat(picture, format="bgr24", threads=self._threads)
        image: NDArray[np.uint8] = bgr.to_ndarray()
        # A telephone held upright stores its pictures lying, and how a player turns them.
        turns = round(picture.rotation / 90) % 4
        return np.ascontiguousarray(np.rot90(image, turns)) if turns else image
