"""A folder has one writer."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from flatsort.data import InputError
from flatsort.data.files.lock import sole_writer


def test_a_second_writer_is_refused_until_the_first_has_ended(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from flatsort.data.files.lock import sole_writer\n"
        "with sole_writer(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    other = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path(__file__).parents[3])
    assert other.stdout is not None
    assert other.stdout.readline() == b"held\n"
    with pytest.raises(InputError, match="is being written by another run"), sole_writer(tmp_path):
        pass
    other.kill()
    other.wait()
    with sole_writer(tmp_path):
        assert list(tmp_path.iterdir()) == []
