"""What counts as finished: the same files, settings and code, and a result as it was written."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from flatsort.data.errors import InputError
from flatsort.data.files.lock import sole_writer
from flatsort.tracker.running.many import finished
from flatsort.tracker.running.many.finished import NAME, Finished
from flatsort.tracker.running.many.job import Job, Outcome, Watched
from flatsort.tracker.running.many.run import run_many


def refuse(shown: object) -> None:
    raise InputError("a.mp4", None, "is broken", "replace it")


@pytest.fixture
def job(tmp_path: Path) -> Job:
    """A job whose result is there."""
    (tmp_path / "out").mkdir()
    (tmp_path / "a.mp4").write_text("video")
    (tmp_path / "out" / "a.txt").write_text("tracks")
    return Job("a", refuse, (tmp_path / "out" / "a.txt",), (tmp_path / "a.mp4",), {"max_age": 30})


def touch(path: Path, content: str | None = None) -> None:
    if content is not None:
        path.write_text(content)
    os.utime(path, ns=(1, 1))


CHANGES: dict[str, tuple[Callable[[Job, pytest.MonkeyPatch], Job], str | None]] = {
    "nothing": (lambda job, patch: job, None),
    "a setting": (lambda job, patch: replace(job, settings={"max_age": 31}), "it has other settings"),
    "the source": (lambda job, patch: touch(job.inputs[0], "other") or job, "its source has changed"),
    "another file more": (
        lambda job, patch: replace(job, inputs=(*job.inputs, Path(__file__))),
        "its source has changed",
    ),
    "the result": (lambda job, patch: touch(job.outputs[0]) or job, f"{NAME} does not know it"),
    "the result is gone": (lambda job, patch: job.outputs[0].unlink() or job, ""),
    "the code": (
        lambda job, patch: patch.setattr(finished, "code_version", lambda *rooms: "new") or job,
        "flatsort has changed",
    ),
}


@pytest.mark.parametrize(("change", "state"), CHANGES.values(), ids=CHANGES)
def test_what_is_finished(
    job: Job,
    change: Callable[[Job, pytest.MonkeyPatch], Job],
    state: str | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = job.outputs[0].parent
    assert Finished(folder).state(job) == f"{NAME} does not know it"
    Finished(folder).add(job)
    job = change(job, monkeypatch)
    assert Finished(folder).state(job) == state


def test_a_line_cut_short_is_left_out_and_the_last_line_counts(job: Job) -> None:
    folder = job.outputs[0].parent
    Finished(folder).add(replace(job, settings={}))
    Finished(folder).add(job)
    with (folder / NAME).open("a") as file:
        file.write('{"result": "b.t')
    known = Finished(folder)
    assert known.state(job) is None
    known.tidy()
    assert (folder / NAME).read_text().count("\n") == 1
    Finished(folder).add(replace(job, outputs=(folder / "c.txt",)))
    assert Finished(folder).state(job) is None


class Told:
    """Keeps the lines."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.say = self.remark = self.fail = lambda line: self.lines.append(str(line))

    def open_bar(self, name: str, total: int | None) -> int:
        return 0

    def move_bar(self, bar: int, passed: int) -> None:
        pass

    def close_bar(self, bar: int) -> None:
        pass


class Here:
    """Does jobs at once, as a place does; jobs named `stop` interrupt."""

    def run(self, jobs: list[Job], finish: Callable[[int, Outcome], None], watched: Watched) -> None:
        for number, job in enumerate(jobs):
            if job.name == "stop":
                raise KeyboardInterrupt
            for path in job.outputs:
                path.write_text(job.name)
            finish(number, Outcome(value=number, said=[f"wrote {job.name}"]))


def test_a_run_says_what_it_skips_and_what_it_replaces(tmp_path: Path) -> None:
    jobs = [Job(name, refuse, (tmp_path / f"{name}.txt",)) for name in "abcdef"]
    jobs[4] = replace(jobs[4], name="stop")
    told = Told()
    with pytest.raises(KeyboardInterrupt) as interrupt:
        run_many(jobs, told, Here(), tmp_path)
    assert interrupt.value.__notes__ == ["4 of 6 are done; the same command goes on"]
    jobs[4] = replace(jobs[4], name="e")
    told.lines.clear()
    run_many(jobs, told, Here(), tmp_path)
    assert told.lines == [f"4 of 6 are finished ({tmp_path / NAME}) and are skipped", "wrote e", "wrote f"]
    told.lines.clear()
    run_many([replace(job, settings={"n_init": 1}) for job in jobs], told, Here(), tmp_path)
    names = ", ".join(str(tmp_path / f"{name}.txt") for name in "abc")
    assert told.lines[0] == f"{names} and 3 others: made anew, it has other settings"


def test_one_run_holds_a_folder(tmp_path: Path) -> None:
    with sole_writer(tmp_path), pytest.raises(InputError, match="is being written by another run"):
        run_many([], Told(), Here(), tmp_path)
