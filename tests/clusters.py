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
nodes = []
for line in sys.stdin:
    verb, _, rest = line.partition(" ")
    if verb == "add":
        nodes.append(cluster.add_node(object_store_memory=200 << 20, include_dashboard=False, **eval(rest)))
    else:
        cluster.remove_node(nodes[int(rest)], allow_graceful=False)
    print("done", cluster.address, flush=True)
cluster.shutdown()
"""


class HeldCluster:
    """A cluster that lives as long as this is open, first of one node.

    Attributes:
        address: to connect to. Whoever connects while there is one node only belongs to that node.
    """

    def __init__(self, node: dict[str, object]) -> None:
        environment = dict(os.environ, RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO="0")
        self._process = subprocess.Popen(
            [sys.executable, "-c", _HOLDER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        self._process.wait()  # the launcher; what it has launched goes on
        self.address = self.add_node(node)

    def add_node(self, node: dict[str, object]) -> str:
        """One more."""
        return self._told(f"add {node!r}")

    def kill_node(self, number: int) -> None:
        """End a node without warning."""
        self._told(f"kill {number}")

    def _told(self, order: str) -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{order}\n")
        self._process.stdin.flush()
        said = self._process.stdout.readline().split()
        if said[:1] != ["done"]:
            self.close()
            raise RuntimeError(f"the cluster could not do {order!r}")
        return said[1]

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
