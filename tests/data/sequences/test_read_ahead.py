"""Reading ahead: bounded, in order, errors in their place, no thread left behind."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Generator

import pytest

from flatsort.data.sequences.read_ahead import read_ahead


def wait_for(condition: Callable[[], bool]) -> bool:
    end = time.monotonic() + 5
    while not condition() and time.monotonic() < end:
        time.sleep(0.001)
    return condition()


def threads() -> int:
    return sum(thread.name == "read ahead" for thread in threading.enumerate())


class Counting:
    """A producer that knows how many items it made and whether it was closed."""

    def __init__(self, length: int | None = None, error_at: int | None = None) -> None:
        self.length, self.error_at = length, error_at
        self.made, self.closed = 0, False
        self.thread: threading.Thread | None = None

    def items(self) -> Generator[int, None, None]:
        self.thread = threading.current_thread()
        try:
            while self.length is None or self.made < self.length:
                if self.made == self.error_at:
                    raise OSError("broken")
                self.made += 1
                yield self.made
        finally:
            assert threading.current_thread() is self.thread
            self.closed = True


@pytest.mark.parametrize("length", [0, 1, 2, 3, 100])
@pytest.mark.parametrize("depth", [1, 2, 8])
def test_gives_all_items_in_order_and_ends_its_thread(length: int, depth: int) -> None:
    source = Counting(length)
    assert list(read_ahead(source.items, depth)) == list(range(1, length + 1))
    assert source.closed
    assert threads() == 0


def test_works_ahead_of_use_and_no_further_than_its_depth() -> None:
    source = Counting()
    items = read_ahead(source.items, 4)
    for expected in (1, 2, 3):
        assert next(items) == expected
        # Four wait in the queue and one in the producer's hand.
        assert wait_for(lambda: source.made == expected + 5)  # noqa: B023
        time.sleep(0.01)
        assert source.made == expected + 5
    items.close()


def test_works_in_another_thread() -> None:
    source = Counting(1)
    list(read_ahead(source.items, 1))
    assert source.thread is not threading.current_thread()


@pytest.mark.parametrize("consumed", [0, 1, 5])
@pytest.mark.parametrize("depth", [1, 3])
def test_closing_early_ends_the_thread(consumed: int, depth: int) -> None:
    source = Counting()
    items = read_ahead(source.items, depth)
    for _ in range(consumed):
        next(items)
    items.close()
    assert threads() == 0
    assert source.closed == (consumed > 0)


def test_dropping_the_iterator_ends_the_thread() -> None:
    source = Counting()
    for item in read_ahead(source.items, 2):
        if item == 3:
            break
    gc.collect()
    assert wait_for(lambda: source.closed and threads() == 0)


def test_error_comes_after_the_items_before_it() -> None:
    items = read_ahead(Counting(error_at=3).items, 8)
    assert [next(items), next(items), next(items)] == [1, 2, 3]
    with pytest.raises(OSError, match="broken"):
        next(items)
    assert threads() == 0


def test_depth_must_be_positive() -> None:
    with pytest.raises(ValueError, match="depth is 0"):
        read_ahead(Counting().items, 0)
