"""`--workers`: the bytes of one process, whatever happens on the way."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from flatsort.data.walkers.scene import walkers_scene
from tests.cli.two_people import write_sequence
from tests.conftest import ROOT, Run


def content(folder: Path) -> dict[str, bytes]:
    """The results in a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "finished.jsonl"}


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of three videos."""
    folder = tmp_path_factory.mktemp("many") / "videos"
    folder.mkdir()
    scene = walkers_scene(frames=20, people=4, size=(320, 180))
    scene.write_folder(folder.parent / "scene", images="video")
    for name in ("cam1", "cam2", "cam10"):
        shutil.copy(folder.parent / "scene" / "video.mp4", folder / f"{name}.mp4")
    (folder / "notes.txt").write_text("not a video")
    return folder


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(("track", "--detector", "motion"), id="track"),
        pytest.param(("track", "--detector", "motion", "--descriptor", "fmvae", "--format", "csv"), id="descriptor"),
        pytest.param(("detect",), id="detect"),
        pytest.param(("embed", "--detector", "motion", "--descriptor", "fmvae"), id="embed"),
    ],
)
def test_as_many_workers_as_you_like_write_the_same_bytes(
    run: Run, videos: Path, tmp_path: Path, command: tuple[str, ...]
) -> None:
    for name, workers in (("none", ()), ("one", ("--workers", 1)), ("two", ("--workers", 2))):
        assert run(*command, videos, "--output", tmp_path / name, *workers, "-q") == (0, "", "")
    assert len(content(tmp_path / "none")) >= 3
    assert content(tmp_path / "none") == content(tmp_path / "one") == content(tmp_path / "two")
    times = {path: path.stat().st_mtime_ns for path in (tmp_path / "two").iterdir() if path.suffix != ".jsonl"}
    again = run(*command, videos, "--output", tmp_path / "two", "--workers", 2)
    assert (again.code, again.out) == (0, "")
    assert again.err == f"3 of 3 are finished ({tmp_path / 'two' / 'finished.jsonl'}) and are skipped\n"
    assert {path: path.stat().st_mtime_ns for path in times} == times


def test_a_table_of_two_workers(run: Run, tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_sequence(tmp_path / "root" / name, images=True)
    table = ("table", tmp_path / "root", "--descriptor", "hsv", "--format", "csv", "-q", "--cache")
    alone = run(*table, tmp_path / "alone")
    assert alone.code == 0
    assert run(*table, tmp_path / "two", "--workers", 2) == alone
    assert content(tmp_path / "two") == content(tmp_path / "alone")


def test_a_report_of_each(run: Run, tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_sequence(tmp_path / "root" / name, images=True)
    assert run("track", tmp_path / "root", "--report", "--workers", 2, "--output", tmp_path / "out", "-q").code == 0
    assert sorted(content(tmp_path / "out")) == ["a.html", "a.txt", "b.html", "b.txt"]


def test_what_changed_is_made_anew_and_said(run: Run, tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        write_sequence(tmp_path / "root" / name)
    track = ("track", tmp_path / "root", "--output", tmp_path / "out", "--workers", 2)
    assert run(*track).code == 0
    complete = content(tmp_path / "out")
    (tmp_path / "root" / "a" / "det" / "det.txt").write_text("1,-1,5,5,20,40,0.9\n")
    (tmp_path / "out" / "b.txt").write_text("1,1,1,1,1,1,1,-1,-1,-1\n")
    answer = run(*track)
    assert (answer.code, answer.out) == (0, "")
    assert [line.partition(" (")[0] for line in answer.err.splitlines()[1:]] != []
    assert "1 of 3 are finished" in answer.err
    assert f"flatsort: {tmp_path / 'out' / 'a.txt'}: made anew, its source has changed\n" in answer.err
    assert f"flatsort: {tmp_path / 'out' / 'b.txt'}: made anew, finished.jsonl does not know it\n" in answer.err
    after = content(tmp_path / "out")
    assert after["a.txt"] != complete["a.txt"]
    assert (after["b.txt"], after["c.txt"]) == (complete["b.txt"], complete["c.txt"])
    assert "max_age" not in run(*track, "--max-age", 5).err
    assert run(*track, "--max-age", 5).err.startswith("3 of 3 are finished")


def test_a_video_that_fails_is_named_and_the_others_are_done(run: Run, videos: Path, tmp_path: Path) -> None:
    folder = tmp_path / "videos"
    shutil.copytree(videos, folder)
    whole = (folder / "cam2.mp4").read_bytes()
    (folder / "cam2.mp4").write_bytes(whole[: len(whole) // 2])
    (folder / "sub").mkdir()
    shutil.copy(folder / "cam1.mp4", folder / "sub" / "cam1.mp4")
    track = ("track", folder, folder / "sub" / "cam1.mp4", "rtsp://host/x", "--detector", "motion", "--workers", 2)
    answer = run(*track, "--output", tmp_path / "out", "-q")
    assert answer.code == 2
    first, second, third = sorted(line.removeprefix("flatsort: ") for line in answer.err.splitlines())
    assert first.startswith(f"{folder / 'cam2.mp4'}: ")
    assert second == f"{folder / 'sub' / 'cam1.mp4'}: has the name of {folder / 'cam1.mp4'}; give it another --output"
    assert third == "rtsp://host/x: is live and never finished; track it without --workers and --ray"
    assert [name for name in sorted(content(tmp_path / "out")) if "partial" not in name] == ["cam1.txt", "cam10.txt"]
    (folder / "cam2.mp4").write_bytes(whole)
    assert run("track", folder, "--detector", "motion", "--workers", 2, "--output", tmp_path / "out").code == 0
    assert content(tmp_path / "out")["cam2.txt"] == content(tmp_path / "out")["cam1.txt"]


@pytest.mark.parametrize("command", ["track", "embed", "detect"])
def test_what_all_share_is_refused_once(run: Run, videos: Path, tmp_path: Path, command: str) -> None:
    out = ("--workers", 2, "--output", tmp_path / "out")
    descriptor = () if command == "detect" else ("--descriptor", "hsv")
    assert run(command, videos, *descriptor, "--detector", "gone.onnx", *out).refuses("gone.onnx: no such file; check")
    if descriptor:
        gone = tmp_path / "gone.onnx"
        assert run(command, videos, "--descriptor", gone, *out).refuses(f"{gone}: does not exist; check the path")
    assert run(command, videos, *descriptor, *out, "--workers", 0).refuses("--workers: is 0; give at least 1")


class Started:
    """`flatsort track --workers 2` in a process group of its own, over two short sequences and two long ones."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name, frames in (("a", 3), ("b", 3), ("long1", 8_000), ("long2", 8_000)):
            rows = [f"{frame},-1,{10 + frame % 50},20,20,50,0.9" for frame in range(1, frames + 1)]
            info = write_sequence(folder / "root" / name, rows=rows) / "seqinfo.ini"
            info.write_text(info.read_text().replace("seqLength=12", f"seqLength={frames}"))
        self.command = ("track", folder / "root", "--output", folder / "out", "--workers", "2")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "flatsort", *map(str, self.command)],
            cwd=ROOT,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )
        done = folder / "out" / "finished.jsonl"
        until = time.monotonic() + 300
        while time.monotonic() < until and not (done.exists() and done.read_text().count("\n") == 2):
            time.sleep(0.02)
        time.sleep(0.5)

    def end(self) -> str:
        """What it said, when all its processes have ended."""
        _, said = self.process.communicate(timeout=300)
        for _ in range(100):
            try:
                os.killpg(self.process.pid, 0)
            except ProcessLookupError:
                return said
            time.sleep(0.1)
        pytest.fail("processes are left")

    def goes_on(self, run: Run) -> None:
        """Run again, it skips what was finished, and ends with the bytes of a run that nothing disturbed."""
        again = run(*self.command)
        assert again.code == 0
        assert again.err.startswith("2 of 4 are finished")
        assert run("track", self.folder / "root", "--output", self.folder / "whole", "-q").code == 0
        whole = content(self.folder / "whole")
        assert {name: content(self.folder / "out")[name] for name in whole} == whole


def test_ctrl_c_keeps_what_is_finished(run: Run, tmp_path: Path) -> None:
    """A terminal sends it to all processes at once."""
    started = Started(tmp_path)
    os.killpg(started.process.pid, signal.SIGINT)
    said = started.end()
    assert started.process.returncode == 130, said
    last = said.splitlines()[-1]
    assert last.startswith("flatsort: interrupted; 2 of 4 are done; the same command goes on; "), said
    assert last.count(" keeps the first ") == 2
    assert "Traceback" not in said
    assert len([name for name in content(tmp_path / "out") if "partial" in name]) == 2
    started.goes_on(run)


def test_workers_end_with_a_parent_that_is_killed(run: Run, tmp_path: Path) -> None:
    started = Started(tmp_path)
    started.process.kill()
    started.end()
    started.goes_on(run)
