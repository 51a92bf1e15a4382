"""Resident memory of `flatsort track` on a network camera that hangs up again and again: it stays flat.

    python benchmarks/live_memory.py [--frames 180000] [--reconnections 24] [--rate 150]

A local server sends walkers as multipart JPEG over and over, faster than any camera, so that two hours of one (180,000
frames at 25 a second) take some minutes; it hangs up at even intervals, and the tracker (detector `motion`, descriptor
`hsv`) connects again. Printed: resident memory over the run, and what the command says at its end: frames dropped,
connections tried again. Exit code 1 where the second half grows by 5 MB or more, or the stream is not survived.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
from flatsort.data.opencv import import_cv2
from flatsort.data.walkers.scene import walkers_scene

cv2 = import_cv2()
SHOWN = 20  # lines of the table
GROWTH = 5.0  # MB


class Camera:
    """Sends pictures at a rate, and hangs up after a share of them; the next connection goes on."""

    def __init__(self, pictures: list[bytes], frames: int, connections: int, rate: float) -> None:
        self.sent = 0
        camera = self

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=b")
                self.end_headers()
                until = min(frames, camera.sent - camera.sent % -(-frames // connections) + -(-frames // connections))
                due = time.monotonic()
                while camera.sent < until:
                    picture = pictures[camera.sent % len(pictures)]
                    head = f"--b\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture)}\r\n\r\n".encode()
                    self.wfile.write(head + picture + b"\r\n")
                    camera.sent += 1
                    due += 1 / rate
                    time.sleep(max(0.0, due - time.monotonic()))

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/camera"


def resident_megabytes(process: int) -> float:
    """0 where it has ended."""
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=180_000)
    parser.add_argument("--reconnections", type=int, default=24)
    parser.add_argument("--rate", type=float, default=150.0, help="frames a second")
    options = parser.parse_args()
    images = [frame.image for frame in walkers_scene(frames=250, people=8, size=(320, 180))]
    pictures = [cv2.imencode(".jpg", image)[1].tobytes() for image in images if image is not None]
    camera = Camera(pictures, options.frames, options.reconnections + 1, options.rate)
    with tempfile.TemporaryDirectory() as folder, (Path(folder) / "tracks.jsonl").open("w") as tracks:
        command = ["track", camera.address, "--detector", "motion", "--descriptor", "hsv", "--reconnect", "2"]
        process = subprocess.Popen(
            [sys.executable, "-m", "flatsort", *command, "--output", "-"],
            env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}, stdout=tracks, stderr=subprocess.PIPE,
        )  # fmt: skip
        samples: list[tuple[int, float]] = []
        print("| frames sent | resident MB |\n| ---: | ---: |")
        while process.poll() is None and camera.sent < options.frames:
            time.sleep(0.5)
            if camera.sent >= len(samples) * options.frames / SHOWN and resident_megabytes(process.pid):
                samples.append((camera.sent, resident_megabytes(process.pid)))
                print(f"| {samples[-1][0]:,} | {samples[-1][1]:.1f} |", flush=True)
        survived = process.poll() is None
        process.terminate()
        said = process.communicate()[1].decode().strip().splitlines()
        tracked = sum(1 for _ in (Path(folder) / "tracks.jsonl").open())
    late = [memory for sent, memory in samples if sent >= options.frames / 2]
    print(f"\n{tracked:,} of {camera.sent:,} frames tracked; it said:", *said, sep="\n")
    sys.exit(not survived or late[-1] - late[0] >= GROWTH)


if __name__ == "__main__":
    main()
