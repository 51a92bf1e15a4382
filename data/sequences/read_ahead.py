"""Work done ahead of use: a thread produces items while the consumer uses the ones before."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Generator
from contextlib import closing
from typing import Generic, TypeVar

T = TypeVar("T")
Producer = Callable[[], Generator[T, None, None]]
Test = Callable[[], bool]

# Bytes of finished items from which on the thread waits: twenty pictures of 1080p, and one of the largest.
BUDGET = 128 * 2**20
# A stalled network stream gives up later than this; nobody waits for it, since the thread is a daemon.
_JOIN_SECONDS = 5.0
# How often a reader that waits looks whether another thread has ended the reading.
_LOOK_SECONDS = 0.2


class _End:
    """What the thread puts last: the error that ended it, or None."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


class _Shelf(Generic[T]):
    """Finished items between the two threads, bounded by their number and their bytes."""

    def __init__(self, depth: int, budget: int, late: Test, stopped: Test) -> None:
        self._depth, self._budget = depth, budget
        self._late, self._stopped = late, stopped
        self._items: deque[tuple[T | _End, int]] = deque()
        self._bytes = 0
        self._changed = threading.Condition()
        self.closed = False

    def put(self, item: T | _End) -> bool:
        """Wait for room, add the item, and wait until another may be begun. False where nobody wants more."""
        size = int(getattr(item, "nbytes", 0))
        with self._changed:
            while not self.closed and len(self._items) >= self._depth:
                if isinstance(item, _End) or not self._late():
                    self._changed.wait()
                else:
                    self._bytes -= self._items.popleft()[1]
            if self.closed:
                return False
            self._items.append((item, size))
            self._bytes += size
            self._changed.notify_all()
            self._changed.wait_for(lambda: self.closed or self._bytes < self._budget)
            return not self.closed

    def get(self) -> T | _End:
        with self._changed:
            while not self._changed.wait_for(lambda: bool(self._items), _LOOK_SECONDS):
                if self._stopped():
                    return _End(None)
            item, size = self._items.popleft()
            self._bytes -= size
            self._changed.notify_all()
            return item

    def close(self) -> None:
        with self._changed:
            self.closed = True
            self._items.clear()
            self._changed.notify_all()


def _never() -> bool:
    return False


def read_ahead(
    produce: Producer[T], depth: int, budget: int = BUDGET, late: Test = _never, stopped: Test = _never
) -> Generator[T, None, None]:
    """Iterate over `produce()`, which runs in a thread at most `depth` items ahead, plus the one at hand.

    budget: bytes (`nbytes`) of finished items from which on no other is begun.
    late: asked where there is no room for an item; True drops the oldest for it.
    stopped: asked a few times a second while the consumer waits; True ends it.

    The thread opens and closes what it reads, so that a reader is used by one thread only. An error of the producer is
    raised after the items before it.
    Closing the iterator early, or dropping it, ends the thread. Raises ValueError where depth is below 1.
    """
    if depth < 1:
        raise ValueError(f"depth is {depth}; at least 1 item must be read ahead")
    return _consume(produce, _Shelf(depth, budget, late, stopped))


def _consume(produce: Producer[T], shelf: _Shelf[T]) -> Generator[T, None, None]:
    thread = threading.Thread(target=_produce, args=(produce, shelf), name="read ahead", daemon=True)
    thread.start()
    try:
        while True:
            item = shelf.get()
            if isinstance(item, _End):
                if item.error is not None:
                    raise item.error
                return
            yield item
            del item  # a large picture is not held while the next is waited for
    finally:
        shelf.close()
        thread.join(_JOIN_SECONDS)


def _produce(produce: Producer[T], shelf: _Shelf[T]) -> None:
    end = _End(None)
    try:
        with closing(produce()) as source:
            for item in source:
                if not shelf.put(item):
                    return
                del item
    except BaseException as error:
        end = _End(error)
    shelf.put(end)
