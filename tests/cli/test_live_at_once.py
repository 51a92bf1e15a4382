"""Two streams in one command: both are tracked at once, each into a file of its own."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import cv2
import pytest

from flatsort.data.walkers.scene import walkers_scene
from tests.conftest import Run


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("streams") / "a.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (320, 180))
    for frame in walkers_scene(frames=80, people=6, size=(320, 180)):
        assert frame.image is not None
        writer.write(frame.image)
    writer.release()
    return path


@contextmanager
def both_at_once(content: bytes) -> Iterator[list[str]]:
    """The URLs of two streams; each sends only its beginning until the other has been asked for, too."""
    asked: set[str] = set()
    both = threading.Event()

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.add(self.path)
            if len(asked) == 2:
                both.set()
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.path != "/gone.avi":
                self.wfile.write(content[: len(content) // 2])
                if both.wait(300):
                    self.wfile.write(content[len(content) // 2 :])

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield [f"http://127.0.0.1:{server.server_port}/{name}.avi" for name in ("front", "back")]
    finally:
        server.shutdown()
        server.server_close()


def test_two_streams_are_tracked_at_once(run: Run, video: Path, tmp_path: Path) -> None:
    track = ("track", "--detector", "motion", "--descriptor", "hsv", "-q", "--output")
    with both_at_once(video.read_bytes()) as streams:
        answer = run(*track, tmp_path / "live", *streams)
    assert answer == (0, "", ""), answer.err
    results = {path.name: path.read_bytes() for path in (tmp_path / "live").iterdir()}
    assert set(results) == {"front.txt", "back.txt"}
    assert results["front.txt"] == results["back.txt"]
    assert len(results["front.txt"].splitlines()) > 20


def test_one_stream_that_fails_leaves_the_other(run: Run, video: Path, tmp_path: Path) -> None:
    with both_at_once(video.read_bytes()) as (front, _):
        gone = front.replace("front", "gone")
        answer = run("track", front, gone, "--detector", "motion", "-q", "--output", tmp_path / "live")
    assert answer.code == 2
    assert answer.err.startswith(f"flatsort: {gone}: ")
    assert answer.err.count("\n") == 1
    assert [path.name for path in (tmp_path / "live").iterdir()] == ["front.txt"]
