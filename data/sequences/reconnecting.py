"""A live source that is opened again when it breaks off, after waits that grow."""

from __future__ import annotations

from collections.abc import Generator
from threading import Event
from time import monotonic
from typing import Protocol

from flatsort.data.errors import InputError
from flatsort.data.sequences.picture import Picture

# Seconds before the first try to reconnect; each further wait is twice as long, up to the longest.
FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0
TRIES = 10  # in a row: about three minutes


class BrokenConnectionError(Exception):
    """A connection that has failed, with the reason as its text."""


class LiveSource(Protocol):
    """A camera or a stream.

    recorded: whether it has turned out to be a recording, which is read at the reader's pace and has an end.
    frame_rate: frames a second, None where it does not say, or was not opened yet.
    """

    recorded: bool
    frame_rate: float | None

    def connect(self, every: int = 1) -> Generator[Picture | None, None, None]:
        """The pictures of one connection, from its first, None for those between each `every`-th.

        Raises BrokenConnectionError.
        """
        ...

    def failed(self, frames: int, reason: str, tries: int) -> InputError:
        """What the user is told where it gives no more, after so many frames and tries to reconnect."""
        ...


class Reconnecting:
    """The pictures of a live source, through all its connections: indices and times go on.

    tries: to reconnect, in a row, before it has ended. wait: seconds before the first of them.
    reconnections: how many have succeeded.
    """

    def __init__(self, source: LiveSource, tries: int = 0, wait: float = FIRST_WAIT) -> None:
        self.source, self.tries, self.reconnections = source, tries, 0
        self._wait = wait

    def pictures(self, every: int = 1, stop: Event | None = None) -> Generator[Picture, None, None]:
        """From now on. stop: ends the waiting, too.

        A source that ends of itself, and cannot be reached again, ends the pictures; one that fails raises InputError.
        """
        stop = stop or Event()
        received, failures, last, arrived = 0, 0, 0.0, monotonic()
        while True:
            reason, start, offset = None, received, last
            try:
                for picture in self.source.connect(every):
                    if received == start and start:  # the first of a new connection
                        self.reconnections += 1
                        offset = last + monotonic() - arrived
                    received, failures = received + 1, 0
                    if picture is not None:
                        last, arrived = offset + (picture.time or 0.0), monotonic()
                        yield Picture(picture.image, start + picture.index, last)
            except BrokenConnectionError as error:
                reason = str(error)
            failures += 1
            if self.source.recorded or not received or failures > self.tries:
                if reason is not None:
                    raise self.source.failed(received, reason, 0 if self.source.recorded else self.tries)
                return
            if stop.wait(min(self._wait * 2 ** (failures - 1), LONGEST_WAIT)):
                return
