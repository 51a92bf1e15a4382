"""The paper's Figure 10 on the walkers scene, since the paper's own pictures are licensed: who is followed through
an occlusion, and who is lost, in the paper's tracker (`--preset paper`) with the packaged weights."""

from __future__ import annotations

import tempfile
from pathlib import Path
from statistics import median

from PIL import Image

from flatsort.data import open_sequence, read_ground_truth, read_tracks
from flatsort.data.walkers.scene import walkers_scene
from flatsort.eval.figures.switch_comparison import SwitchComparison, compare_trackers
from flatsort.eval.scores.sequence_scores import score_sequence
from flatsort.tracker.drawing.render import render
from flatsort.tracker.drawing.switch_pictures import Switch
from flatsort.tracker.drawing.switch_rows import SwitchRows, TrackedRow
from flatsort.tracker.running.batch import write_tracks
from flatsort.tracker.running.settings import TrackSettings

SCENES = (0, 1, 2, 3, 4)
TRACKERS = {
    "SORT": TrackSettings(preset="sort"),
    "VAE": TrackSettings(preset="paper", descriptor="vae"),
    "VHP-VAE": TrackSettings(preset="paper", descriptor="vhp-vae"),
    "VHP-FMVAE": TrackSettings(preset="paper", descriptor="fmvae"),
    "VHP-FMVAE η 3000": TrackSettings(preset="paper", descriptor="fmvae-3000"),
}
SHOWN = ("SORT", "VHP-VAE", "VHP-FMVAE")
SCORES = ("IDs", "IDF1", "MOTA", "HOTA")


def track(seed: int, folder: Path) -> tuple[Path, dict[str, Path]]:
    """The scene of a seed and the tracks of every tracker, as files in `folder`."""
    scene = folder / f"walkers-{seed}"
    walkers_scene(seed).write_folder(scene, images="video")
    found = {}
    for label, settings in TRACKERS.items():
        found[label] = folder / f"{label}.txt"
        write_tracks(settings.open(str(scene)), found[label])
    return scene, found


def walkers_scores() -> dict[str, dict[str, float]]:
    """Scores of every tracker, the medians over the scenes, and how often it has fewer switches than the VHP-VAE."""
    seen: dict[str, list[dict[str, float]]] = {label: [] for label in TRACKERS}
    for seed in SCENES:
        with tempfile.TemporaryDirectory() as folder:
            scene, tracks = track(seed, Path(folder))
            truth = read_ground_truth(scene / "gt" / "gt.txt")
            for label, path in tracks.items():
                seen[label].append(score_sequence(truth, read_tracks(path)))
    return {
        label: {score: float(median(row[score] for row in rows)) for score in SCORES}
        | {"fewer": float(sum(a["IDs"] < b["IDs"] for a, b in zip(rows, seen["VHP-VAE"], strict=True)))}
        for label, rows in seen.items()
    }


def draw_occlusion(path: Path, seed: int = 0) -> Path:
    """The longest occlusion through which the VHP-FMVAE alone follows a person, as each tracker saw it."""
    with tempfile.TemporaryDirectory() as folder:
        scene, tracks = track(seed, Path(folder))
        tables = {label: read_tracks(tracks[label]) for label in SHOWN}
        compared = compare_trackers(scene, tables, scene.name)
        picture = SwitchRows(folder, longest(compared), compared.truth, compared.rows)
        render(open_sequence(str(scene), boxes=False), tables["SORT"], [picture])
        with Image.open(picture.path) as full:
            small = full.convert("RGB").resize((full.width * 2 // 3, full.height * 2 // 3))
    small.quantize(256).save(path, optimize=True)
    return path


def longest(compared: SwitchComparison) -> Switch:
    """Of the switches of the first tracker, the longest that the last one does not make, and those between do."""
    *_, last = compared.rows

    def ids(row: TrackedRow, switch: Switch) -> tuple[int | None, int | None]:
        return row.held.get((switch.last, switch.person)), row.held.get((switch.first, switch.person))

    def kept(row: TrackedRow, switch: Switch) -> bool:
        before, after = ids(row, switch)
        return before is not None and before == after

    def changed(row: TrackedRow, switch: Switch) -> bool:
        before, after = ids(row, switch)
        return before is not None and after is not None and before != after

    found = [
        switch
        for switch in compared.switches
        if kept(last, switch) and all(changed(row, switch) for row in compared.rows[1:-1])
    ]
    return max(found, key=lambda switch: switch.first - switch.last)
