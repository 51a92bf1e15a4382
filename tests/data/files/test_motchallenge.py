"""MOTChallenge text: what is read, what is refused and by which line."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flatsort.data import BoxTable, InputError, Remark
from flatsort.data.files.detections import read_detections
from flatsort.data.files.motchallenge import read_ground_truth
from flatsort.data.files.tracks import read_tracks

Reader = Callable[..., BoxTable]
ALL_READERS = pytest.mark.parametrize("read", [read_detections, read_ground_truth, read_tracks])


def write(folder: Path, text: str | bytes) -> Path:
    path = folder / "rows.txt"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_columns_of_detections(tmp_path: Path) -> None:
    table = read_detections(write(tmp_path, "1,-1,10.5,20,30,40,0.25,-1,-1,-1\n"))
    assert table.boxes.tolist() == [[10.5, 20, 40.5, 60]]
    assert (table.frames[0], table.ids[0], table.scores[0]) == (1, -1, 0.25)
    assert (table.classes[0], table.visibility[0]) == (-1, 1)
    assert table.frames.dtype == table.ids.dtype == table.classes.dtype == np.int64


@pytest.mark.parametrize(
    ("row", "score", "kind", "visibility"),
    [
        pytest.param("1,7,0,0,1,1", 1, -1, 1, id="six columns"),
        pytest.param("1,7,0,0,1,1,0", 0, -1, 1, id="seven: conf"),
        pytest.param("1,7,0,0,1,1,0,8", 0, 8, 1, id="eight: class"),
        pytest.param("1,7,0,0,1,1,1,12,0.25", 1, 12, 0.25, id="nine: MOT16"),
        pytest.param("1,7,0,0,1,1,1,-4.1554,-7.3591,0", 1, -1, 1, id="ten: MOT15, a position in the world"),
    ],
)
def test_columns_of_ground_truth(tmp_path: Path, row: str, score: float, kind: int, visibility: float) -> None:
    table = read_ground_truth(write(tmp_path, row))
    assert (table.scores[0], table.classes[0], table.visibility[0]) == (score, kind, visibility)


@ALL_READERS
def test_rows_in_any_order_are_sorted_by_frame_and_keep_their_order_within_it(tmp_path: Path, read: Reader) -> None:
    table = read(write(tmp_path, "3,1,0,0,1,1\n1,9,0,0,2,2\n3,0,0,0,3,3\n1,2,0,0,4,4\n"))
    assert table.frames.tolist() == [1, 1, 3, 3]
    assert table.ids.tolist() == [9, 2, 1, 0]
    assert table.boxes[:, 2].tolist() == [2, 4, 1, 3]


@ALL_READERS
@pytest.mark.parametrize("text", ["", "\n", " \n\t\n", "\r\n\r\n"])
def test_empty_file_is_valid(tmp_path: Path, read: Reader, text: str) -> None:
    table = read(write(tmp_path, text), 10)
    assert len(table) == 0
    assert table.boxes.shape == (0, 4)


GOOD = "1,1,0,0,1,1,1\n"


@ALL_READERS
@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("1,1,0,0,1\n", "row 1: has 5 columns, not 6 to 10", id="too few columns"),
        pytest.param("5\n", "row 1: has 1 column, not", id="one column"),
        pytest.param("1,1,0,0,1,1,1,1,1,1,1\n", "row 1: has 11 columns", id="too many columns"),
        pytest.param(GOOD + "1,2,0,0,1,1\n", "row 2: has 6 columns, the rows before it 7", id="columns differ"),
        pytest.param(GOOD + "\n2,1,0,0,x,1,1\n", "row 3: column 5 is 'x', not a number", id="text"),
        pytest.param("who,when,where\n", "row 1: column 1 is 'who'", id="a header of other names"),
        pytest.param("1 1 0 0 x 1 1\n", "row 1: column 5 is 'x', not a number", id="text between blanks"),
        pytest.param("1 1 0 0 1 1\n1\t1 0\n", "row 2: has 3 columns, not 6 to 10", id="blanks, columns differ"),
        pytest.param("1,1,0,0,,1,1\n", "row 1: column 5 is empty", id="an empty field"),
        pytest.param(GOOD + "2,1,0,0,1,1,\n", "row 2: column 7 is empty", id="a comma at the end"),
        pytest.param("1,1,0,nan,1,1,1\n", "row 1: column 4 is NaN", id="nan"),
        pytest.param("1,1,0,NaN,1,1,1\n", "row 1: column 4 is NaN", id="NaN"),
        pytest.param("1,1,0,0,inf,1,1\n", "row 1: column 5 is 'inf', not finite", id="infinite width"),
        pytest.param("1,1,0,0,1,-Infinity,1\n", "row 1: column 6 is '-Infinity', not finite", id="infinite height"),
        pytest.param("1,1,0,0,1,1e999,1\n", "row 1: column 6 is '1e999', not finite", id="too great for a float"),
        pytest.param(
            "1,1,1e308,0,1.5e308,1,1\n", "row 1: the box 1e+308, 0, 1.5e+308, 1 reaches beyond", id="far corner"
        ),
        pytest.param("1,1,0,0,1e151,1e100,1\n", "row 1: the box 0, 0, 1e+151, 1e+100 reaches", id="a wild box"),
        pytest.param("1,1,0,0,-3,1,1\n", "row 1: width is -3, negative", id="negative width"),
        pytest.param(GOOD + GOOD.replace("1,1,0", "2,1,0").replace("1,1,1\n", "1,-0.5,1\n"), "row 2: height", id="h"),
        pytest.param("0,1,0,0,1,1,1\n", "row 1: frame is 0, below 1", id="frame 0"),
        pytest.param("-4,1,0,0,1,1,1\n", "row 1: frame is -4, below 1", id="negative frame"),
        pytest.param("1.5,1,0,0,1,1,1\n", "row 1: frame is 1.5, not a whole number", id="half a frame"),
        pytest.param(GOOD + "11,1,0,0,1,1,1\n", "row 2: frame is 11, beyond the sequence's 10", id="beyond"),
        pytest.param("1,0.5,0,0,1,1,1\n", "row 1: id is 0.5, not a whole number", id="half an id"),
        pytest.param("1,1e300,0,0,1,1,1\n", "row 1: id is 1e+300, not a whole number", id="an id beyond int64"),
        pytest.param("1,1_0,0,0,1,1,1\n", "row 1: column 2 is '1_0', not a plain decimal number", id="underscore"),
        pytest.param("1,0x1,0,0,1,1,1\n", "row 1: column 2 is '0x1', not a number", id="hexadecimal"),
        pytest.param("1,٣,0,0,1,1,1\n", "row 1: column 2 is '\\u0663', not a plain decimal", id="foreign digits"),
        pytest.param("# made by hand\n" + GOOD, "row 1: column 1 is '# made by hand'", id="a comment"),
    ],
)
def test_refused_by_one_line_that_names_the_row(tmp_path: Path, read: Reader, text: str, message: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(InputError) as caught:
        read(path, 10)
    assert str(caught.value).startswith(f"{path}, {message}")
    assert "\n" not in str(caught.value)


SIX = [[1, -1, 40, 50.5, 20, 60], [2, 3, -4, 5, 6, 7e1]]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("1 -1 40.0000 50.5 20 60 \n2 3 -4 5 6 7e1 \n", id="blanks (BoxMOT)"),
        pytest.param("1\t-1\t40\t50.5\t20\t60\r\n 2   3 -4\t5 6 70\n", id="tabulators and blanks"),
        pytest.param("1,-1,40,50.5,20,60,\n\n2,3,-4,5,6,70, \n", id="a comma at every row's end"),
        pytest.param("1, -1, 40, 50.5, 20, 60\n2,\t3, -4, 5, 6, 70", id="blanks behind commas"),
    ],
)
def test_columns_apart_in_other_ways(tmp_path: Path, text: str) -> None:
    table = read_detections(write(tmp_path, text))
    ltwh = np.concatenate([table.boxes[:, :2], table.boxes[:, 2:] - table.boxes[:, :2]], axis=1)
    assert np.column_stack([table.frames, table.ids, ltwh]).tolist() == SIX


def test_frame_number_without_end_is_refused_where_the_length_is_not_known(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"row 1: frame is 1e\+15, beyond 10000000"):
        read_detections(write(tmp_path, "1e15,-1,0,0,1,1,1\n"))


@pytest.mark.parametrize("read", [read_ground_truth, read_tracks])
@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(
            "2,7,0,0,1,1\n1,7,0,0,1,1\n1,8,0,0,1,1\n\n2,7,5,5,1,1\n", "row 5: frame 2 has id 7 twice", id="twice"
        ),
        pytest.param("1,-1,0,0,1,1\n", "row 1: id is -1, negative", id="no id"),
    ],
)
def test_identities_are_checked(tmp_path: Path, read: Reader, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read(write(tmp_path, text))


def test_detections_may_repeat_an_id(tmp_path: Path) -> None:
    assert len(read_detections(write(tmp_path, "1,-1,0,0,1,1\n1,-1,0,0,1,1\n"))) == 2


def test_class_must_be_whole(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"row 1: class is 1\.5"):
        read_ground_truth(write(tmp_path, "1,1,0,0,1,1,1,1.5,1\n"))


@pytest.mark.parametrize(
    "spelling", ["2,1, 3.5 ,\t4,5,6\n", "2,1,3.5,4,5,6", "2.0,+1,35e-1,4.,05,6E0\n", "\n\n2,1,3.5,4,5,6\n"]
)
def test_numbers_may_be_spelt_in_every_decimal_way(tmp_path: Path, spelling: str) -> None:
    table = read_tracks(write(tmp_path, spelling))
    assert (table.frames.tolist(), table.ids.tolist()) == ([2], [1])
    assert table.boxes.tolist() == [[3.5, 4, 8.5, 10]]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=40))
def test_floats_are_exact(tmp_path: Path, values: list[float]) -> None:
    rows = [f"{k},1,0,0,1,1,{value!r}" for k, value in enumerate(values, start=1)]
    table = read_detections(write(tmp_path, "\n".join(rows)))
    assert table.scores.tobytes() == np.array(values).tobytes()


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 10**18), st.integers(0, 20)), min_size=1, max_size=30))
def test_long_decimals_are_exact(tmp_path: Path, values: list[tuple[int, int]]) -> None:
    texts = [
        f"{whole // 10**places}.{whole % 10**places:0{places}d}" if places else str(whole) for whole, places in values
    ]
    table = read_detections(write(tmp_path, "\n".join(f"1,1,0,0,1,1,{text}" for text in texts)))
    assert table.scores.tolist() == [float(text) for text in texts]


FIELD = st.one_of(
    st.sampled_from(
        ["1", "2", "-1", "0", "1.5", "", " ", "nan", "inf", "1e999", "-3", "x", "1 2", "1_0", "½", "\t7", "1e", "."]
    ),
    st.integers(-5, 10**20).map(str),
    st.floats().map(repr),
    st.text(max_size=4),
)
ROWS = st.lists(st.lists(FIELD, min_size=1, max_size=12).map(",".join), max_size=6).map("\n".join)


MARKS = [b"\x1f\x8b\x08\x00", b"PK\x03\x04", b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf"]
CONTENT = st.one_of(
    st.binary(max_size=200),
    ROWS.map(lambda text: text.encode("utf-8", "replace")),
    ROWS.map(lambda text: b"\xff\xfe" + text.encode("utf-16-le", "replace")),
    st.tuples(st.sampled_from(MARKS), st.binary(max_size=60)).map(b"".join),
)


@ALL_READERS
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=CONTENT)
def test_random_bytes_and_rows_give_a_table_or_a_clean_error(tmp_path: Path, read: Reader, content: bytes) -> None:
    path = write(tmp_path, content)
    try:
        table = read(path)
    except InputError as error:
        refusal = str(error)
        table = BoxTable.none()
    else:
        refusal = ""
    assert "\n" not in refusal
    assert np.isfinite(table.boxes).all()
    assert np.isfinite(table.scores).all()
    assert (table.boxes[:, 2:] >= table.boxes[:, :2]).all()
    assert (np.diff(table.frames) >= 0).all()
    assert not len(table) or table.frames[0] >= 1


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.lists(st.sampled_from(["1", "2", "3.25", " 4", "", "nan", "x", "1 1"]), min_size=5, max_size=8), max_size=4
    )
)
def test_accepts_exactly_what_a_plain_reading_accepts(tmp_path: Path, rows: list[list[str]]) -> None:
    """The oracle: split at commas, `float()` each field, one count of columns, whole frames and ids."""
    path = write(tmp_path, "\n".join(map(",".join, rows)))
    if rows and all(row[-1] == "" for row in rows):  # a comma at the end of every row ends no column
        rows = [row[:-1] for row in rows]
    try:
        expected = [[float(field) for field in row] for row in rows]
        valid = len({len(row) for row in rows}) <= 1 and all(
            len(row) >= 6 and np.isfinite(row).all() and row[0] % 1 == 0 == row[1] % 1 for row in expected
        )
    except ValueError:
        valid = False
    if not valid:
        with pytest.raises(InputError):
            read_detections(path)
        return
    table = read_detections(path)
    in_order = sorted(expected, key=lambda row: row[0])
    assert table.boxes[:, 0].tolist() == [row[2] for row in in_order]


def test_real_detections_are_those_of_loadtxt_and_fast(real_data: Path) -> None:
    files = sorted((real_data / "MOT16" / "train").glob("*/det/det.txt"))
    start = time.process_time()
    tables = [read_detections(file) for file in files]
    assert time.process_time() - start < 1.0  # 0.15 s alone on one core: 67,639 rows
    assert sum(map(len, tables)) == 67_639
    rows = np.loadtxt(files[0], delimiter=",")
    rows = rows[np.argsort(rows[:, 0], kind="stable")]
    assert np.array_equal(tables[0].frames, rows[:, 0])
    assert np.array_equal(tables[0].boxes[:, :2], rows[:, 2:4])
    assert np.array_equal(tables[0].boxes[:, 2:], rows[:, 2:4] + rows[:, 4:6])


def test_real_ground_truth(real_data: Path) -> None:
    mot16 = [read_ground_truth(file) for file in sorted((real_data / "MOT16" / "train").glob("*/gt/gt.txt"))]
    pedestrians = sum(int(((table.classes == 1) & (table.scores == 1)).sum()) for table in mot16)
    assert pedestrians == 110_407
    mot15 = read_ground_truth(real_data / "MOT15" / "train" / "PETS09-S2L1" / "gt" / "gt.txt", 795)
    assert set(mot15.classes.tolist()) == {-1}
    assert len(mot15) == 4650


def test_a_row_or_a_frame_without_end_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="row 2: is longer than 4096 bytes; write 6 to 10 numbers a row"):
        read_detections(write(tmp_path, GOOD + "1 " * 100_000))
    many = "".join(f"{frame},-1,0,0,1,1,1\n" * count for frame, count in ((1, 10_000), (2, 10_001)))
    with pytest.raises(InputError, match="row 10001: frame 2 has more than 10000 boxes"):
        read_detections(write(tmp_path, many))


@pytest.mark.parametrize(
    ("behind", "classes"),
    {
        "filled up with -1": (["-1,-1,-1", "-1,-1,-1"], None),
        "filled up with 0": (["0,0,0", "0,0,0"], None),
        "filled up with 1": (["1,1,1", "1,1,1"], None),
        "a class, as trackers write it": (["1,-1,-1", "3,-1,-1"], [1, 3]),
        "one class": (["0,-1,-1", "0,-1,-1"], [0, 0]),
        "a row without one": (["-1,-1,-1", "3,-1,-1"], [-1, 3]),
        "VisDrone": (["4,0,2", "1,1,0"], [4, 1]),
        "eight columns": (["2", "2"], [2, 2]),
        "a class and the index of a detection": (["1,57,-1", "3,-1,-1"], [1, 3]),
        "the index of a detection alone": (["-1,57,-1", "-1,0,-1"], None),
        "one class, and the first detection": (["0,0,-1", "0,0,-1"], [0, 0]),
        "visibility": (["2,0.5", "1,1"], [2, 1]),
        "a place in the world": (["3.1,-7.2,0", "2.9,-7.1,0"], None),
        "a place in whole metres": (["3,-7,0", "2,-8,0"], None),
        "half a class": (["1.5,-1,-1", "2,-1,-1"], None),
        "large numbers": (["10001,-1,-1", "2,-1,-1"], None),
    }.values(),
)
def test_which_column_8_is_a_class(tmp_path: Path, behind: list[str], classes: list[int] | None) -> None:
    path = tmp_path / "det.txt"
    path.write_text("".join(f"{frame},-1,0,0,9,9,1,{rest}\n" for frame, rest in enumerate(behind, start=1)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Remark)
        table = read_detections(path)
    assert table.has_classes == (classes is not None)
    assert table.classes.tolist() == (classes or [-1, -1])
    found = table.detections(2).classes
    assert found is None if classes is None else found is not None and found.tolist() == classes[1:]


def test_a_column_8_that_might_be_a_class_and_is_not_taken_is_remarked(tmp_path: Path) -> None:
    (tmp_path / "det.txt").write_text("1,-1,0,0,9,9,1,3,-7,0\n2,-1,0,0,9,9,1,2,-8,0\n")
    with pytest.warns(Remark, match="column 8 is not taken for a class"):
        read_detections(tmp_path / "det.txt")


def test_real_detections_have_no_classes(real_data: Path) -> None:
    files = sorted(real_data.glob("MOT1[567]/*/*/det/det.txt"))
    assert len(files) > 15
    assert not any(read_detections(file).has_classes for file in files)


def test_ground_truth_of_ten_columns_has_classes_where_they_are_asked_for(tmp_path: Path) -> None:
    (tmp_path / "gt.txt").write_text("1,1,0,0,9,9,0,0,0,0\n1,2,0,0,9,9,1,1,1,2\n")
    with pytest.warns(Remark, match="is not used without --classes"):
        assert not read_ground_truth(tmp_path / "gt.txt").has_classes
    table = read_ground_truth(tmp_path / "gt.txt", classes=True)
    assert (table.classes.tolist(), table.names) == ([0, 1], {1: "pedestrian"})
