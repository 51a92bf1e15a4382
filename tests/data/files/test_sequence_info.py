"""`seqinfo.ini`: entries, defaults and refusals."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flatsort.data import InputError
from flatsort.data.files.sequence_info import SequenceInfo, read_sequence_info

FULL = (
    "[Sequence]\nname=MOT16-11\nimDir=frames\nframeRate=29.97\nseqLength=900\nimWidth=1920\nimHeight=1080\nimExt=.png\n"
)


def write(folder: Path, content: str | bytes) -> Path:
    (folder / "seqinfo.ini").write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


@pytest.mark.parametrize("content", [FULL, FULL.replace("\n", "\r\n"), FULL.encode("utf-16"), FULL.encode("utf-8-sig")])
def test_every_entry(tmp_path: Path, content: str | bytes) -> None:
    expected = SequenceInfo("MOT16-11", 900, 29.97, 1920, 1080, "frames", ".png")
    assert read_sequence_info(write(tmp_path, content)) == expected
    assert expected.size == (1920, 1080)


def test_defaults(tmp_path: Path) -> None:
    info = read_sequence_info(write(tmp_path, "[Sequence]\nseqLength=3\n"))
    assert info == SequenceInfo(tmp_path.name, 3, None, None, None, "img1", ".jpg")
    assert info.size is None


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "has no section"),
        ("seqLength=3\n", "is not an INI file"),
        ("[Sequence]\nname=a\n", "has no entry seqLength"),
        ("[Sequence]\nseqLength=many\n", "seqLength is 'many', not a positive number"),
        ("[Sequence]\nseqLength=0\n", "seqLength is '0'"),
        ("[Sequence]\nseqLength=2.5\n", "seqLength is 2.5, not a whole number"),
        ("[Sequence]\nseqLength=inf\n", "seqLength is 'inf'"),
        ("[Sequence]\nseqLength=3\nframeRate=nan\n", "frameRate is 'nan'"),
        ("[Sequence]\nseqLength=3\nname=../../etc\n", "cannot name a file"),
        (b"[Sequence]\nname=\xff\n", "is not UTF-8"),
    ],
)
def test_refused_by_one_line(tmp_path: Path, content: str | bytes, problem: str) -> None:
    with pytest.raises(InputError, match=problem) as caught:
        read_sequence_info(write(tmp_path, content))
    assert "\n" not in str(caught.value)


def test_missing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"seqinfo\.ini: no such file"):
        read_sequence_info(tmp_path)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(
        st.binary(max_size=80), st.text(alphabet="[]Sequence=seqLength019.\n\t :#;%", max_size=60).map(str.encode)
    )
)
def test_random_files_give_entries_or_a_clean_error(tmp_path: Path, content: bytes) -> None:
    write(tmp_path, b"[Sequence]\nseqLength=3\n" + content)
    try:
        info = read_sequence_info(tmp_path)
    except InputError as error:
        refusal = str(error)
    else:
        refusal = ""
        assert info.length >= 1
    assert "\n" not in refusal


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        pytest.param(
            "seqLength=2147483648", "seqLength is 2147483648, not a whole number up to 10000000", id="endless"
        ),
        pytest.param(
            "imWidth=200000\nimHeight=200000", "imWidth and imHeight are 200000x200000 pixels", id="a picture"
        ),
        pytest.param("imWidth=9000000000", "imWidth is 9000000000, not a whole number", id="a side"),
        pytest.param("frameRate=1e308", r"frameRate is 1e\+308, beyond 1e\+06; write frames", id="a time base"),
        pytest.param("imDir=/etc", "imDir is '/etc', which is not in the folder", id="images anywhere"),
        pytest.param("imDir=img1/../../x", "which is not in the folder", id="images outside"),
        pytest.param("imDir=img\x1b[2J", r"imDir is 'img\\x1b\[2J'", id="escape codes in imDir"),
        pytest.param(
            "name=a\x1b[2Jb", r"name is 'a\\x1b\[2Jb', which cannot name a file", id="escape codes in the name"
        ),
        pytest.param("name=a\n b", r"name is 'a\\nb', which cannot name a file", id="a line break"),
        pytest.param("name=.hidden", "name is '.hidden'", id="a hidden file"),
    ],
)
def test_sizes_and_names_that_no_sequence_has(tmp_path: Path, entry: str, message: str) -> None:
    length = "" if "seqLength" in entry else "seqLength=5\n"
    (tmp_path / "seqinfo.ini").write_text(f"[Sequence]\n{length}{entry}\n")
    with pytest.raises(InputError, match=message):
        read_sequence_info(tmp_path)
