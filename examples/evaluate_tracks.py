"""Score tracks against ground truth, as files and as arrays.

    python examples/evaluate_tracks.py

Files: `flatsort eval GT_ROOT TRACKS` does the same as `score_sequences`.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from flatsort import (
    Tracker,
    TrackerConfig,
    open_sequence,
    open_writer,
    read_ground_truth,
    read_tracks,
    score_sequence,
    score_sequences,
)
from flatsort.data.walkers.scene import walkers_scene


def main() -> None:
    with TemporaryDirectory() as work:
        root, tracks = Path(work) / "sequences", Path(work) / "tracks"
        folder = walkers_scene(frames=60).write_folder(root / "walkers")  # seqinfo.ini, det/det.txt, gt/gt.txt

        tracker = Tracker(TrackerConfig.sort())
        with open_writer(tracks / "walkers.txt") as writer:
            for frame in open_sequence(folder, images=False):
                found = tracker.update(frame.detections.boxes, frame.detections.scores)
                writer.write(frame.index, found.ids, found.boxes, found.scores)

        by_files = score_sequences(root, tracks).sequences["walkers"]
        truth, reported = read_ground_truth(folder / "gt" / "gt.txt"), read_tracks(tracks / "walkers.txt")
        by_arrays = score_sequence(truth, reported, 60)
    assert by_files == by_arrays
    for column in ("IDs", "MOTA", "IDF1", "HOTA"):
        print(f"{column:5}{by_files[column]:7.2f}")


if __name__ == "__main__":
    main()
