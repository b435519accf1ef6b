"""Which names an annotation can mean: those visible where its function or class was defined."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from types import CodeType, FunctionType
from typing import cast

from pipeflow.hints.forms import is_class
from pipeflow.hints.type_checking import imported_for_types

Names = Mapping[str, object]


@dataclass(frozen=True, eq=False)
class Scope:
    """The names visible at one place, innermost first.

    Class bodies come last although Python looks there first: a method named ``list`` must not capture
    the ``list`` of an annotation, and a nested class is found all the same.
    """

    layers: tuple[Names, ...] = ()
    module: str | None = None
    resolving: tuple[str, ...] = ()
    identity: Hashable = None  # the same for scopes in which every name means the same

    def find(self, name: str) -> object:
        """The object of that name, or UNKNOWN."""
        for layer in self.layers:
            if name in layer:
                return layer[name]
        if name in vars(builtins):
            return cast("object", vars(builtins)[name])
        return imported_for_types(self.module, name)

    def inside(self, text: str) -> Scope:
        """The same scope while ``text`` is being resolved, so that a recursive alias is noticed."""
        return Scope(self.layers, self.module, (*self.resolving, text), self.identity)

    def afresh(self) -> Scope:
        """The same scope with nothing being resolved."""
        return replace(self, resolving=())


def scope_of_function(function: FunctionType, owner: type | None = None) -> Scope:
    """The scope of a function's annotations: closure, module, then the class that owns it."""
    layers: list[Names] = [function.__globals__]
    closure = _closure(function.__code__, function)
    if closure:
        layers.insert(0, closure)
    parameters = _parameters_by_name(getattr(function, "__type_params__", None))
    if parameters:
        layers.insert(0, parameters)
    if owner is not None:
        layers.append(_class_names(owner))
    module = function.__globals__.get("__name__")
    name = module if isinstance(module, str) else None
    return Scope(tuple(layers), name, identity=("function", id(function), id(owner)))


def scope_of_class(cls: type) -> Scope:
    """The scope of the annotations in a class body."""
    outer = scope_of_module(cls.__module__)
    return replace(outer, layers=(*outer.layers, _class_names(cls)), identity=("class", id(cls)))


def scope_of_module(name: object) -> Scope:
    """The scope of a module's own names; an empty one when it isn't loaded (or isn't a name at all)."""
    module = sys.modules.get(name) if isinstance(name, str) else None
    if module is None or not isinstance(name, str):
        return Scope()
    return Scope((vars(module),), name, identity=name)


def _class_names(cls: type) -> Names:
    names: dict[str, object] = {cls.__name__: cls}
    names.update(_parameters_by_name(vars(cls).get("__type_params__")))
    names.update({key: value for key, value in vars(cls).items() if is_class(value)})
    return names


def _parameters_by_name(parameters: object) -> dict[str, object]:
    """The parameters of ``def f[T]`` or ``class C[T]``, which are visible in their annotations."""
    if not isinstance(parameters, tuple):
        return {}
    return {str(getattr(each, "__name__", "")): each for each in cast("tuple[object, ...]", parameters)}


def _closure(code: CodeType, function: FunctionType) -> Names:
    names: dict[str, object] = {}
    for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=False):
        try:
            names[name] = cell.cell_contents
        except ValueError:  # the enclosing function has not set it yet
            continue
    return names
