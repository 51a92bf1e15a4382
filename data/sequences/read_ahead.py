"""Work done ahead of use: a thread produces items while the consumer uses the ones before."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator
from contextlib import closing
from typing import TypeVar

T = TypeVar("T")
Producer = Callable[[], Generator[T, None, None]]

# A stalled network stream gives up later than this; nobody waits for it, since the thread is a daemon.
_JOIN_SECONDS = 5.0


class _End:
    """What the thread puts last: the error that ended it, or None."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


def read_ahead(produce: Producer[T], depth: int) -> Generator[T, None, None]:
    """Iterate over `produce()`, which runs in a thread at most `depth` items ahead, plus the one at hand.

    The thread opens and closes what it reads, so that a reader is used by one thread only. An error of the producer
    is raised after the items before it. Closing the iterator early, or dropping it, ends the thread.
    Raises ValueError where depth is below 1.
    """
    if depth < 1:
        raise ValueError(f"depth is {depth}; at least 1 item must be read ahead")
    return _consume(produce, depth)


def _consume(produce: Producer[T], depth: int) -> Generator[T, None, None]:
    items: queue.Queue[T | _End] = queue.Queue(depth)
    stop = threading.Event()
    thread = threading.Thread(target=_produce, args=(produce, items, stop), name="read ahead", daemon=True)
    thread.start()
    try:
        while True:
            item = items.get()
            if isinstance(item, _End):
                if item.error is not None:
                    raise item.error
                return
            yield item
    finally:
        stop.set()
        # The thread may wait for room; after this it finds room once, then sees that it must stop.
        while not items.empty():
            items.get_nowait()
        thread.join(_JOIN_SECONDS)


def _produce(produce: Producer[T], items: queue.Queue[T | _End], stop: threading.Event) -> None:
    end = _End(None)
    try:
        with closing(produce()) as source:
            for item in source:
                if stop.is_set():
                    return
                items.put(item)
                if stop.is_set():
                    return
    except BaseException as error:
        end = _End(error)
    if not stop.is_set():
        items.put(end)
