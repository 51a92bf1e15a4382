"""What linking finds again: a sequence cut into parts, and people before two cameras.

    python benchmarks/linking.py [--parts 3] [--descriptor people hsv] [--output outputs/linking]

First table: each part is tracked, refined, linked and scored as `flatsort track`, `refine`, `link` and `eval --across
--descriptor` do it. IDF1 over all parts with every track a person of its own, and with identities; Rank-1 and mAP of
the tracks of one part among those of the others, by looks alone. Descriptors are computed once and kept in --output.

Second table: CUHK03's validation people, five crops each before either of two cameras, taken as tracks of two videos.
Nobody passes a camera twice, so a camera's people count as seen at once. Rank-1 and mAP: camera 1 asks, camera 2
answers. Linked: how many pairs of tracks are linked, and how many of them rightly. IDF1: with every track a person of
its own it is 50.

Third table: a drawn street (data/walkers) seen at once by two cameras of which one was walked round it by an angle,
each tracked by itself. IDF1 over both views apart, linked by looks alone, and by where people stand, too (`flatsort
link --overlap`).
"""

from __future__ import annotations

import argparse
import configparser
import shutil
import sys
from itertools import product
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from flatsort.data import BoxTable, open_sequence
from flatsort.data.crops.crop_folder import open_labelled_folder
from flatsort.data.experiments.location import data_root
from flatsort.data.walkers.scene import walkers_scene
from flatsort.embedding import load_descriptor
from flatsort.embedding.store import store_descriptors
from flatsort.eval import Scores, score_across
from flatsort.eval.across.retrieval import rank_videos
from flatsort.eval.across.scores import one_after_another
from flatsort.eval.retrieval.across_cameras import total
from flatsort.eval.retrieval.folder_crops import describe_folder, load_for_crops
from flatsort.eval.scores.preprocess import preprocess
from flatsort.eval.scores.sequence_scores import count_overlaps
from flatsort.tracker.offline import Tracked, link, open_tracked, refine
from flatsort.tracker.offline.likelihood import mean_looks
from flatsort.tracker.offline.linking import relabelled, stand_together
from flatsort.tracker.offline.tracked import prepared
from flatsort.tracker.offline.tracklets import tracklets
from flatsort.tracker.offline.written import write_table
from flatsort.tracker.running.batch import write_tracks
from flatsort.tracker.running.settings import TrackSettings

FOLDERS = ("MOT16/train/MOT16-11", "MOT15/train/PETS09-S2L1")
CAMERAS = "reid/cuhk03-val"
STREETS, DEGREES = (10, 11, 12), (35, 180)  # others than those on which settings were chosen
CROPS = 5  # of each person before each camera


def stored(folder: Path, descriptor: str, output: Path) -> Path:
    """The file of the vectors of a sequence's detections, made where it is not there yet."""
    sequence = open_sequence(folder)
    file = output / descriptor.replace("/", "_").replace(":", "_") / f"{sequence.name}.npy"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        loaded = load_descriptor(descriptor, sequence=sequence)
        assert loaded is not None
        store_descriptors(sequence, loaded, file)
    return file


def cut(folder: Path, vectors: Path, parts: int, output: Path) -> list[Path]:
    """Write parts of one length as sequences of their own: detections, ground truth and `PART.npy`, no images."""
    info = configparser.ConfigParser()
    info.read(folder / "seqinfo.ini")
    length = int(info["Sequence"]["seqLength"]) // parts
    rows = np.load(vectors)
    made = []
    for part in range(parts):
        name = f"{folder.name}-{part + 1}"
        first = part * length + 1
        for file in ("det/det.txt", "gt/gt.txt"):
            (output / name / file).parent.mkdir(parents=True, exist_ok=True)
            lines = [line.split(",", 1) for line in (folder / file).read_text().splitlines() if line.strip()]
            own = [(int(frame) - first + 1, rest) for frame, rest in lines if first <= int(frame) < first + length]
            (output / name / file).write_text("".join(f"{frame},{rest}\n" for frame, rest in own))
        info["Sequence"].update({"name": name, "seqLength": str(length)})
        with (output / name / "seqinfo.ini").open("w") as written:
            info.write(written, space_around_delimiters=False)
        mine = rows[(rows[:, 0] >= first) & (rows[:, 0] < first + length)]
        mine[:, 0] -= first - 1
        np.save(output / f"{name}.npy", mine)
        shutil.copy(f"{vectors}.gate.json", output / f"{name}.npy.gate.json")
        made.append(output / name)
    return made


