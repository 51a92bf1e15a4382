"""A Ray cluster of two nodes on this machine: the same bytes, also where one node is killed."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from flatsort.tracker.running.many.job import Job, Outcome, Work
from tests.cli.two_people import write_sequence
from tests.conftest import ROOT, Run
from tests.tracker.running.many import jobs

ray = pytest.importorskip("ray", reason="Ray is not installed: pip install 'flatsort[cluster]'")

from flatsort.tracker.running.many.ray_cluster import RayCluster  # noqa: E402 - it says above why it is skipped

# One cluster at a time: two on two cores miss each other's deadlines.
pytestmark = pytest.mark.xdist_group("ray")
NODE = {"num_cpus": 1, "object_store_memory": 80 * 2**20}
# A node that is killed is missed after twenty seconds, not after half a minute; one that is only slow is not missed.
HEALTH = {"health_check_initial_delay_ms": 0, "health_check_period_ms": 500, "health_check_failure_threshold": 40}


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """Two raylets; workers find the tests' modules."""
    from ray.cluster_utils import Cluster

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(ROOT))
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
        found = Cluster(
            initialize_head=True, head_node_args={**NODE, "include_dashboard": False, "_system_config": HEALTH}
        )
        ray.init(found.address, logging_level="ERROR", log_to_driver=False)  # connecting takes seconds: once for all
        try:
            yield found
        finally:
            ray.shutdown()
            found.shutdown()


@pytest.fixture
def second(cluster: Any) -> Any:
    """The cluster, with a second node that a test may kill."""
    node = cluster.add_node(**NODE)
    cluster.wait_for_nodes()
    yield node
    if node in cluster.list_all_nodes():
        cluster.remove_node(node)


def run_jobs(cluster: Any, *works: Work) -> dict[int, Outcome]:
    outcomes: dict[int, Outcome] = {}
    listed = [Job(f"job {number}", work) for number, work in enumerate(works)]
    RayCluster(cluster.address).run(listed, outcomes.__setitem__, None)  # type: ignore[arg-type]
    return outcomes


def content(folder: Path) -> dict[str, bytes]:
    """The results in a folder; a killed worker leaves a hidden part, which the next run sweeps."""
    return {path.name: path.read_bytes() for path in folder.glob("[!.]*.txt")}


def test_each_outcome_is_its_jobs_and_a_failure_is_its_own(cluster: Any, second: Any, tmp_path: Path) -> None:
    (tmp_path / "once").mkdir()
    outcomes = run_jobs(
        cluster,
        partial(jobs.square, 3),
        jobs.refuse,
        jobs.fail,
        partial(jobs.killed, tmp_path / "once", 1),
        jobs.threads,
    )
    assert (outcomes[0].value, outcomes[0].said, outcomes[0].remarks) == (9, ["3 squared"], ["n.txt: a number"])
    assert outcomes[1].failure == f"b.mp4: is broken; replace it (on machine {socket.gethostname()})"
    assert "no luck" in str(outcomes[2].error)
    assert outcomes[3].value == "survived"
    assert outcomes[4].value == {"allowed": 1, "blas": 1, "opencv": 1}


def test_the_same_bytes_and_nothing_lost_where_a_node_is_killed(
    run: Run, cluster: Any, second: Any, tmp_path: Path
) -> None:
    for number in range(6):
        rows = [f"{frame},-1,{10 + (frame + number) % 50},20,20,50,0.9" for frame in range(1, 2001)]
        info = write_sequence(tmp_path / "root" / f"s{number}", rows=rows) / "seqinfo.ini"
        info.write_text(info.read_text().replace("seqLength=12", "seqLength=2000"))
    assert run("track", tmp_path / "root", "--output", tmp_path / "alone", "-q").code == 0
    track = ("track", "root", "--output", "out", "--ray", cluster.address)
    process = subprocess.Popen(
        [sys.executable, "-m", "flatsort", *track], cwd=tmp_path, stderr=subprocess.PIPE, text=True
    )
    done = tmp_path / "out" / "finished.jsonl"
    until = time.monotonic() + 300
    while time.monotonic() < until and not (done.exists() and done.read_text()):
        time.sleep(0.05)
    cluster.remove_node(second, allow_graceful=False)
    _, said = process.communicate(timeout=300)
    assert process.returncode == 0, said
    assert content(tmp_path / "out") == content(tmp_path / "alone")
    assert done.read_text().count("\n") == 6
    # In this process, with the node that is left: all are finished, whoever did them.
    answer = run("track", tmp_path / "root", "--output", tmp_path / "out", "--ray", cluster.address)
    assert (answer.code, answer.err.partition(" are")[0]) == (0, "6 of 6")


def test_an_interrupt_ends_the_tasks(cluster: Any, tmp_path: Path) -> None:
    def interrupt() -> None:
        while not list(tmp_path.iterdir()):
            time.sleep(0.05)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt).start()
    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        run_jobs(cluster, *(partial(jobs.sleep, 600, tmp_path / str(number)) for number in range(3)))
    assert time.monotonic() - start < 300
    assert run_jobs(cluster, partial(jobs.square, 2))[0].value == 4  # the processor is free again


def test_a_machine_that_lacks_a_file_or_the_folder_is_named(
    cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "here"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    monkeypatch.setattr(os, "getcwd", lambda: str(gone))
    failure = run_jobs(cluster, partial(jobs.square, 2))[0].failure
    assert failure is not None
    assert failure.startswith(f"{gone}: is not on machine {socket.gethostname()} (No such file or directory); share it")


@pytest.mark.parametrize("kind", ["nobody", "somebody else", "silence"])
def test_an_address_where_no_ray_answers(run: Run, tmp_path: Path, kind: str) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        if kind != "nobody":
            server.listen()
        address = f"127.0.0.1:{server.getsockname()[1]}"

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        if kind == "somebody else":
            threading.Thread(target=answer, daemon=True).start()
        start = time.monotonic()
        sequence = write_sequence(tmp_path / "s")
        assert run("track", sequence, "--ray", address, "--output", tmp_path / "out").refuses(
            f"--ray {address}: no Ray answers (", "start one with `ray start --head`, or write --ray local"
        )
        assert time.monotonic() - start < 60  # Ray itself waits for minutes


def test_refused(run: Run, tmp_path: Path) -> None:
    sequence = write_sequence(tmp_path / "s")
    out = ("--output", tmp_path / "out")
    assert run("track", sequence, *out, "--ray", "here").refuses("--ray here: is no address; write HOST:PORT, auto or")
    assert run("track", sequence, *out, "--ray", "auto", "--workers", 2).refuses("--workers: is given, and --ray too")
