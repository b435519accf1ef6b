"""collate: a batch as one thing."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

import pipeflow as pf
from pipeflow.pipes.ready.stacking import stack
from tests.pipes.feeding import send


def test_it_stacks_each_batch() -> None:
    (first, second) = send(pf.collate(), [[1, 2], [3, 4]])
    assert isinstance(first, np.ndarray)
    assert (first.tolist(), second.tolist()) == ([1, 2], [3, 4])


def test_a_function_of_ones_own() -> None:
    assert send(pf.collate(sum), [[1, 2], [3]]) == [3, 3]
    assert pf.collate(sum).functor is sum


def test_its_name_rate_and_workers() -> None:
    assert (pf.collate(sum).label, pf.collate().label, pf.collate(name="c").label) == ("sum", "collate", "c")
    assert pf.collate().rate == pf.Rate(1, 1)
    assert (pf.collate() * 3).options.n_processes == 3


def test_two_of_them_can_stand_in_one_graph() -> None:
    flow = pf.Source([1]) >> pf.batch(2) >> (pf.collate() | pf.collate()) >> pf.Sink(print)
    assert flow.check().ok


def test_what_is_refused() -> None:
    async def later(x: object) -> object:
        return x

    with pytest.raises(pf.CompositionError, match="can't be called"):
        pf.collate(3)
    with pytest.raises(pf.CompositionError, match="collate calls a plain function"):
        pf.collate(later)


def test_nothing_here_needs_numpy_to_be_imported() -> None:
    code = "import sys, pipeflow as pf; pf.batch(2) >> pf.collate(); assert 'numpy' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_text_needs_no_numpy_at_all() -> None:
    code = (
        "import sys; sys.modules['numpy'] = None\n"
        "from pipeflow.pipes.ready.stacking import stack; assert stack(['a', 'b']) == ['a', 'b']"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
    assert stack(["a"]) == ["a"]
