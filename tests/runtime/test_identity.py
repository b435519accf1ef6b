from __future__ import annotations

import random
import subprocess
import sys
import threading

import numpy as np
import pytest

from pipeflow.runtime.identity import WorkerIdentity, become, seed_process, worker


@pytest.fixture(autouse=True)
def own_random_state():
    before, numpys = random.getstate(), np.random.get_state()
    yield
    random.setstate(before)
    np.random.set_state(numpys)
    become(None)


def test_each_thread_is_a_worker_of_its_own() -> None:
    become(WorkerIdentity("a", 0, 1))
    seen = []
    thread = threading.Thread(target=lambda: seen.append(worker()))
    thread.start()
    thread.join()
    assert seen == [None]
    assert worker() == ("a", 0, 1)


def numbers(root: int, name: str, replica: int) -> tuple[float, float]:
    seed_process(root, WorkerIdentity(name, replica, 2))
    return random.random(), float(np.random.random())


def test_seeds_are_the_same_for_the_same_worker_and_no_other() -> None:
    assert numbers(1, "a", 0) == numbers(1, "a", 0)
    drawn = {numbers(root, name, replica) for root in (1, 2) for name in "ab" for replica in (0, 1)}
    assert len({first for first, _ in drawn}) == len({second for _, second in drawn}) == 8


LATER = """
import random, sys
from pipeflow.runtime.identity import WorkerIdentity, seed_process
seed_process(1, WorkerIdentity("a", 0, 2))
before = len(sys.meta_path)
import numpy
drawn = numpy.random.random()
assert len(sys.meta_path) == before - 1
print(random.random(), drawn)
"""


def test_numpy_that_is_loaded_later_is_seeded_then() -> None:
    out = subprocess.run(
        [sys.executable, "-c", LATER], capture_output=True, text=True, timeout=60, check=True
    )
    assert tuple(map(float, out.stdout.split())) == numbers(1, "a", 0)
