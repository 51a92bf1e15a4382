"""The page: complete, self-contained, safe against names, and alive in a browser where one is installed."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from flatsort import BoxTable, InputError, open_sequence
from flatsort.data import Sequence
from flatsort.eval.report import write_report
from tests.eval.report.browser import chromium

FRAMES = 20
KEYS = ("frames", "ids", "boxes", "scores", "classes", "visibility")


@pytest.fixture
def sequence(tmp_path: Path) -> Sequence:
    folder = tmp_path / "a <b> clip"
    folder.mkdir()
    for frame in range(1, FRAMES + 1):
        image = np.full((120, 161, 3), 60, np.uint8)
        image[30:80, 4 * frame : 4 * frame + 20] = (40, 60, 220)
        cv2.imwrite(str(folder / f"{frame:03d}.png"), image)
    return open_sequence(folder)


def walker(ids: list[int], people: int = 1) -> BoxTable:
    """One box a frame, under the id of each frame."""
    frames = np.arange(1, FRAMES + 1)
    left = 4.0 * frames
    boxes = np.stack([left, np.full(FRAMES, 30.0), left + 20, np.full(FRAMES, 80.0)], axis=1)
    ones = np.ones(FRAMES)
    return BoxTable(frames, np.array(ids), boxes, ones, np.full(FRAMES, -1), ones)


TRACKS, TRUTH = walker([3] * 12 + [5] * 8), walker([1] * FRAMES)


def test_the_page_has_everything_and_needs_no_network(sequence: Sequence, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    scores = write_report(sequence, TRACKS, path, truth=TRUTH, settings={"preset": "sort <fast>"})
    page = path.read_text()
    assert scores is not None
    assert scores["IDs"] == 1
    assert page.count('class="card"') == page.count('class="row"') == 2
    assert "person 1: id 3 in frame 12, id 5 in frame 13" in page
    assert f"<td>{scores['HOTA']:.1f}</td>" in page
    assert "sort &lt;fast&gt;" in page
    assert "a &lt;b&gt; clip" in page
    assert "<b> clip" not in page
    sources = re.findall(r'(?:src|href)="([^"]{5})', page)
    assert set(sources) == {"data:"}
    assert not re.search(r"https?://", page)
    told = re.search(r"const data = (.*);", page)
    assert told is not None
    data = json.loads(told[1])
    assert [(one["id"], one["spans"]) for one in data["identities"]] == [(3, [[1, 12]]), (5, [[13, 20]])]


def test_the_same_tracks_give_the_same_page(sequence: Sequence, tmp_path: Path) -> None:
    write_report(sequence, TRACKS, tmp_path / "a.html", truth=TRUTH)
    write_report(sequence, TRACKS, tmp_path / "b.html", truth=TRUTH)
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()


def test_without_truth_or_tracks(sequence: Sequence, tmp_path: Path) -> None:
    assert write_report(sequence, BoxTable.none(), tmp_path / "report.html") is None
    page = (tmp_path / "report.html").read_text()
    assert "Identity switches" not in page
    assert "<b>0</b>identities" in page


def test_classes_are_named_and_each_is_scored_by_itself(sequence: Sequence, tmp_path: Path) -> None:
    names = {1: "cow", 2: "horse <b>"}

    def herd(one: BoxTable, other: BoxTable) -> BoxTable:
        order = np.argsort(np.concatenate([one.frames, other.frames]), kind="stable")
        both = [np.concatenate([getattr(part, key) for part in (one, other)])[order] for key in KEYS]
        return BoxTable(*both, names=names)

    cow, horse = (replace(TRUTH, classes=np.full(FRAMES, number), ids=np.full(FRAMES, number)) for number in (1, 2))
    truth = herd(cow, replace(horse, boxes=horse.boxes + 30))
    tracks = herd(replace(TRACKS, classes=cow.classes), replace(horse, boxes=horse.boxes + 30, ids=horse.ids + 10))
    path = tmp_path / "report.html"
    scores = write_report(sequence, tracks, path, truth=truth, classes="all")
    page = path.read_text()
    assert scores is not None
    assert scores["IDs"] == 1
    rows = re.findall(r"<tr><th>(cow|horse &lt;b&gt;|OVERALL)</th>((?:<td>[^<]*</td>)+)", page)
    assert [name for name, _ in rows] == ["cow", "horse &lt;b&gt;", "OVERALL"]
    place = page.index("<th>HOTA</th>")
    columns = re.findall("<th>([^<]*)</th>", page[place : page.index("</tr>", place)])
    switches = [re.findall("<td>([^<]*)</td>", cells)[columns.index("IDs")] for _, cells in rows]
    assert switches == ["1", "0", "1"]
    assert "Scored by class, cow, horse &lt;b&gt;: tracks of a class against the ground truth of that class" in page
    assert "cow 1: id 3 in frame 12, id 5 in frame 13" in page
    assert "identities: 2 cow, 1 horse &lt;b&gt;<" in page
    assert "id 12 · horse &lt;b&gt;" in page
    assert "Identities over time" in page
    write_report(sequence, tracks, path, truth=TRUTH)
    assert "Scored against the ground truth: all that counts in it. All tracks count" in path.read_text()


def test_another_suffix_is_refused_and_a_failure_keeps_the_old_page(sequence: Sequence, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"is not the name of a page; end it in \.html"):
        write_report(sequence, TRACKS, tmp_path / "report.pdf")
    (tmp_path / "report.html").write_text("old")
    Path(str(sequence.source), "010.png").write_bytes(b"no picture")
    with pytest.raises(InputError, match=r"010\.png"):
        write_report(sequence, TRACKS, tmp_path / "report.html")
    assert (tmp_path / "report.html").read_text() == "old"
    assert not list(tmp_path.glob(".*"))


SEEK = """
new Promise((done, fail) => {
  const video = document.getElementById("video");
  const seek = () => {
    video.addEventListener("seeked", () => done(video.currentTime), { once: true });
    document.querySelectorAll(".card")[1].click();
  };
  video.addEventListener("error", () => fail(new Error("video error " + video.error.code)));
  video.readyState >= 1 ? seek() : video.addEventListener("loadedmetadata", seek, { once: true });
})
"""
PLAY = """
new Promise((done, fail) => {
  const video = document.getElementById("video");
  video.addEventListener("timeupdate", () => { if (video.currentTime > 0) done(true); });
  video.currentTime = 0;
  video.play().catch(fail);
})
"""


def test_in_a_browser_the_video_plays_and_an_identity_seeks_it(sequence: Sequence, tmp_path: Path) -> None:
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("no chromium: apt-get install chromium")
    path = tmp_path / "report.html"
    write_report(sequence, TRACKS, path, truth=TRUTH)
    with chromium(program, tmp_path / "profile") as page:
        page.open(path.as_uri())
        page.run('new Promise((done) => document.readyState === "complete" ? done() : addEventListener("load", done))')
        assert page.run(PLAY)
        moment = page.run(SEEK)
        assert page.errors == []
    assert moment == pytest.approx((13 - 0.5) / 30, abs=1e-3)  # id 5 begins in frame 13
