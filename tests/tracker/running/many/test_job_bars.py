"""Bars of jobs elsewhere: one of all, one of each that is being done."""

from __future__ import annotations

from flatsort.tracker.running.many.job_bars import JobBars


class Shown:
    """What is on the screen: (name, how many have passed) by bar."""

    def __init__(self) -> None:
        self.bars: dict[int, list[object]] = {}
        self.opened = 0

    def open_bar(self, name: str, total: int | None) -> int:
        self.opened += 1
        self.bars[self.opened] = [name, 0, total]
        return self.opened

    def move_bar(self, bar: int, passed: int) -> None:
        self.bars[bar][1] = passed

    def close_bar(self, bar: int) -> None:
        del self.bars[bar]


def test_bars_come_and_go_with_their_jobs() -> None:
    shown = Shown()
    bars = JobBars(shown, 2)
    bars.begin(0, "a", 10)
    bars.begin(1, "b", None)
    bars.move(0, 4)
    assert sorted(shown.bars.values()) == [["a", 4, 10], ["all", 0, 2], ["b", 0, None]]
    bars.begin(0, "report, a", 10)  # in the place of its first
    bars.end(1)
    bars.move(1, 7)
    bars.begin(1, "b", 3)  # what it said last is read after its end
    assert sorted(shown.bars.values()) == [["all", 1, 2], ["report, a", 0, 10]]
    bars.end(0)
    assert list(shown.bars.values()) == [["all", 2, 2]]
