"""`flatsort report`: a page of tracks, with the source's own ground truth where it has one."""

from __future__ import annotations

from pathlib import Path

from tests.cli.two_people import FRAMES, write_sequence
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
    assert run("report", clip, "--tracks", tracks).code == 0
    assert tracks.with_suffix(".html").is_file()
    asked = ("report", clip, "--tracks", tracks, "--output", page)
    assert run(*asked, "--ground-truth", truth, "--quiet") == (0, "", "")
    assert "<td>100.0</td>" in page.read_text()
    assert run(*asked[:-1], tmp_path / "page.pdf").refuses("is not the name of a page; end it in .html")
    assert run(*asked, "--ground-truth", tmp_path / "gone.txt").refuses("gone.txt: no such file")


def test_several_classes_are_scored_by_class(run: Run, tmp_path: Path) -> None:
    folder = write_sequence(tmp_path / "seen", images=True)
    tracks, page = tmp_path / "seen.txt", tmp_path / "page.html"
    rows = [(frame, person, 1 if person == 1 else 3) for frame in range(1, FRAMES + 1) for person in (1, 2)]
    tracks.write_text("".join(f"{f},{p},{10 * f},{40 * p},20,30,1,{c},-1,-1\n" for f, p, c in rows))
    report = ("report", folder, "--tracks", tracks, "--output", page, "--quiet")
    assert run(*report).code == 0  # ground truth of ten columns has no classes
    assert "Scored against the ground truth: all that counts in it" in page.read_text()
    assert run(*report, "--classes", "all").refuses("gt.txt: has no classes; leave --classes out, or write them")
    truth = folder / "gt" / "gt.txt"
    truth.write_text("".join(f"{f},{p},{10 * f},{40 * p},20,30,1,{c},1\n" for f, p, c in rows))
    assert run(*report).code == 0
    assert "Scored by class, pedestrian, car: " in page.read_text()
    assert "<tr><th>car</th><td>100.0</td>" in page.read_text()
    assert run(*report, "--classes", "car").code == 0
    assert "Scored by class, car: " in page.read_text()
    assert run(*report, "--classes", "cra").refuses("knows no 'cra'; did you mean car?")
    (folder / "gt" / "names.txt").write_text("cow\nhorse\npig\n")  # of classes 1, 2, 3
    assert run(*report).code == 0
    assert "Scored by class, cow, pig: " in page.read_text()
    truth.unlink()
    assert run(*report, "--classes", "car").refuses("--classes: chooses what is scored, and there is no ground truth")
