"""Classes that leave open what their instances have, or what they stand for."""

from __future__ import annotations

from types import WrapperDescriptorType
from typing import Any

# By name: to look at the classes themselves would import their modules.
_OPEN = frozenset(
    [
        ("argparse", "Namespace"),
        ("multiprocessing.managers", "Namespace"),
        ("optparse", "Values"),
        ("builtins", "module"),  # types.ModuleType
        ("types", "SimpleNamespace"),
        ("_thread", "_local"),
        ("_threading_local", "local"),
    ]
)
_STAND_INS = frozenset([("unittest.mock", "NonCallableMock")])
_INSTEAD = {
    "__iter__": ("__getitem__",),
    "__contains__": ("__getitem__",),
    "__reversed__": ("__getitem__", "__len__"),
}
_BUFFERS = frozenset([("collections.abc", "Buffer"), ("typing_extensions", "Buffer")])


def may_have(cls: type, name: str, is_method: bool) -> bool:
    """Whether its instances may have an attribute that no class body shows."""
    if is_method and name.startswith("__") and name.endswith("__"):
        return False  # special methods are looked up on the class alone
    return any(_name(base) in _OPEN or _answers_itself(base) for base in cls.__mro__)


def does_as_well(cls: type, name: str) -> bool:
    """Whether Python does without a special method: it asks ``__getitem__`` for the numbers from 0 on."""
    return all(_is_set(cls, each) for each in _INSTEAD.get(name, ("",)))


def stands_for_anything(cls: type) -> bool:
    """Whether its instances are made to be given as those of any class: mocks, and subclasses of Any."""
    return any(base is Any or _name(base) in _STAND_INS for base in cls.__mro__)


def may_be_a_buffer(cls: type, wanted: type) -> bool:
    """Whether ``wanted`` is Buffer and the class may be one: before 3.12 none in C says so."""
    return _name(wanted) in _BUFFERS and cls.__module__ != "builtins"


def _name(cls: type) -> tuple[str, str]:
    return cls.__module__, cls.__name__


def _answers_itself(base: type) -> bool:
    """Whether the body of the class answers for attributes; a class in C may have just the usual slot."""
    own = vars(base)
    if own.get("__getattr__") is not None:
        return True
    lookup = own.get("__getattribute__")
    usual = type(lookup) is WrapperDescriptorType and lookup.__name__ == "__getattribute__"
    return lookup is not None and not usual


def _is_set(cls: type, name: str) -> bool:
    """Whether it is there, and not None."""
    return next((vars(base)[name] for base in cls.__mro__ if name in vars(base)), None) is not None