def tracked_and_refined(part: Path, descriptor: str, output: Path) -> Tracked:
    """The tracks of a part, as they are linked."""
    file, refined = output / "tracks" / f"{part.name}.txt", output / "refined" / f"{part.name}.txt"
    for path in (file, refined):
        path.parent.mkdir(parents=True, exist_ok=True)
    write_tracks(TrackSettings(descriptor=descriptor, min_confidence=0.3).open(part), file)
    before = open_tracked(file, str(part), descriptor)
    found = refine(before.tracks, before.looks, distance=before.distance, frame_rate=before.sequence.frame_rate)
    none = np.full(len(found.rows), -1), np.full((len(found.rows), 4), np.nan)
    write_table(refined, found.tracks, before.sequence.length, *none)
    return open_tracked(refined, str(part), descriptor)


def scored(
    videos: list[Tracked], identities: list[np.ndarray], cuts: Path, output: Path, descriptor: str | None
) -> Scores:
    """The scores of the parts' tracks with these identities."""
    output.mkdir(parents=True, exist_ok=True)
    for video, found in zip(videos, identities, strict=True):
        table = relabelled(video.tracks, video.tracklets(), found)
        write_table(output / f"{video.sequence.name}.txt", table, video.sequence.length, video.places, video.detected)
    return score_across(cuts, output, descriptor=descriptor)


def print_parts(descriptors: list[str], parts: int, output: Path) -> None:
    names = ("tracks", "linked", "IDF1 apart", "IDF1 linked", "Rank-1", "mAP", "queries")
    print(f"| sequence | descriptor | {' | '.join(names)} |\n|---|---|{'---:|' * len(names)}")
    for folder in (data_root() / name for name in FOLDERS):
        for name in descriptors:
            vectors = stored(folder, name, output)
            own = vectors.with_suffix("")
            shutil.rmtree(own, ignore_errors=True)
            sequences = cut(folder, vectors, parts, own / "cut")
            descriptor = f"npy:{own / 'cut'}"
            videos = [tracked_and_refined(part, descriptor, own) for part in sequences]
            tracks = [video.tracklets() for video in videos]
            ends = np.cumsum([len(found) for found in tracks])
            apart = np.split(np.arange(ends[-1]) + 1, ends[:-1])
            identities = link(tracks, videos[0].distance)
            linked = ends[-1] - len(np.unique(np.concatenate(identities)))
            before = scored(videos, apart, own / "cut", own / "apart", descriptor).overall
            after = scored(videos, identities, own / "cut", own / "linked", descriptor).overall
            values = [f"{x:.1f}" for x in (before["IDF1"], after["IDF1"], after["Rank-1"], after["mAP"])]
            cells = [folder.name, Path(name).stem, f"{ends[-1]}", f"{linked}", *values, f"{after['queries']:.0f}"]
            print(f"| {' | '.join(cells)} |", flush=True)


