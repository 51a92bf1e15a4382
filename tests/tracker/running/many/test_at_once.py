"""Jobs in threads: all go on at once, each ends for itself, and an interrupt ends them at their next frame."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from itertools import count

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
    meeting = threading.Barrier(3, timeout=20)
    seen = run(*[lambda shown: meeting.wait() >= 0] * 3)
    assert [seen.outcomes[number].value for number in range(3)] == [True] * 3


def test_each_ends_for_itself() -> None:
    seen = run(jobs.refuse, lambda shown: shown.say("done"), jobs.fail)
    assert seen.outcomes[0].failure == "b.mp4: is broken; replace it"
    assert seen.outcomes[1].said == ["done"]
    assert "no luck" in str(seen.outcomes[2].error)


def test_an_interrupt_ends_each_at_its_next_frame() -> None:
    begun = threading.Barrier(3, timeout=20)

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
