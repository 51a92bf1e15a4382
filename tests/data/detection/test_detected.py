"""Sequences with a detector: your own file, classes, order, errors of the thread."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from flatsort.data import InputError, open_sequence
from flatsort.data.detection import detector_names, load_detector
from flatsort.data.detection.detected import DetectedSequence, find_all

OWN = '''
import numpy as np

class Corner:
    """Finds as many boxes in the corner as the image's first pixel says."""
    name, class_names = "corner", ("hat", "person", "dog")

    def __call__(self, image):
        n = int(image[0, 0, 0])
        if n == 9:
            raise ValueError("nine")
        return np.tile([1.0, 2, 5, 9], (n, 1)) + np.arange(n)[:, None], np.linspace(0.9, 0.5, n), np.arange(n) % 3

def load(request):
    request.option("least", float, 0.0)
    return Corner()
'''


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Five frames, whose first pixels are 0 to 4."""
    (tmp_path / "frames").mkdir()
    for number in range(5):
        cv2.imwrite(str(tmp_path / "frames" / f"{number}.png"), np.full((40, 30, 3), number, np.uint8))
    (tmp_path / "corner.py").write_text(OWN)
    return tmp_path


def detected(folder: Path, classes: tuple[str, ...] | None) -> DetectedSequence:
    return DetectedSequence(open_sequence(folder / "frames"), load_detector(str(folder / "corner.py")), classes)


def test_frames_come_in_order_with_what_was_found(folder: Path) -> None:
    sequence = detected(folder, ("all",))
    assert [(frame.index, len(frame.detections)) for frame in sequence] == [(1, 0), (2, 1), (3, 2), (4, 3), (5, 4)]
    assert (sequence.name, sequence.length, sequence.size, sequence.has_images) == ("frames", 5, (30, 40), True)


def test_people_alone_are_kept_unless_classes_are_named(folder: Path) -> None:
    counts = {
        classes: [len(frame.detections) for frame in detected(folder, classes)]
        for classes in (None, ("hat", "dog"), ("3",))
    }
    assert counts == {None: [0, 0, 1, 1, 1], ("hat", "dog"): [0, 1, 1, 2, 3], ("3",): [0, 0, 0, 1, 1]}


def test_all_of_them_as_a_table(folder: Path) -> None:
    table = find_all(iter(detected(folder, ("all",))))
    assert table.frames.tolist() == [2, 3, 3, 4, 4, 4, 5, 5, 5, 5]
    assert table.classes.tolist() == [1, 1, 2, 1, 2, 3, 1, 2, 3, 1]
    assert table.boxes[0].tolist() == [1, 2, 5, 9]


def test_an_unknown_class_is_answered_with_the_nearest(folder: Path) -> None:
    with pytest.raises(InputError, match=r"knows no 'persn'; did you mean person\?"):
        detected(folder, ("persn",))


@pytest.mark.parametrize(
    ("name", "problem"),
    {
        "unknown": ("yolo", "'yolo' is no detector; use one of motion"),
        "no file": ("gone.py", "no such file"),
        "raises": ("import.py", r"cannot be imported \(ZeroDivisionError: division by zero\)"),
        "no load": ("empty.py", r"has no function load\(request\)"),
        "load raises": ("boom.py", r"fails in load\(request\) \(RuntimeError: boom\)"),
        "no callable": ("none.py", "returns nothing with name"),
        "unknown option": ("corner.py,most=1", "has no option 'most'; remove it"),
        "misspelt option": ("corner.py,laest=1", r"has no option 'laest'; did you mean least\?"),
        "nothing to name": ("motion:fast", "motion takes nothing behind it; write motion"),
        "wrong option": ("corner.py,least=x", "option least: could not convert"),
    }.values(),
)
def test_bad_detectors_are_one_line(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, problem: str) -> None:
    monkeypatch.chdir(folder)
    (folder / "import.py").write_text("1 / 0")
    (folder / "empty.py").write_text("")
    (folder / "boom.py").write_text("def load(request):\n    raise RuntimeError('boom')")
    (folder / "none.py").write_text("def load(request):\n    return None")
    with pytest.raises(InputError, match=problem) as error:
        load_detector(name)
    assert "\n" not in str(error.value)


def test_wrong_shapes_are_one_line(folder: Path) -> None:
    (folder / "flat.py").write_text(OWN.replace("np.arange(n) % 3", "0"))
    detector = load_detector(str(folder / "flat.py"))
    with pytest.raises(InputError, match=r"returned boxes \(0, 4\), scores \(0,\), classes \(\)"):
        list(DetectedSequence(open_sequence(folder / "frames"), detector))


@pytest.mark.parametrize(
    ("code", "problem"),
    {
        "raises": (
            "1 / 0",
            r"bad.py, row 4: fails on an image \(ZeroDivisionError: division by zero\); correct the file",
        ),
        "returns nothing": ("pass", "detector bad: returned NoneType, not boxes, scores and classes as numbers"),
        "returns two": ("return [[1, 2, 3, 4]], [0.5]", "returned tuple, not boxes, scores and classes"),
        "returns text": ("return ['box'], [0.5], [0]", r"return Found\(boxes, scores, classes\)"),
        "is ended": ("raise SystemExit('enough')", r"row 4: fails on an image \(SystemExit: enough\)"),
    }.values(),
)
def test_a_detector_that_fails_on_an_image_is_one_line(folder: Path, code: str, problem: str) -> None:
    text = f"class Bad:\n    name, class_names = 'bad', ()\n    def __call__(self, image):\n        {code}\n"
    (folder / "bad.py").write_text(f"{text}def load(request):\n    return Bad()\n")
    detector = load_detector(str(folder / "bad.py"))
    with pytest.raises(InputError, match=problem) as error:
        list(DetectedSequence(open_sequence(folder / "frames"), detector))
    assert "\n" not in str(error.value)


def test_names(folder: Path) -> None:
    assert detector_names() == ("motion", "torchvision", "FILE.onnx", "FILE.py")
