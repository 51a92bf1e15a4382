"""Which sequences a user's names stand for."""

from __future__ import annotations

from pathlib import Path

from flatsort.data.sequences.sources import find_sequences


def make(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).mkdir(parents=True)
        (folder / name / "seqinfo.ini").write_text("[Sequence]\n")


def test_a_root_stands_for_its_sequences_in_order(tmp_path: Path) -> None:
    make(tmp_path, "root/b", "root/a", "other/c")
    (tmp_path / "root" / "notes").mkdir()
    sources = ["clip.mp4", str(tmp_path / "root"), str(tmp_path / "other" / "c"), "0", "rtsp://camera/1"]
    root = [str(tmp_path / "root" / name) for name in ("a", "b")]
    assert find_sequences(sources) == ["clip.mp4", *root, *sources[2:]]


def test_a_sequence_is_not_a_root(tmp_path: Path) -> None:
    make(tmp_path, "one", "one/copy")
    assert find_sequences([str(tmp_path / "one")]) == [str(tmp_path / "one")]


def test_an_image_folder_stays_itself(tmp_path: Path) -> None:
    assert find_sequences([str(tmp_path)]) == [str(tmp_path)]
