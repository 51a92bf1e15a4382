"""Jobs in threads: all go on at once, each ends for itself, and an interrupt ends them at their next frame."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import pytest

from flatsort.data.progress import Shown
from flatsort.tracker.running.many.at_once import AtOnce
from flatsort.tracker.running.many.job import Job, Outcome, Work
from tests.tracker.running.many import jobs
from tests.tracker.running.many.test_processes import Seen


def run(*works: Work) -> Seen:
    seen = Seen()
    AtOnce().run([Job(f"job {number}", work) for number, work in enumerate(works)], seen.finish, seen)
    return seen


def test_all_go_on_at_once() -> None:
    meeting = threading.Barrier(3, timeout=300)
    seen = run(*[lambda shown: meeting.wait() >= 0] * 3)
    assert [seen.outcomes[number].value for number in range(3)] == [True] * 3


def test_each_ends_for_itself() -> None:
    seen = run(jobs.refuse, lambda shown: shown.say("done"), jobs.fail)
    assert seen.outcomes[0].failure == "b.mp4: is broken; replace it"
    assert seen.outcomes[1].said == ["done"]
    assert "no luck" in str(seen.outcomes[2].error)


def test_an_interrupt_ends_each_at_its_next_frame() -> None:
    begun = threading.Barrier(3, timeout=300)

    def endless(shown: Shown) -> None:
        def frames() -> Iterator[int]:
            begun.wait()
            for frame in count():
                time.sleep(0.01)
                yield frame

        try:
            for _ in shown.watch("camera", None)(frames()):
                pass
        except KeyboardInterrupt as interrupt:
            interrupt.add_note("a part is kept")
            raise

    def interrupt() -> None:
        begun.wait()
        os.kill(os.getpid(), signal.SIGINT)

    seen: dict[int, Outcome] = {}
    threading.Thread(target=interrupt).start()
    with pytest.raises(KeyboardInterrupt):
        AtOnce().run([Job(str(number), endless) for number in range(2)], seen.__setitem__, Seen())
    assert [(seen[number].interrupted, seen[number].kept) for number in (0, 1)] == [(True, ["a part is kept"])] * 2


def test_an_interrupt_while_they_are_started_begins_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may come before the thread that `submit` has started is known to the executor."""
    begun: list[int] = []
    submit = ThreadPoolExecutor.submit

    def interrupted(self: ThreadPoolExecutor, *arguments: Any) -> Any:
        future = submit(self, *arguments)
        if len(self._threads) == 2:
            raise KeyboardInterrupt
        return future

    def endless(shown: Shown) -> None:
        for frame in shown.watch("camera", None)(count()):
            begun.append(frame)

    monkeypatch.setattr(ThreadPoolExecutor, "submit", interrupted)
    seen = Seen()
    with pytest.raises(KeyboardInterrupt):
        AtOnce().run([Job(str(number), endless) for number in range(3)], seen.finish, seen)
    assert not begun
    assert all(outcome.interrupted for outcome in seen.outcomes.values())


def test_an_error_of_who_is_told_ends_the_others() -> None:
    def endless(shown: Shown) -> None:
        for _ in shown.watch("camera", None)(count()):
            time.sleep(0.01)

    def finish(number: int, outcome: Outcome) -> None:
        if number == 0:
            raise OSError("the disk is full")

    with pytest.raises(OSError, match="the disk is full"):
        AtOnce().run([Job("short", lambda _: None), Job("endless", endless)], finish, Seen())
