"""The walkers scene: exact ground truth, one seed, drawn only when asked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from flatsort.data import BoxTable, InputError, open_sequence, read_ground_truth
from flatsort.data.walkers.figure import PHASES, STANDING, draw_figure
from flatsort.data.walkers.ground_view import GroundView
from flatsort.data.walkers.rendering import Walker, WalkerRendering
from flatsort.data.walkers.routes import plan_routes
from flatsort.data.walkers.scene import COUNTED_VISIBILITY, WalkersScene, walkers_scene
from flatsort.data.walkers.street import HIDING
from flatsort.data.walkers.wardrobe import outfits


def same(first: BoxTable, second: BoxTable) -> bool:
    names = ("frames", "ids", "boxes", "scores", "classes", "visibility")
    return all(getattr(first, name).tobytes() == getattr(second, name).tobytes() for name in names)


def upto(table: BoxTable, frame: int) -> BoxTable:
    return table[table.frames <= frame]


def test_is_a_sequence(scene: WalkersScene) -> None:
    assert (scene.name, scene.length, scene.frame_rate, scene.size) == ("walkers", 200, 25, (960, 540))
    frames = list(scene)
    assert [frame.index for frame in frames] == list(range(1, 201))
    for frame in frames[::50]:
        assert frame.image is not None
        assert (frame.image.shape, frame.image.dtype) == ((540, 960, 3), np.uint8)
        assert np.array_equal(frame.detections.boxes, scene.detections.detections(frame.index).boxes)


def test_same_seed_same_scene_and_a_longer_one_begins_alike(scene: WalkersScene) -> None:
    again = walkers_scene(frames=60)
    assert same(again.ground_truth, upto(scene.ground_truth, 60))
    assert same(again.detections, upto(scene.detections, 60))
    for _, first, second in zip(range(3), scene, again, strict=False):
        assert np.array_equal(first.image, second.image)


def test_another_seed_is_another_scene(scene: WalkersScene) -> None:
    other = walkers_scene(seed=1, frames=60)
    assert not same(other.ground_truth, upto(scene.ground_truth, 60))
    assert not np.array_equal(next(iter(other)).image, next(iter(scene)).image)


def test_nothing_is_drawn_before_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = []
    draw = WalkerRendering.draw
    monkeypatch.setattr(WalkerRendering, "draw", lambda self, frame: drawn.append(frame) or draw(self, frame))
    scene = walkers_scene(frames=100)
    assert drawn == []
    frames = iter(scene)
    next(frames)
    frames.close()  # type: ignore[attr-defined]
    assert 1 <= len(drawn) <= 11  # the one asked for, eight ahead, one in hand, one while it is closed


def test_truth_is_what_is_drawn() -> None:
    """The oracle: draw a scene twice, one walker in other colours. What differs is what can be seen of the walker."""
    scene = walkers_scene(frames=160, people=6)
    rendering: Any = scene._images
    checked = 0
    for frame in (60, 150):
        for number, walker in enumerate(rendering.walkers):
            rows = upto(scene.ground_truth, frame)
            row = np.flatnonzero((rows.frames == frame) & (rows.ids == number + 1))
            seen = difference(rendering, number, rendering.walkers, frame)
            if not len(row):
                assert not seen.any()
                continue
            box, visibility = rows.boxes[row[0]], rows.visibility[row[0]]
            alone = WalkerRendering(GroundView((2400, 540)), [moved_inside(walker, frame)], frame, 0)
            alone.__dict__.update(_poles=[], _street=np.zeros((540, 2400, 3), np.uint8))
            whole = difference(alone, 0, alone.walkers, frame).sum()
            assert abs(visibility - seen.sum() / whole) < 0.06
            if visibility == 1:
                ys, xs = np.nonzero(seen)
                assert np.abs(np.array([xs.min(), ys.min(), xs.max() + 1, ys.max() + 1]) - box).max() < 2.5
                checked += 1
    assert checked >= 2


def moved_inside(walker: Walker, frame: int) -> Walker:
    """The walker at the same distance in the middle of the view."""
    x = walker.route.x - walker.route.x[frame - 1]
    return replace(walker, route=replace(walker.route, x=x))


def difference(rendering: WalkerRendering, number: int, walkers: list[Walker], frame: int) -> np.ndarray:
    """(h, w): where a frame changes by more than a trace if a walker is black and then white."""
    images = []
    for ink in ((0, 0, 0), (255, 255, 255)):
        outfit = walkers[number].outfit
        hat, bag = (ink if worn is not None else None for worn in (outfit.hat, outfit.bag))
        colours = dict.fromkeys(("top", "second", "legs", "shoes", "hair", "skin"), ink)
        inked = replace(walkers[number], outfit=replace(outfit, **colours, hat=hat, bag=bag))
        other = WalkerRendering(
            rendering.view, [*walkers[:number], inked, *walkers[number + 1 :]], rendering.frames, rendering._seed
        )
        other.__dict__.update(_poles=rendering._poles, _street=rendering._street)  # the same street
        images.append(other.draw(frame).astype(int))
    # Half covered or more: the outline is as dark as 0.68 of the ink.
    return (images[1] - images[0]).max(axis=2) > 0.5 * 0.68 * 255


def test_truth_counts_who_can_be_seen(scene: WalkersScene) -> None:
    truth = scene.ground_truth
    assert np.array_equal(truth.scores, (truth.visibility >= COUNTED_VISIBILITY).astype(float))
    assert (truth.classes == 1).all()
    assert ((truth.visibility >= 0) & (truth.visibility <= 1)).all()
    assert set(truth.ids.tolist()) == set(range(1, 11))
    assert len(np.unique(np.stack([truth.frames, truth.ids]), axis=1).T) == len(truth)


def test_walkers_are_hidden_for_a_while_leave_and_come_back() -> None:
    truth = walkers_scene(frames=600).ground_truth
    hidden, returns = [], 0
    for identity in np.unique(truth.ids):
        rows = truth[truth.ids == identity]
        returns += int((np.diff(rows.frames) > 1).sum())
        # Out of sight while within the image: between two frames in sight, without a frame outside.
        sight = np.flatnonzero(rows.visibility >= 0.4)
        steps = np.diff(rows.frames[sight])
        inside = np.diff(sight) == steps
        hidden += (steps[inside] - 1).tolist()
    gaps = np.array([gap for gap in hidden if gap >= 5])
    assert len(gaps) >= 40
    assert (gaps <= 40).mean() > 0.8
    assert returns >= 5


def test_people_stay_away_for_as_long_as_asked_for() -> None:
    truth = walkers_scene(seed=1, frames=2500, away=(10, 30)).ground_truth
    truth = truth[truth.visibility >= COUNTED_VISIBILITY]  # a foot at the edge of the picture is nobody there
    gaps = np.concatenate([np.diff(truth.frames[truth.ids == identity]) for identity in np.unique(truth.ids)]) / 25
    away = gaps[gaps > 3]  # who is behind a pole is back sooner
    assert len(away) >= 10
    assert away.min() >= 10
    assert away.max() < 35  # the way from outside of the view takes a moment more


def test_pairs_pass_or_turn_back_behind_the_same_pole_at_the_same_time() -> None:
    routes = [route for seed in range(4) for route in plan_routes(GroundView((960, 540)), 10, 600, seed)]
    meetings, turns = 0, 0
    for left, right in zip(routes[::2], routes[1::2], strict=True):
        for pole in HIDING:
            hidden = [
                (np.abs(route.x / route.z - pole.x / pole.z) < 0.04) & (route.z > pole.z) & (route.z < pole.z + 1.5)
                for route in (left, right)
            ]
            together = (hidden[0] & hidden[1]).astype(int)
            for start in np.flatnonzero(np.diff(together) == 1):
                if 15 <= start < 560:
                    meetings += 1
                    before, after = (left.x[at] / left.z[at] - pole.x / pole.z for at in (start - 12, start + 35))
                    turns += bool(np.sign(before) == np.sign(after))
    assert meetings >= 30
    assert 0.25 * meetings < turns < 0.75 * meetings


@pytest.mark.parametrize("images", [None, "img1", "video"])
def test_written_folder_opens_as_the_same_sequence(tmp_path: Path, images: str | None) -> None:
    scene = walkers_scene(frames=12, people=5, size=(480, 270))
    folder = scene.write_folder(tmp_path / "walkers", images=images)
    sequence = open_sequence(folder)
    assert (sequence.name, sequence.length, sequence.frame_rate, sequence.size) == ("walkers", 12, 25, (480, 270))
    assert np.array_equal(sequence.detections.frames, scene.detections.frames)
    assert np.abs(sequence.detections.boxes - scene.detections.boxes).max() <= 0.011
    truth = read_ground_truth(folder / "gt" / "gt.txt", 12)
    assert np.array_equal(truth.ids, scene.ground_truth.ids)
    assert np.array_equal(truth.scores, scene.ground_truth.scores)
    assert np.abs(truth.visibility - scene.ground_truth.visibility).max() < 1e-5
    assert sequence.has_images == (images is not None)
    if images:
        pairs = list(zip(sequence, scene, strict=True))
        assert len(pairs) == 12
        assert max(np.abs(read.image.astype(int) - drawn.image).mean() for read, drawn in pairs) < 12


def test_same_scene_same_bytes(tmp_path: Path) -> None:
    for name in "ab":
        walkers_scene(frames=5, size=(480, 270)).write_folder(tmp_path / name, images="img1")
    files = [file.relative_to(tmp_path / "a") for file in sorted((tmp_path / "a").rglob("*.*"))]
    assert len(files) == 8
    assert all((tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes() for file in files)


def test_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="is a file, not a folder"):
        walkers_scene(frames=1).write_folder(tmp_path / "file")


@pytest.mark.parametrize("people", [1, 3, 20])
def test_any_number_of_people(people: int) -> None:
    scene = walkers_scene(frames=5, people=people, size=(320, 180))
    assert sum(frame.image is not None for frame in scene) == 5
    assert scene.ground_truth.ids.max(initial=0) <= people


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"frames": 0}, "frames is 0; expected at least 1"),
        ({"people": 0}, "people is 0; expected at least 1"),
        ({"size": (100, 50)}, r"size is \(100, 50\)"),
        ({"away": (30, 10)}, r"away is \(30, 10\)"),
        ({"away": (-1, 10)}, r"away is \(-1, 10\)"),
    ],
)
def test_refuses(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        walkers_scene(**arguments)
    with pytest.raises(ValueError, match="images is 'png'"):
        walkers_scene(frames=1).write_folder("unused", images="png")


def test_clothes_differ_from_person_to_person() -> None:
    dressed = outfits(40, np.random.default_rng(0))
    assert len({(outfit.top, outfit.second, outfit.pattern, outfit.legs) for outfit in dressed}) == 40


@pytest.mark.parametrize("phase", [STANDING, 0, 5, 11, PHASES - 1])
def test_figures_stand_on_the_ground(phase: int) -> None:
    for outfit in outfits(16, np.random.default_rng(0)):
        figure = draw_figure(outfit, phase)
        left, top, right, bottom = figure.extent
        assert -0.01 < bottom < 0.035  # the sole
        assert -1.05 < top < -0.93
        assert left > -0.4
        assert right < 0.4
        assert not figure.colour[figure.cover == 0].any()


def test_a_camera_behind_the_street_sees_it_mirrored() -> None:
    """From behind, who walks on the left walks on the right, and who is near is far."""
    front, back = (walkers_scene(frames=60, people=6, turned_by=degrees) for degrees in (0, 180))
    assert same(front.ground_truth, walkers_scene(frames=60, people=6).ground_truth)
    one, two = front.ground_truth, back.ground_truth
    feet = {(f, i): box for f, i, box in zip(one.frames.tolist(), one.ids.tolist(), one.boxes.tolist(), strict=True)}
    pairs = [
        (feet[f, i], box)
        for f, i, box in zip(two.frames.tolist(), two.ids.tolist(), two.boxes.tolist(), strict=True)
        if (f, i) in feet
    ]
    assert len(pairs) > 100
    middle = 480
    for seen, behind in pairs:
        across, again = (seen[0] + seen[2]) / 2 - middle, (behind[0] + behind[2]) / 2 - middle
        assert across * again < 0 or min(abs(across), abs(again)) < 30
        # Heights are as 1 / z, and the two distances add up to twice the middle's, 18.1 m; people are 1.58 to 1.9 m.
        tall, small = seen[3] - seen[1], behind[3] - behind[1]
        assert 16 < 1.3 * 540 * 1.75 * (1 / tall + 1 / small) < 21


def test_people_do_not_walk_into_the_camera() -> None:
    with pytest.raises(ValueError, match="degrees is 90"):
        walkers_scene(frames=5, turned_by=90)
