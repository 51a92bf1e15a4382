"""What a command says on standard error: lines, remarks once, problems always; bars pass everything on."""

from __future__ import annotations

import pytest

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
