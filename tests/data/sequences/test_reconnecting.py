"""Live sources that break off, with one that is made up and with a server that hangs up."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from time import monotonic

import cv2
import numpy as np
import pytest

from flatsort.data import InputError
from flatsort.data.boxtable import BoxTable
from flatsort.data.sequences.live import LiveSequence
from flatsort.data.sequences.picture import Picture
from flatsort.data.sequences.reconnecting import BrokenConnectionError, Reconnecting
from flatsort.data.sequences.stream import Stream

IMAGE = np.zeros((16, 16, 3), np.uint8)
FRAMES = 4  # of one connection


class MadeUp:
    """Gives four frames a connection, 0.1 s apart, and breaks off; the connections listed give none."""

    recorded = False
    frame_rate: float | None = 10.0

    def __init__(self, connections: int, silent: tuple[int, ...] = (), ends: bool = False) -> None:
        self.connections, self.silent, self.ends, self.made = connections, silent, ends, 0

    def connect(self, every: int = 1) -> Generator[Picture | None, None, None]:
        self.made += 1
        if self.made > self.connections or self.made in self.silent:
            raise BrokenConnectionError("not there")
        for index in range(1, FRAMES + 1):
            yield None if (index - 1) % every else Picture(IMAGE, index, 0.1 * (index - 1))
        if not self.ends:
            raise BrokenConnectionError("hung up")

    def failed(self, frames: int, reason: str, tries: int) -> InputError:
        return InputError("made-up", None, f"{frames} frames, {reason}, {tries} tries", "none")


def test_indices_and_times_go_on_through_twenty_four_reconnections() -> None:
    source = Reconnecting(MadeUp(25), tries=1, wait=0.001)
    seen = []
    pictures = source.pictures()
    for picture in islice(pictures, 100):
        seen.append((picture.index, picture.time))
    with pytest.raises(InputError, match="100 frames, not there, 1 tries"):
        next(pictures)
    assert source.reconnections == 24
    assert [index for index, _ in seen] == list(range(1, 101))
    times = [time for _, time in seen if time is not None]
    assert times == sorted(times)
    assert len(times) == 100


def test_tries_count_anew_after_each_success_and_waits_grow() -> None:
    source = Reconnecting(MadeUp(6, silent=(2, 5)), tries=2, wait=0.02)
    start = monotonic()
    with pytest.raises(InputError, match="16 frames, not there, 2 tries"):
        list(source.pictures())
    assert monotonic() - start > 4 * 0.02 + 3 * 0.04
    assert source.reconnections == 3


def test_a_source_that_was_never_there_is_not_tried_again() -> None:
    made_up = MadeUp(0)
    with pytest.raises(InputError, match="0 frames, not there"):
        list(Reconnecting(made_up, tries=5, wait=0.001).pictures())
    assert made_up.made == 1


def test_a_source_that_ends_of_itself_ends() -> None:
    assert len(list(Reconnecting(MadeUp(1, ends=True), tries=0).pictures())) == FRAMES


def test_stop_ends_the_waiting() -> None:
    stop = threading.Event()
    source = Reconnecting(MadeUp(1), tries=5, wait=600)
    threading.Timer(0.05, stop.set).start()
    start = monotonic()
    assert len(list(source.pictures(stop=stop))) == FRAMES
    assert monotonic() - start < 300


class Flood(MadeUp):
    """Two hundred frames without a pause, then the end."""

    def connect(self, every: int = 1) -> Generator[Picture | None, None, None]:
        self.given = threading.Event()
        for index in range(1, 201):
            yield Picture(IMAGE, index, index / 100)
        self.given.set()


@pytest.mark.parametrize("recorded", [False, True])
def test_frames_that_nobody_has_time_for_are_dropped_and_counted_but_of_a_recording(recorded: bool) -> None:
    source = Flood(1)
    source.recorded = recorded
    sequence = LiveSequence("flood", "flood", no_boxes(), Reconnecting(source))
    seen = []
    for frame in sequence:
        seen.append(frame.index)
        if not recorded and len(seen) == 1:
            assert source.given.wait(30)
    assert seen == sorted(seen)
    assert len(seen) + sequence.dropped == 200
    assert (sequence.dropped == 0) == recorded
    if not recorded:
        assert seen[-1] == 200  # the newest is kept
        assert len(seen) <= 4


def no_boxes() -> BoxTable:
    none = np.empty(0, np.int64)
    return BoxTable(none, none, np.empty((0, 4)), np.empty(0), none, np.empty(0))


@pytest.fixture
def unsteady_camera() -> Iterator[str]:
    """A camera of the network, multipart JPEG, that hangs up after four pictures and dies with the 25th connection."""
    picture = cv2.imencode(".jpg", np.full((64, 64, 3), 90, np.uint8))[1].tobytes()
    connections = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            connections.append(self.path)
            if len(connections) > 25:
                self.send_error(503)
                return
            self.send_response(200)
            self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=b")
            self.end_headers()
            head = f"--b\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture)}\r\n\r\n".encode()
            for _ in range(FRAMES):
                self.wfile.write(head + picture + b"\r\n")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/live"
    server.shutdown()
    server.server_close()


def test_a_camera_that_hangs_up_twenty_four_times(unsteady_camera: str) -> None:
    source = Reconnecting(Stream(unsteady_camera, timeout=10), tries=1, wait=0.001)
    pictures = source.pictures()
    seen = []
    try:
        for picture in pictures:
            assert picture.image.shape == (64, 64, 3)
            seen.append(picture.index)
    except InputError:
        pass  # how the last refusal is told is the platform's
    assert source.reconnections == 24
    assert seen == list(range(1, len(seen) + 1))
    assert len(seen) >= 24 * (FRAMES - 1)  # FFmpeg may keep the last picture of a connection that ended
