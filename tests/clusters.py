"""A Ray cluster for the tests that need one: one for the session, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

# The holder is nobody's child, so that what Ray starts for its own use is no process that a test has left
# behind. It ends when its standard input does: with the test session, however that ends.
_HOLDER = """
import os, sys
if os.fork():
    os._exit(0)
from ray.cluster_utils import Cluster
cluster = Cluster()
wanted = eval(sys.argv[1])
nodes = [cluster.add_node(object_store_memory=200 << 20, include_dashboard=False, **each) for each in wanted]
print("ready", cluster.address, flush=True)
for line in sys.stdin:
    cluster.remove_node(nodes[int(line)], allow_graceful=False)
    print("gone", flush=True)
cluster.shutdown()
"""


class HeldCluster:
    """A cluster that lives as long as this is open.

    Attributes:
        address: to connect to.
    """

    def __init__(self, *nodes: dict[str, object]) -> None:
        environment = dict(os.environ, RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO="0")
        self._process = subprocess.Popen(
            [sys.executable, "-c", _HOLDER, repr(nodes)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.wait()  # the launcher; what it has launched goes on
        said = self._process.stdout.readline().split()
        if said[:1] != ["ready"]:
            self.close()
            raise RuntimeError("the cluster did not start")
        self.address = said[1]

    def kill_node(self, number: int) -> None:
        """End a node without warning."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{number}\n")
        self._process.stdin.flush()
        assert self._process.stdout.readline() == "gone\n"

    def close(self) -> None:
        """End it, and wait until it has ended."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.read()
        self._process.stdout.close()


@pytest.fixture(scope="session")
def ray_cluster() -> Iterator[str]:
    """This process is connected to a Ray cluster of one node; its address."""
    ray = pytest.importorskip("ray")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    cluster = HeldCluster({"num_cpus": 4})
    try:
        ray.init(address=cluster.address, log_to_driver=False)
        yield cluster.address
    finally:
        ray.shutdown()
        cluster.close()
