"""The documented import paths."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

import pipeflow

PATHS = {
    "pipeflow.pipelines": ["PipeLine", "PipeSystem"],
    "pipeflow.pipes": ["Source", "Transform", "Regulator", "Sink"],
    "pipeflow.base": ["Stream", "Pipe", "Logger", "Sentinel"],
}


@pytest.mark.parametrize(("path", "name"), [(path, name) for path, names in PATHS.items() for name in names])
def test_the_documented_names_are_at_their_documented_paths(path: str, name: str) -> None:
    assert getattr(importlib.import_module(path), name) is getattr(pipeflow, name)
    assert name in pipeflow.__all__


@pytest.mark.parametrize("path", PATHS)
def test_importing_the_package_is_enough(path: str) -> None:
    """``mp.base.Stream()`` in a fresh interpreter: here other tests have imported them all."""
    names = ", ".join(f"{path}.{name}" for name in PATHS[path])
    code = f"import pipeflow; assert {path.partition('.')[2]!r} in dir(pipeflow); {names}"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=30)


def test_a_sentinel_shows_itself_as_documented() -> None:
    assert repr(pipeflow.Sentinel()) == "sentinel"
