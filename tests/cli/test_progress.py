"""What a command says on standard error: lines, remarks once, problems always; bars pass everything on."""

from __future__ import annotations

import pytest

from flatsort.cli import progress
from flatsort.cli.progress import display


@pytest.mark.parametrize("quiet", [False, True])
def test_lines_remarks_and_problems(capsys: pytest.CaptureFixture[str], quiet: bool) -> None:
    with display(quiet) as shown:
        shown.say("wrote [red]a:smile:.txt")
        for _ in range(3):
            shown.remark("det.txt: 2 boxes lie outside")
        shown.remark("det.txt: another")
        shown.fail("b.txt: " + 30 * "is broken ")
    said = ["flatsort: b.txt: " + 30 * "is broken "]
    if not quiet:
        remarks = ["flatsort: det.txt: 2 boxes lie outside", "flatsort: det.txt: another"]
        said = ["wrote [red]a:smile:.txt", *remarks, *said]
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == said


@pytest.mark.parametrize("total", [3, None])
def test_a_bar_passes_everything_on(total: int | None) -> None:
    with display(quiet=False) as shown:
        assert list(shown.watch("frames", total)(iter("abc"))) == ["a", "b", "c"]


@pytest.mark.parametrize("quiet", [False, True])
def test_a_log_has_lines_in_place_of_bars(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, quiet: bool
) -> None:
    monkeypatch.setattr(progress, "_SECONDS_BETWEEN", 0.0)
    with display(quiet) as shown:
        list(shown.watch("clip", 2)("ab"))
        list(shown.watch("camera", None)("a"))
        shown.move_bar(shown.open_bar("elsewhere", 9), 5)
    lines = ["clip: 1 of 2", "clip: 2 of 2", "camera: 1", "elsewhere: 5 of 9"]
    assert capsys.readouterr().err.splitlines() == ([] if quiet else lines)
