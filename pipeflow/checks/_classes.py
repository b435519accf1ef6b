"""Classes given as functors: a pipe calls them as it calls a function, and what they make is its result."""

from __future__ import annotations

from types import FunctionType

from pipeflow.checks._functors import Functor
from pipeflow.hints.unwrapping import unwrap


def is_class(functor: Functor) -> bool:
    """Whether it is a class, or a partial of one."""
    return functor.facts.form == "class"


def says_what_it_takes(functor: Functor) -> bool:
    """Whether calling the class certainly calls the ``__init__`` or the fields that its parameters are of.

    Nothing is claimed where a metaclass or a ``__new__`` decides, nor of classes with ``run`` or
    ``local_init``: objects of them are what is meant.
    """
    cls = unwrap(functor.facts.functor).target
    if not isinstance(cls, type) or functor.facts.has_run or hasattr(cls, "local_init"):
        return False
    if type(cls).__call__ is not type.__call__ or hasattr(type(cls), "__iter__"):
        return False
    maker, init = _owner(cls, "__new__"), _owner(cls, "__init__")
    if type(vars(init)["__init__"]) is FunctionType:
        return maker is object
    return init is object and (maker is object or {"_fields", "_field_defaults"} <= {*vars(maker)})


def _owner(cls: type, name: str) -> type:
    return next(base for base in cls.__mro__ if name in vars(base))
