"""Tracks are read in the format that their content shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from flatsort.data import InputError, read_tracks

HEADER = "frame,id,left,top,width,height,score\n"


def test_rows_of_motchallenge_below_a_header_of_csv(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(HEADER + "1,7,10,20,30,40,0.5,-1,-1,-1\n2,7,11,20,30,40,0.5,-1,-1,-1\n")
    tracks = read_tracks(tmp_path / "a.txt")
    assert tracks.frames.tolist() == [1, 2]
    assert tracks.boxes[0].tolist() == [10, 20, 40, 60]


@pytest.mark.parametrize(
    ("content", "message"),
    {
        "another header": (
            "frame,who,x\n1,7,10\n",
            "row 1: has no four columns for the box among frame, who, x; name them left",
        ),
        "a row cut short": (HEADER + "1,7,10,20\n", "row 2: has 4 columns, the header 7"),
        "a list": ('{"annotations": 3}', "has no list `annotations`"),
        "numbers without end": ('{"annotations": [' + "9" * 5000 + "]}", "is no JSON"),
    }.values(),
)
def test_refused(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "a.txt").write_text(content)
    with pytest.raises(InputError, match=message):
        read_tracks(tmp_path / "a.txt")
