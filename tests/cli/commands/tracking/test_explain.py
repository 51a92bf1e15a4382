"""`flatsort explain`: its table, its picture, and frames and tracks that are not there."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.conftest import Run


@pytest.fixture
def walk(tmp_path: Path) -> Path:
    """Two people walk side by side through twelve frames without images."""
    folder = tmp_path / "walk"
    (folder / "det").mkdir(parents=True)
    (folder / "seqinfo.ini").write_text(
        "[Sequence]\nname=walk\nframeRate=10\nseqLength=12\nimWidth=320\nimHeight=180\n"
    )
    rows = [f"{f},-1,{20 + 4 * f + 18 * p},40,24,60,0.9,-1,-1,-1" for f in range(1, 13) for p in (0, 1)]
    (folder / "det" / "det.txt").write_text("\n".join(rows) + "\n")
    return folder


def test_the_candidates_of_a_track(run: Run, walk: Path, tmp_path: Path) -> None:
    picture = tmp_path / "why.png"
    arguments = ("explain", walk, "--frame", 8, "--track", 1, "--json", "--output", picture)
    code, out, said = run(*arguments)
    assert code == 0
    answer = json.loads(out)
    assert (answer["frame"], answer["track"]) == (8, 1)
    taken, *others = answer["candidates"]
    assert (taken["detection"], taken["taken"]) == (0, "yes")
    assert taken["gain"] == pytest.approx(
        sum(taken[name] for name in ("overlap", "direction", "score", "appearance", "threshold"))
    )
    assert [(other["detection"], other["taken"]) for other in others] == [(1, "by 2")]
    assert others[0]["gain"] < taken["gain"]
    assert others[0]["rival"].startswith("2 (+")
    assert f"wrote {picture}" in said
    image = cv2.imread(str(picture))
    assert image.shape == (180, 320, 3)
    assert len(np.unique(image.reshape(-1, 3), axis=0)) > 5
    assert run(*arguments) == (code, out, said)


def test_all_tracks_of_a_frame(run: Run, walk: Path) -> None:
    rows = json.loads(run("explain", walk, "--frame", 8, "--json").out)["candidates"]
    assert [(row["track"], row["detection"]) for row in rows if row["taken"] == "yes"] == [(1, 0), (2, 1)]
    one = json.loads(run("explain", walk, "--frame", 8, "--track", 1, "--json").out)["candidates"]
    assert [row for row in rows if row["track"] == 1] == one


@pytest.mark.parametrize(
    ("arguments", "problem"),
    {
        "another track": (["--frame", "8", "--track", "9"], "9 does not live before frame 8; take one of: 1, 2"),
        "a picture of none": (
            ["--frame", "8", "--output", "a.png"],
            "--output: is a picture of one track's candidates",
        ),
        "beyond the end": (["--frame", "20", "--track", "1"], "has 12 frames; explain one before frame 13"),
        "a published tracker": (["--frame", "8", "--track", "1", "--preset", "sort"], "has no terms to explain"),
    }.values(),
)
def test_refuses(run: Run, walk: Path, arguments: list[str], problem: str) -> None:
    code, out, said = run("explain", walk, "--quiet", *arguments)
    assert (code, out) == (2, "")
    assert problem in said
