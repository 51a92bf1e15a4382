"""How many threads a network takes."""

from __future__ import annotations

import os

import pytest

from flatsort.data.threads import threads_of_a_network


@pytest.mark.parametrize(("cores", "allowed", "expected"), [(1, None, 1), (2, None, 1), (8, None, 4), (8, "3", 3)])
def test_a_network_takes_half_of_the_cores_or_what_is_allowed(
    monkeypatch: pytest.MonkeyPatch, cores: int, allowed: str | None, expected: int
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(cores)), raising=False)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    if allowed is not None:
        monkeypatch.setenv("OMP_NUM_THREADS", allowed)
    assert threads_of_a_network() == expected