def print_cameras(descriptors: list[str]) -> None:
    names = ("Rank-1", "mAP", "linked", "rightly", "IDF1")
    print(f"\n| descriptor | {' | '.join(names)} |\n|---|{'---:|' * len(names)}")
    folder = open_labelled_folder(data_root() / CAMERAS)
    loaded = load_for_crops({name: name for name in descriptors})
    # Crops stand side by side in frames 1 to 5 of their camera.
    order = np.lexsort((folder.identities, np.arange(len(folder)) % CROPS, folder.cameras))
    people, cameras = folder.identities[order], folder.cameras[order]
    frames = np.arange(len(folder))[order] % CROPS + 1
    boxes = np.array([0.0, 0.0, 64.0, 128.0]) + np.outer(100 * people, (1, 0, 1, 0))
    ones = np.ones(len(order))
    table = BoxTable(frames, people, boxes, ones, np.full(len(order), -1), ones)
    tables = [table[cameras == camera] for camera in np.unique(cameras)]
    for name, vectors in describe_folder(folder, loaded).items():
        distance = loaded[name].distance
        looks, known = prepared(vectors[order], distance)
        masks = [cameras == camera for camera in np.unique(cameras)]
        tracks = [
            tracklets(own.frames, own.ids, own.boxes, own.classes, looks[mask], known[mask])
            for own, mask in zip(tables, masks, strict=True)
        ]
        who = [np.array([track.identity for track in own]) for own in tracks]
        ranks = total(rank_videos([mean_looks(own, distance) for own in tracks], who, distance)[:1])
        one, two = link(tracks, distance)
        linked = one[:, None] == two[None]
        rightly = linked & (who[0][:, None] == who[1][None])
        found = [relabelled(*given) for given in zip(tables, tracks, (one, two), strict=True)]
        both = [preprocess(truth, mine, CROPS) for truth, mine in zip(tables, found, strict=True)]
        score = count_overlaps(one_after_another(both)).scores()["IDF1"]
        shares = f"{100 * ranks['Rank-1']:.1f} | {100 * ranks['mAP']:.1f}"
        print(f"| {Path(name).stem} | {shares} | {linked.sum()} | {rightly.sum()} | {score:.1f} |", flush=True)


def print_views(descriptors: list[str], output: Path) -> None:
    names = ("IDF1 apart", "linked", "with --overlap")
    print(f"\n| street | degrees | descriptor | {' | '.join(names)} |\n|---:|---:|---|{'---:|' * len(names)}")
    for seed, degrees, name in product(STREETS, DEGREES, descriptors):
        cuts = output / "views" / f"{seed}-{degrees}"
        videos = []
        for turned_by in (0, degrees):
            scene = walkers_scene(seed, frames=500, people=12, size=(640, 360), turned_by=turned_by)
            scene.name = f"turned-{turned_by}"
            file = output / "tracks" / f"{scene.name}.txt"
            file.parent.mkdir(parents=True, exist_ok=True)
            if not (cuts / scene.name / "video.mp4").exists():
                scene.write_folder(cuts / scene.name, images="video")
            write_tracks(TrackSettings(descriptor=name).open(cuts / scene.name), file)
            videos.append(open_tracked(file, str(cuts / scene.name), name))
        tracks = [video.tracklets() for video in videos]
        distance = videos[0].distance
        stands = stand_together(tracks, distance, [video.sequence.frame_rate or 0.0 for video in videos])
        ends = np.cumsum([len(found) for found in tracks])
        apart = np.split(np.arange(ends[-1]) + 1, ends[:-1])
        ways = (apart, link(tracks, distance), link(tracks, distance, overlap=stands))
        values = [scored(videos, found, cuts, output / "views-linked" / cuts.name, None) for found in ways]
        cells = [f"{one.overall['IDF1']:.1f}" for one in values]
        print(f"| {seed} | {degrees} | {Path(name).stem} | {' | '.join(cells)} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    known = ["fmvae-tracklets", "people", "hsv", f"onnx:{data_root()}/weights/osnet_x0_25_msmt17.onnx"]
    parser.add_argument("--descriptor", nargs="*", default=known)
    parser.add_argument("--parts", type=int, default=3)
    parser.add_argument("--output", type=Path, default=Path("outputs/linking"))
    options = parser.parse_args()
    print_parts(options.descriptor, options.parts, options.output)
    print_cameras(options.descriptor)
    print_views(options.descriptor, options.output)


if __name__ == "__main__":
    main()
