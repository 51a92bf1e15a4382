"""What `flatsort track` refuses: one line, exit code 2, and nothing lost that was there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.two_people import detection_rows, frames_of, write_classed, write_sequence
from tests.conftest import Run

BAD_ROWS = {
    "too few columns": ("3,-1,5,5,20", "row 5"),
    "text": ("3,-1,five,5,20,50,0.9", "row 5"),
    "NaN": ("3,-1,nan,5,20,50,0.9", "row 5"),
    "infinite": ("3,-1,inf,5,20,50,0.9", "row 5"),
    "negative width": ("3,-1,5,5,-20,50,0.9", "row 5"),
    "frame 0": ("0,-1,5,5,20,50,0.9", "row 5"),
    "beyond the sequence": ("13,-1,5,5,20,50,0.9", "row 5"),
}


@pytest.mark.parametrize("name", BAD_ROWS)
def test_a_bad_row_is_named(run: Run, tmp_path: Path, name: str) -> None:
    bad, where = BAD_ROWS[name]
    rows = detection_rows()
    folder = write_sequence(tmp_path / "bad", rows=[*rows[:4], bad, *rows[4:]])
    assert run("track", folder, "--output", tmp_path / "out").refuses("det.txt", where)


@pytest.mark.parametrize("encoding", ["utf-16", "gzip"])
def test_other_encodings_are_read_or_refused(run: Run, sequence: Path, tmp_path: Path, encoding: str) -> None:
    import gzip

    run("track", sequence, "--output", tmp_path / "plain", "-q")
    file = sequence / "det" / "det.txt"
    text = file.read_text()
    file.write_bytes(gzip.compress(text.encode()) if encoding == "gzip" else text.encode("utf-16"))
    answer = run("track", sequence, "--output", tmp_path / "out")
    if answer.code:
        assert answer.refuses("det.txt")
    else:
        plain = (tmp_path / "plain" / "two-people.txt").read_bytes()
        assert (tmp_path / "out" / "two-people.txt").read_bytes() == plain


BAD_OPTIONS = {
    "preset": (["--preset", "best"], "use one of default, sort"),
    "preset of before": (["--preset", "joint", "--descriptor", "hsv"], "use one of default, sort, deepsort-original"),
    "preset without descriptor": (["--preset", "deepsort-original"], "--descriptor"),
    "descriptor with sort": (["--preset", "sort", "--descriptor", "hsv"], "sort uses no descriptor"),
    "gate of a fixed preset": (["--preset", "paper", "--descriptor", "hsv,gate=0.5"], "a gate of its own"),
    "descriptor": (["--descriptor", "nonesuch"], "nonesuch"),
    "nms": (["--nms", "1.5"], "0 to 1"),
    "confidence": (["--min-confidence", "nan"], "--min-confidence"),
    "max age": (["--max-age", "-1"], "max_age"),
    "n init": (["--n-init", "0"], "n_init"),
    "motion weight": (["--motion-weight", "0.5"], "--motion-weight"),
    "remember": (
        ["--descriptor", "hsv", "--remember", "ever"],
        "--remember: is 'ever'; give a number of seconds, or all",
    ),
    "remember without looks": (["--remember", "all"], "--remember: tells by looks who comes back; give a --descriptor"),
    "camera motion": (["--camera-motion", "orb"], "none, flow, ecc"),
    "format": (["--format", "xml"], "mot, csv, json, jsonl, parquet"),
    "detections": (["--detections", "nonesuch.txt"], "nonesuch.txt"),
}


@pytest.mark.parametrize("name", BAD_OPTIONS)
def test_a_bad_option_is_named(run: Run, sequence: Path, tmp_path: Path, name: str) -> None:
    options, problem = BAD_OPTIONS[name]
    assert run("track", sequence, "--output", tmp_path / "out", *options).refuses(problem)


def test_a_missing_folder(run: Run, tmp_path: Path) -> None:
    assert run("track", tmp_path / "nonesuch", "--output", tmp_path / "out").refuses("nonesuch")


def test_no_detections(run: Run, sequence: Path, tmp_path: Path) -> None:
    (sequence / "det" / "det.txt").unlink()
    assert run("track", sequence, "--output", tmp_path / "out").refuses("--detections")


@pytest.mark.parametrize("command", ["track", "render", "demo"])
def test_an_output_folder_that_cannot_be_written(run: Run, sequence: Path, tmp_path: Path, command: str) -> None:
    (tmp_path / "file").write_text("in the way")
    run("track", sequence, "--output", tmp_path, "-q")
    arguments: dict[str, list[object]] = {
        "track": [sequence, "--output", tmp_path / "file" / "out"],
        "render": [sequence, "--tracks", tmp_path / "two-people.txt", "--output", tmp_path / "file" / "v.mp4"],
        "demo": [sequence, "--output", tmp_path / "file"],
    }
    assert run(command, *arguments[command]).refuses("file")
    assert (tmp_path / "file").read_text() == "in the way"


def test_a_bad_sequence_does_not_keep_the_others_from_being_tracked(run: Run, tmp_path: Path) -> None:
    sources = [write_sequence(tmp_path / name) for name in ("a", "b", "c")]
    (sources[1] / "det" / "det.txt").write_text("no detections")
    answer = run("track", *sources, tmp_path / "d", "--output", tmp_path / "out", "-q")
    assert answer.code == 2
    assert len(answer.err.splitlines()) == 2  # one line each for b and d
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.txt", "c.txt"]


def test_two_sequences_of_one_name_do_not_overwrite_each_other(run: Run, tmp_path: Path) -> None:
    first, second = (write_sequence(tmp_path / place / "same") for place in ("x", "y"))
    (second / "det" / "det.txt").write_text("")
    answer = run("track", first, second, "--output", tmp_path / "out", "-q")
    assert answer.refuses("x/same")
    assert (tmp_path / "out" / "same.txt").stat().st_size > 0


def test_one_detection_file_for_two_sources_is_refused(run: Run, sequence: Path, tmp_path: Path) -> None:
    file = sequence / "det" / "det.txt"
    answer = run("track", sequence, sequence, "--detections", file, "--output", tmp_path / "out")
    assert answer.refuses("--detections")


def test_an_unreadable_image_is_named_and_the_tracks_up_to_it_are_kept(run: Run, tmp_path: Path) -> None:
    folder = write_sequence(tmp_path / "torn", images=True)
    image = folder / "img1" / "000007.png"
    image.write_bytes(image.read_bytes()[:60])
    answer = run("track", folder, "--descriptor", "hsv", "--output", tmp_path / "out", "-q")
    assert answer.refuses("000007.png")
    part = tmp_path / "out" / "torn.partial-6-frames.txt"
    assert max(frames_of(part)) == 6
    assert f"{part} keeps the first 6 frames" in answer.err
    assert [path.name for path in (tmp_path / "out").iterdir()] == [part.name]


@pytest.mark.parametrize("options", [["--descriptor", "hsv"], ["--camera-motion", "flow"]], ids=lambda pair: pair[0])
def test_missing_images_are_named_and_earlier_tracks_left_alone(
    run: Run, sequence: Path, tmp_path: Path, options: list[str]
) -> None:
    run("track", sequence, "--output", tmp_path, "-q")
    before = (tmp_path / "two-people.txt").read_bytes()
    assert run("track", sequence, "--output", tmp_path, *options, "-q").refuses("has no images", options[0][2:])
    assert (tmp_path / "two-people.txt").read_bytes() == before


def test_a_source_that_fails_at_once_leaves_earlier_tracks_alone(run: Run, tmp_path: Path) -> None:
    folder = write_sequence(tmp_path / "torn", images=True)
    run("track", folder, "--output", tmp_path, "-q")
    before = (tmp_path / "torn.txt").read_bytes()
    (folder / "img1" / "000001.png").write_bytes(b"no image")
    assert run("track", folder, "--output", tmp_path, "--descriptor", "hsv", "-q").refuses("000001.png")
    assert (tmp_path / "torn.txt").read_bytes() == before


def test_detector_and_detections_exclude_each_other(run: Run, sequence: Path, tmp_path: Path) -> None:
    out = ("--output", tmp_path / "out")
    both = run("track", sequence, "--detections", sequence / "det" / "det.txt", "--detector", "motion", *out)
    assert both.refuses("--detections: are there, and a --detector too; leave one of them out")
    assert run("track", sequence, "--classes", "person", *out).refuses("has detections without classes")


def test_parquet_without_pyarrow_says_what_to_install(
    run: Run, sequence: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flatsort.cli.commands.tracking.track.find_spec", lambda name: None)
    answer = run("track", sequence, "--output", tmp_path / "out", "--format", "parquet")
    assert answer.refuses("parquet needs pyarrow; pip install 'flatsort[parquet]'")


def test_a_class_that_is_not_there(run: Run, tmp_path: Path) -> None:
    folder = write_classed(tmp_path / "s")
    output = ["--output", tmp_path / "out"]
    assert run("track", folder, *output, "--classes", "bycicle").refuses("did you mean bicycle?")
    # MOTChallenge's bicycle is 4: without names, 2 is none of the user's own.
    answer = run("track", folder, *output, "--classes", "bicycle")
    assert "no detection is of --classes bicycle; there are 1, 2" in answer.err
    plain = write_sequence(tmp_path / "plain")
    assert run("track", plain, *output, "--classes", "1").refuses("has detections without classes")
