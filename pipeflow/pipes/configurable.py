"""Configurable: a pipe made of a decorated function. Calling it gives its settings values."""

from __future__ import annotations

import difflib
import importlib
import inspect
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from typing_extensions import Self

from pipeflow.errors import CompositionError
from pipeflow.pipes._base import Pipe

_NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


class Configurable(Pipe):
    """A decorated function: ``.functor`` is the plain function, a call makes a pipe with other settings.

    Settings are the keyword-only parameters of a function that receives items by position, and all parameters
    of one that doesn't (a source, a regulator). They are kept as ``init_kwargs``.
    """

    settings_are_keywords: ClassVar[bool] = True
    """Items come by position; only keyword-only parameters are settings."""

    own_name = ""
    """The name said where the function was decorated: that of every pipe made of it, so it is made unique."""

    @property
    def label(self) -> str:
        """The given name, else the one said where the function was decorated, else the function's."""
        if self.given_name is None and self.own_name:
            return self.own_name + self._suffix
        return super().label

    def check_functor(self) -> None:
        """A function whose settings can all be given by name."""
        super().check_functor()
        if inspect.isclass(self.functor):
            name = self.functor.__name__
            built = "what it is to build inside each worker it builds in its  local_init"
            if self.kind == "Transform":
                built = f"for one that is built inside each worker  Transform.of({name}, ...)"
            raise CompositionError(
                f"{self.label_with_place}: decorators make pipes of functions. For an object of a class "
                f"write  {self.kind}({name}(...)) ; {built}"
            )
        if not self.settings_are_keywords:
            for parameter in inspect.signature(self.functor).parameters.values():
                if parameter.kind is parameter.POSITIONAL_ONLY or parameter.kind is parameter.VAR_POSITIONAL:
                    raise CompositionError(
                        f"{self.label_with_place}: its parameter {parameter.name!r} has no name to be set "
                        "by. Settings of a decorated function are ordinary or keyword-only parameters"
                    )

    if not TYPE_CHECKING:  # the decorators say which settings there are

        def __call__(self, *args: Any, **settings: Any) -> Self:
            """A new pipe of the same function with these settings.

            Raises:
                CompositionError: for a setting it doesn't have, or when one that it needs is missing.
            """
            given = {**(self.options.init_kwargs or {}), **self._by_name(args, settings)}
            twin = self._twin()
            twin.options = replace(self.options, init_kwargs=given)
            if twin.lacks:
                raise CompositionError(twin.lacks)
            return twin

    @property
    def lacks(self) -> str:
        """Which settings have no value yet."""
        given: Mapping[str, Any] = self.options.init_kwargs or {}
        missing = [
            name
            for name, parameter in self._settings().items()
            if parameter.default is parameter.empty and parameter.kind in _NAMED and name not in given
        ]
        if not missing:
            return ""
        example = ", ".join(f"{name}=..." for name in missing)
        return (
            f"{self.label_with_place} needs a value for {' and '.join(map(repr, missing))}: "
            f"call it first,  {self.label}({example})"
        )

    def _settings(self) -> dict[str, inspect.Parameter]:
        parameters = inspect.signature(self.functor).parameters
        if not self.settings_are_keywords:
            return dict(parameters)
        by_name = (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.VAR_KEYWORD)
        return {name: parameter for name, parameter in parameters.items() if parameter.kind in by_name}

    def _by_name(self, args: tuple[Any, ...], settings: Mapping[str, Any]) -> dict[str, Any]:
        known = self._settings()
        names = [name for name, parameter in known.items() if parameter.kind in _NAMED]
        if args and self.settings_are_keywords:
            call = f"{self.label}({', '.join(map(repr, args))})"
            raise CompositionError(
                f"{call}: {self.label!r} is a pipe, its items come through >> and its settings by name. "
                f"To call the function itself:  {self.label}.functor(...)"
            )
        if len(args) > len(names):
            raise CompositionError(
                f"{self.label} has {len(names)} settings, not {len(args)}: {', '.join(names)}"
            )
        given = dict(zip(names, args, strict=False))
        takes_any = any(parameter.kind is parameter.VAR_KEYWORD for parameter in known.values())
        for name in settings:
            if name in given:
                raise CompositionError(f"{self.label}: the setting {name!r} was given twice")
            if name not in names and not takes_any:
                raise CompositionError(self._no_such_setting(name, names))
        return {**given, **settings}

    def _no_such_setting(self, name: str, names: list[str]) -> str:
        near = difflib.get_close_matches(name, names, 1)
        meant = f" Did you mean {near[0]!r}?" if near else ""
        has = f"It has: {', '.join(names)}" if names else "It has none: settings are keyword-only parameters"
        if not self.settings_are_keywords and not names:
            has = "It has none"
        return f"{self.label_with_place} has no setting {name!r}.{meant} {has}"

    def __reduce__(self) -> tuple[Any, ...]:
        restore, (state,) = super().__reduce__()
        where = _importable(self.functor)
        if where is None:
            return (restore, (state,))
        # By name: the function's own module attribute is this pipe, and its globals shall not travel.
        return (_by_reference, (type(self), {**state, "functor": None}, *where))


def _importable(functor: Callable[..., Any]) -> tuple[str, str] | None:
    """The module and qualified name where a decorated function can be found again."""
    module, name = getattr(functor, "__module__", None), getattr(functor, "__qualname__", "<locals>")
    if module is None or module == "__main__" or module not in sys.modules or "<locals>" in name:
        return None
    found = _look_up(sys.modules[module], name)
    return (module, name) if isinstance(found, Configurable) and found.functor is functor else None


def _look_up(module: Any, qualname: str) -> Any:
    found = module
    for name in qualname.split("."):
        found = getattr(found, name, None)
    return found


def _by_reference(kind: type[Pipe], state: dict[str, Any], module: str, qualname: str) -> Pipe:
    decorated = _look_up(importlib.import_module(module), qualname)
    return kind.restored({**state, "functor": decorated.functor})
