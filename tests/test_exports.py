"""The public names: listed once, in order, each there and each documented."""

from __future__ import annotations

import inspect
import subprocess
import sys
from types import ModuleType

import pytest

import pipeflow


def test_the_list_is_sorted_and_without_repeats() -> None:
    assert list(pipeflow.__all__) == sorted(set(pipeflow.__all__))


@pytest.mark.parametrize("name", pipeflow.__all__)
def test_each_name_is_there_and_documented(name: str) -> None:
    thing = getattr(pipeflow, name)
    if name.startswith("__"):
        return  # __version__ is a string
    text = vars(thing).get("__doc__") if isinstance(thing, type) else inspect.getdoc(thing)
    assert text, f"pipeflow.{name} has no docstring"


def test_nothing_public_is_unlisted() -> None:
    public = {
        name
        for name, thing in vars(pipeflow).items()
        if not name.startswith("_") and not isinstance(thing, ModuleType) and name != "annotations"
    }
    assert public <= set(pipeflow.__all__) | {"TYPE_CHECKING"}


def test_star_import_gives_exactly_the_list() -> None:
    code = "from pipeflow import *; import pipeflow; assert {*pipeflow.__all__} <= {*globals()}, 'missing'"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=30)


def test_dir_shows_every_name() -> None:
    assert set(pipeflow.__all__) <= set(dir(pipeflow))


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        getattr(pipeflow, "no_such_name")  # noqa: B009
