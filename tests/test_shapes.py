"""The four shapes as they run, and as the stub shows them to type checkers."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import pipeflow as pf
from pipeflow import shapes
from pipeflow.flow import Flow

STUB = ast.parse(Path(shapes.__file__).with_suffix(".pyi").read_text())
CLASSES = {node.name: node for node in STUB.body if isinstance(node, ast.ClassDef)}
SHAPES = [
    name
    for name, thing in vars(shapes).items()
    if isinstance(thing, type) and thing.__module__ == shapes.__name__
]


def test_a_class_for_each_shape() -> None:
    assert Flow.shape_of == {
        (False, True): pf.OutFlow,
        (True, True): pf.ThroughFlow,
        (True, False): pf.InFlow,
        (False, False): pf.ClosedFlow,
    }


def test_the_shapes_that_only_type_checkers_tell_apart_are_no_classes_of_composed_flows() -> None:
    assert set(Flow.shape_of.values()) < {getattr(shapes, name) for name in SHAPES}


@pytest.mark.parametrize("name", SHAPES)
def test_the_stub_has_the_same_classes(name: str) -> None:
    bases = [ast.unparse(base).split("[")[0] for base in CLASSES[name].bases]
    real = [base.__name__ for base in getattr(shapes, name).__bases__]
    assert bases == real


@pytest.mark.parametrize("name", SHAPES)
def test_what_the_stub_promises_is_there(name: str) -> None:
    only_for_checkers = {"nothing_is_open"}
    promised = {
        node.name for node in CLASSES[name].body if isinstance(node, ast.FunctionDef)
    } - only_for_checkers
    assert promised <= set(dir(getattr(shapes, name)))
