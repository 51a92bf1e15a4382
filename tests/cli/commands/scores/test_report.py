"""`flatsort report`: a page of tracks, with the source's own ground truth where it has one."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import Run


def test_a_page_of_a_bare_video(run: Run, clip: Path, tmp_path: Path) -> None:
    assert run("track", clip, "--output", tmp_path, "--quiet").code == 0
    page = tmp_path / "page.html"
    answer = run("report", clip, "--tracks", tmp_path / "clip.txt", "--output", page)
    assert (answer.code, answer.err) == (0, f"wrote {page}\n")
    assert "Identity switches" not in page.read_text()


def test_ground_truth_brings_scores(run: Run, clip: Path, tmp_path: Path) -> None:
    assert run("track", clip, "--output", tmp_path, "--quiet").code == 0
    tracks, page = tmp_path / "clip.txt", tmp_path / "page.html"
    truth = tmp_path / "gt.txt"
    truth.write_text("".join(f"{row.rsplit(',', 4)[0]},1,1,1\n" for row in tracks.read_text().splitlines()))
    asked = ("report", clip, "--tracks", tracks, "--output", page)
    assert run(*asked, "--ground-truth", truth, "--quiet") == (0, "", "")
    assert "<td>100.0</td>" in page.read_text()
    assert run(*asked[:-1], tmp_path / "page.pdf").refuses("is not the name of a page; end it in .html")
    assert run(*asked, "--ground-truth", tmp_path / "gone.txt").refuses("gone.txt: no such file")
