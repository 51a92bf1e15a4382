"""`flatsort retrieve` on folders of crops: what is compared across cameras, and one line for each bad input."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from flatsort.cli.app import main

COLOURS = [(0, 0, 220), (220, 0, 0), (0, 200, 0)]


@pytest.fixture
def crops(tmp_path: Path) -> Path:
    """Three people by their colours, in three cameras; the third camera sees everybody in the first one's red."""
    folder = tmp_path / "crops"
    folder.mkdir()
    for who, colour in enumerate(COLOURS):
        for camera in (1, 2, 3):
            shown = COLOURS[0] if camera == 3 else colour
            cv2.imwrite(str(folder / f"{who:04}_c{camera}_0.png"), np.full((24, 12, 3), shown, np.uint8))
    return folder


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["flatsort", "retrieve", *map(str, arguments)])
    with pytest.raises(SystemExit) as end:
        main()
    return int(end.value.code or 0)


@pytest.mark.parametrize(
    ("options", "queries", "first"),
    [
        pytest.param(["--gallery-camera", 2], 3, 1.0, id="colours tell"),
        pytest.param(["--gallery-camera", 3], 3, 0.0, id="where all are alike a match is never alone the nearest"),
        pytest.param(["--query-camera", 2, "--gallery-camera", 1], 3, 1.0, id="the other way"),
        pytest.param([], 3, 2 / 3, id="all other cameras: red is as near to two others"),
    ],
)
def test_people_are_looked_for_in_other_cameras(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    crops: Path,
    options: list[object],
    queries: int,
    first: float,
) -> None:
    assert run(monkeypatch, crops, "--descriptor", "hsv", "--json", "--quiet", *options) == 0
    table = json.loads(capsys.readouterr().out)
    assert table["overall"]["hsv"]["queries"] == queries
    assert table["overall"]["hsv"]["Rank-1"] == pytest.approx(first)
    assert table["sequences"]["hsv"]["crops"] == table["overall"]["hsv"]


def test_settings_are_said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], crops: Path) -> None:
    assert run(monkeypatch, crops, "--descriptor", "hsv", "--query-camera", 2) == 0
    shown = capsys.readouterr()
    assert "single crops; queries of camera 2, gallery of every other camera" in shown.out + shown.err


@pytest.mark.parametrize(
    ("options", "says"),
    [
        pytest.param(["--query-camera", "7"], "has the cameras 1, 2, 3", id="no such camera"),
        pytest.param(["--map", "maps"], "--map: draws people of sequences", id="a map"),
        pytest.param(["OTHER"], "is no folder of crops", id="a sequence beside it"),
        pytest.param(["SAME"], "is a second folder of the name crops", id="twice"),
    ],
)
def test_bad_input_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], crops: Path, options: list[str], says: str
) -> None:
    places = {"OTHER": crops.parent, "SAME": crops}
    given = [places.get(option, option) for option in options]
    assert run(monkeypatch, crops, *given, "--descriptor", "hsv", "--quiet") == 2
    error = capsys.readouterr().err
    assert says in error
    assert error.count("\n") == 1


def test_nobody_in_both_cameras_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for name in ("0001_c1_0.png", "0002_c2_0.png"):
        cv2.imwrite(str(tmp_path / name), np.full((8, 4, 3), 90, np.uint8))
    assert run(monkeypatch, tmp_path, "--descriptor", "hsv", "--quiet") == 2
    assert "nobody is seen by both" in capsys.readouterr().err
    assert run(monkeypatch, tmp_path / "gone", "--descriptor", "hsv", "--query-camera", 1, "--quiet") == 2
    assert "--query-camera: is for folders of crops" in capsys.readouterr().err
