"""One table of descriptors: results that are kept and found again, and what is left out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from flatsort.data import InputError
from flatsort.eval.tables import descriptor_table as table_file
from flatsort.eval.tables import result_cache
from flatsort.eval.tables.descriptor_table import TABLE_COLUMNS, DescriptorTable, descriptor_table, table_rows
from flatsort.eval.tables.result_cache import ResultCache
from flatsort.tracker.running.settings import TrackSettings
from tests.crossing import FRAMES, write_crossings

SETTINGS = TrackSettings(descriptor="hsv")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_crossings(tmp_path / "root")


def build(root: Path, cache: Path, *descriptors: str, **options: object) -> DescriptorTable:
    rows = table_rows({Path(name).name: name for name in descriptors}, SETTINGS)
    return descriptor_table([str(root)], rows, ResultCache(cache), **options)  # type: ignore[arg-type]


def test_columns_in_the_papers_order(root: Path, tmp_path: Path) -> None:
    table = build(root, tmp_path / "cache", "hsv", names=["walk"])
    paper = [
        "IDF1",
        "IDP",
        "IDR",
        "Rcll",
        "Prcn",
        "FAR",
        "MT",
        "PT",
        "ML",
        "FP",
        "FN",
        "IDs",
        "FM",
        "MOTA",
        "MOTP",
        "MOTAL",
    ]
    assert len(paper) == 16
    assert [column for column in TABLE_COLUMNS if column not in ("SORT/IDs", "HOTA")] == paper
    assert all(tuple(row) == TABLE_COLUMNS for row in table.rows.values())
    assert list(table.rows) == ["SORT", "hsv"]
    assert table.rows["SORT"]["SORT/IDs"] == 1.0


def test_rows_without_looks_remember_nobody() -> None:
    rows = table_rows({"boxes": "none", "looks": "hsv"}, TrackSettings(descriptor="hsv", remember="all"))
    assert [row.settings.remember for row in rows] == [None, None, "all"]


def test_second_run_tracks_nothing(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = build(root, tmp_path / "cache", "hsv")

    def never(*_: object) -> int:
        raise AssertionError("tracked again")

    monkeypatch.setattr(table_file, "write_tracks", never)
    totals: list[int] = []
    assert build(root, tmp_path / "cache", "hsv", begin=totals.append).rows == first.rows
    assert totals == [0]


CHANGES: dict[str, Callable[[Path], object]] = {
    "detections": lambda root: _edit(root / "walk" / "det" / "det.txt", "0.9", "0.8"),
    "ground truth": lambda root: _edit(root / "walk" / "gt" / "gt.txt", "1,1,6,30,24", "1,1,6,30,25"),
    "an image": lambda root: cv2.imwrite(str(root / "walk" / "img1" / "000003.png"), np.zeros((120, 200, 3), np.uint8)),
}


def _edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_changed_data_are_tracked_again(root: Path, tmp_path: Path, change: Callable[[Path], object]) -> None:
    tracked: list[str] = []
    build(root, tmp_path / "cache", "hsv", names=["walk"])
    change(root)
    build(root, tmp_path / "cache", "hsv", names=["walk"], step=tracked.append)
    assert tracked.count("hsv, walk") == FRAMES
    images_only = change is CHANGES["an image"]
    assert tracked.count("SORT, walk") == (0 if images_only else FRAMES)  # SORT looks at no image


def test_changed_settings_weights_and_code_are_tracked_again(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "mine.py"
    own.write_text(
        "from flatsort.embedding.descriptors.hsv import ColourHistogram\n"
        "def load(request):\n    return ColourHistogram()\n"
    )
    cache = tmp_path / "cache"
    rows = table_rows({"mine": str(own)}, SETTINGS)

    def frames(rows: list[table_file.Row]) -> int:
        totals: list[int] = []
        descriptor_table([str(root)], rows, ResultCache(cache), names=["walk"], begin=totals.append)
        return totals[0]

    assert frames(rows) == 2 * FRAMES
    assert frames(rows) == 0
    assert frames(table_rows({"mine": str(own)}, TrackSettings(descriptor="hsv", max_age=5))) == 2 * FRAMES
    own.write_text(own.read_text() + "# another version\n")
    assert frames(rows) == FRAMES
    monkeypatch.setattr(result_cache, "code_version", lambda *rooms: "other")
    assert frames(rows) == 2 * FRAMES


def test_a_moved_benchmark_is_the_same_benchmark(root: Path, tmp_path: Path) -> None:
    build(root, tmp_path / "cache", "hsv")
    totals: list[int] = []
    build(root.rename(tmp_path / "elsewhere"), tmp_path / "cache", "hsv", begin=totals.append)
    assert totals == [0]


def test_interrupted_table_goes_on(root: Path, tmp_path: Path) -> None:
    seen: list[str] = []

    def interrupt(what: str) -> None:
        seen.append(what)
        if what == "hsv, walk":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(root, tmp_path / "cache", "hsv", step=interrupt)
    done = set(seen) - {"hsv, walk"}
    assert done
    rest: list[str] = []
    table = build(root, tmp_path / "cache", "hsv", step=rest.append)
    assert set(rest).isdisjoint(done)
    assert "hsv, walk" in rest
    assert table.rows == build(root, tmp_path / "fresh", "hsv").rows


def test_damaged_result_is_made_anew(root: Path, tmp_path: Path) -> None:
    first = build(root, tmp_path / "cache", "hsv")
    for path in (tmp_path / "cache").glob("*.json"):
        path.write_text(path.read_text()[:40])
    assert build(root, tmp_path / "cache", "hsv").rows == first.rows


def test_left_out_and_common(root: Path, tmp_path: Path) -> None:
    (tmp_path / "stored").mkdir()
    stored = f"npy:{tmp_path / 'stored'}"
    with pytest.raises(InputError, match=r"no sequence can be tracked by every row.*no stored descriptors of walk"):
        build(root, tmp_path / "cache", stored, common=True)
    table = build(root, tmp_path / "cache", stored, "hsv")
    assert set(table.left_out) == {
        "stored: no stored descriptors of walk",
        "stored: no stored descriptors of blind",
        "hsv: blind has no frames",
    }
    assert list(table.rows) == ["SORT", "hsv (1 of 2)"]
    assert list(build(root, tmp_path / "cache", "hsv", common=True).rows) == ["SORT", "hsv"]


def test_rows() -> None:
    rows = table_rows({"colour": "hsv", "nothing": "none"}, SETTINGS)
    assert [(row.label, row.settings.descriptor) for row in rows] == [
        ("SORT", "none"),
        ("colour", "hsv"),
        ("nothing", "none"),
    ]
    with pytest.raises(InputError, match="SORT is the name of two; write LABEL=hsv"):
        table_rows({"SORT": "hsv"}, SETTINGS)
