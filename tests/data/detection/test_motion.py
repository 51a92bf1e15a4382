"""The motion detector: drawn blobs of known size, one, several and in parts; and a real square."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from flatsort.data import open_sequence
from flatsort.data.detection import detect, load_detector
from flatsort.data.detection.blobs import PersonSize, learn_size, people_in
from flatsort.data.detection.motion import SAMPLES, MotionDetector
from flatsort.data.errors import InputError
from flatsort.data.overlap import overlap

SIZE = PersonSize(0.25, 10.0, 0.4, 5.0)  # a person whose feet are at row 200 is 60 tall and 24 wide


def mask_of(*boxes: tuple[int, int, int, int]) -> np.ndarray:
    mask = np.zeros((300, 400), np.uint8)
    for left, top, right, bottom in boxes:
        mask[top:bottom, left:right] = 1
    return mask


def test_one_blob_is_one_person() -> None:
    boxes, scores = people_in(mask_of((100, 140, 124, 200)), SIZE)
    assert boxes.tolist() == [[100, 140, 124, 200]]
    assert 0 < scores[0] <= 1


def test_parts_of_a_person_are_joined() -> None:
    """A belt of the background's colour cuts a person in two."""
    boxes, _ = people_in(mask_of((100, 140, 124, 168), (100, 173, 124, 200)), SIZE)
    assert boxes.tolist() == [[100, 140, 124, 200]]


def test_people_side_by_side_are_split() -> None:
    boxes, _ = people_in(mask_of((100, 140, 124, 200), (124, 142, 148, 200), (148, 138, 172, 200)), SIZE)
    people = np.array([[100, 140, 124, 200], [124, 142, 148, 200], [148, 138, 172, 200]], float)
    assert len(boxes) == 3
    assert (overlap(people, boxes).max(axis=1) > 0.7).all()


def test_specks_are_nobody_and_who_is_cut_by_the_border_is_somebody() -> None:
    assert len(people_in(mask_of((100, 190, 110, 200)), SIZE)[0]) == 0
    assert len(people_in(mask_of((100, 260, 132, 300)), SIZE)[0]) == 1


def test_without_a_size_each_blob_is_one() -> None:
    assert len(people_in(mask_of((100, 140, 172, 200), (10, 10, 30, 40)), None)[0]) == 2


def test_sizes_are_learned_from_upright_blobs() -> None:
    masks = [mask_of((20 + 10 * k, 60 + 4 * k, 44 + 10 * k, 60 + 4 * k + 50 + k)) for k in range(30)]
    size = learn_size(masks)
    assert size is not None
    assert abs(size.height(110) - 50) < 2
    assert abs(size.height(60 + 4 * 29 + 79) - 79) < 3
    assert learn_size(masks[:5]) is None


def walkers(frames: int) -> list[np.ndarray]:
    """A noisy square with two people who walk through it."""
    noise = np.random.default_rng(0)
    images = []
    for frame in range(frames):
        image = np.full((240, 320, 3), 90, np.uint8)
        image[100:104] = 140
        for left, colour in ((10 + 3 * frame, (200, 60, 40)), (290 - 2 * frame, (30, 180, 220))):
            image[120:180, left : left + 24] = colour
        images.append(np.clip(image + noise.normal(0, 3, image.shape), 0, 255).astype(np.uint8))
    return images


def test_who_moves_is_found_and_the_background_is_not() -> None:
    images = walkers(90)
    detector = MotionDetector(images[::2])
    for frame in (20, 45, 70):
        found = detect(detector, images[frame])
        people = np.array([[10 + 3 * frame, 120, 34 + 3 * frame, 180], [290 - 2 * frame, 120, 314 - 2 * frame, 180]])
        assert len(found.boxes) == 2
        assert (overlap(people.astype(float), found.boxes).max(axis=1) > 0.75).all()
        assert ((found.scores > 0) & (found.scores <= 1)).all()


def test_a_camera_is_learned_from_its_first_images() -> None:
    images = walkers(90)
    detector = MotionDetector()
    counts = [len(detect(detector, image).boxes) for image in images]
    assert set(counts[:SAMPLES]) == {0}
    assert sum(count == 2 for count in counts[SAMPLES:]) >= 25


def test_the_same_images_give_the_same_boxes(tmp_path: Path) -> None:
    for number, image in enumerate(walkers(40)):
        cv2.imwrite(str(tmp_path / f"{number:03d}.png"), image)
    sequence = open_sequence(tmp_path)
    first, again = (
        [detect(detector, frame.image).boxes.tolist() for frame in sequence if frame.image is not None]
        for detector in (load_detector("motion", sequence=sequence), load_detector("motion", sequence=sequence))
    )
    assert first == again


def test_a_camera_that_moves_is_refused(tmp_path: Path) -> None:
    """Its background would be hundreds of people."""
    wall = np.random.default_rng(0).integers(0, 255, (30, 200, 3), np.uint8)
    wide = cv2.resize(wall, (1600, 240), interpolation=cv2.INTER_CUBIC)
    for number in range(40):
        cv2.imwrite(str(tmp_path / f"{number:03d}.png"), wide[:, 20 * number : 20 * number + 320])
    with pytest.raises(InputError, match=r"% of the picture changes, as if the camera moved; .* --detector FILE.onnx"):
        load_detector("motion", sequence=open_sequence(tmp_path))


def test_a_real_square(real_data: Path) -> None:
    """Of the people in some frames of PETS09-S2L1, most are found, and most boxes are people."""
    from flatsort.data import read_ground_truth

    folder = real_data / "MOT15/train/PETS09-S2L1"
    sequence = open_sequence(folder)
    detector = load_detector("motion", sequence=sequence)
    truth = read_ground_truth(folder / "gt" / "gt.txt")
    hits = people = boxes = 0
    for frame in sequence:
        if frame.index > 200:
            break
        assert frame.image is not None
        found = detect(detector, frame.image)
        shared = overlap(truth.boxes[truth.rows_of(frame.index)], found.boxes)
        hits += int((shared.max(axis=1, initial=0) >= 0.5).sum())
        people += shared.shape[0]
        boxes += shared.shape[1]
    assert hits / people > 0.7
    assert hits / boxes > 0.7
