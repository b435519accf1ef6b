"""Types as people write them."""

from __future__ import annotations

import enum
import typing
from types import EllipsisType, NoneType, UnionType
from typing import cast

import typing_extensions

from pipeflow.hints.forms import arguments_of, is_class, is_in, origin_of
from pipeflow.hints.unknown import UNKNOWN

_PLAIN = ("builtins", "typing", "typing_extensions", "collections.abc")
_DEEPEST = 8
_PLAINLY = {
    "_GeneratorContextManager": "AbstractContextManager",
    "_AsyncGeneratorContextManager": "AbstractAsyncContextManager",
}
# Where people import a class from, when that isn't the module that defines it.
_FAMILIAR = {
    "pathlib._local": "pathlib",
    "pandas.core.frame": "pandas",
    "pandas.core.series": "pandas",
    "polars.dataframe.frame": "polars",
    "polars.series.series": "polars",
    "polars.lazyframe.frame": "polars",
    "PIL.Image": "PIL.Image",
}


def show(annotation: object) -> str:
    """The annotation as people write it: ``int``, ``numpy.ndarray``, ``list[int]``, ``str | None``."""
    try:
        return _show(annotation, 0)
    except (Exception, SystemExit):  # noqa: BLE001 - a hostile object must not spoil the message it is named in
        return f"an object of type {type(annotation).__name__}"


def _show(annotation: object, depth: int) -> str:
    if annotation is None or annotation is NoneType:
        return "None"
    if annotation is ... or isinstance(annotation, EllipsisType):
        return "..."
    if annotation is UNKNOWN:
        return "unknown"
    if annotation is typing.Any or annotation is typing_extensions.Any:
        return "Any"
    if depth > _DEEPEST:
        return "..."
    if isinstance(annotation, str):
        return annotation
    if isinstance(annotation, list):
        return "[" + ", ".join(_show(part, depth + 1) for part in cast("list[object]", annotation)) + "]"
    origin, arguments = origin_of(annotation), arguments_of(annotation)
    if origin is not None:
        return _show_generic(annotation, origin, arguments, depth)
    if is_class(annotation):
        return _show_class(annotation)
    return _show_special(annotation)


def _show_generic(annotation: object, origin: object, arguments: tuple[object, ...], depth: int) -> str:
    star = "*" if getattr(annotation, "__unpacked__", False) is True else ""
    return star + _show_subscripted(annotation, origin, arguments, depth)


def _show_subscripted(annotation: object, origin: object, arguments: tuple[object, ...], depth: int) -> str:
    if origin is typing.Union or origin is UnionType:
        ordered = [part for part in arguments if part is not NoneType]
        shown = [_show(part, depth + 1) for part in ordered]
        return " | ".join(shown + ["None"] * (len(ordered) < len(arguments)))
    if origin is typing.Annotated:
        return _show(arguments[0], depth)
    if origin is typing.Literal:
        return "Literal[" + ", ".join(_show_value(value) for value in arguments) + "]"
    name = _array(origin, arguments, depth)
    if name is not None:
        return name
    head = "Callable" if getattr(origin, "__name__", "") == "Callable" else _show(origin, depth + 1)
    if not arguments:
        return f"{head}[()]" if origin is tuple and not is_in(annotation, (typing.Tuple, tuple)) else head  # noqa: UP006
    return f"{head}[" + ", ".join(_show(part, depth + 1) for part in arguments) + "]"


def _array(origin: object, arguments: tuple[object, ...], depth: int) -> str | None:
    """``numpy.ndarray[tuple[Any, ...], dtype[float32]]`` is what ``NDArray[float32]`` really says."""
    if getattr(origin, "__module__", "") != "numpy" or getattr(origin, "__name__", "") != "ndarray":
        return None
    inner = arguments_of(arguments[-1]) if len(arguments) == 2 else ()
    shape = arguments_of(arguments[0]) if arguments else ()
    if len(inner) == 1 and (not shape or (len(shape) == 2 and shape[1] is ...)):
        return f"NDArray[{_show(inner[0], depth + 1)}]"
    return None


def _show_value(value: object) -> str:
    return f"{type(value).__name__}.{value.name}" if isinstance(value, enum.Enum) else repr(value)


def _show_class(cls: type) -> str:
    module = _FAMILIAR.get(cls.__module__, cls.__module__)
    name = cls.__qualname__.rpartition("<locals>.")[2]
    name = _PLAINLY.get(name, name)
    if module in _PLAIN or module == "__main__" or "<locals>" in cls.__qualname__:
        return name
    root, _, rest = module.partition(".")
    if rest.startswith("_"):
        module = root  # a private module is where the class lives, not where people import it from
    return f"{module}.{name}"


def _show_special(annotation: object) -> str:
    reference = getattr(annotation, "__forward_arg__", None) or getattr(annotation, "text", None)
    if isinstance(reference, str):
        return reference
    name = getattr(annotation, "__name__", None) or getattr(annotation, "_name", None)
    if isinstance(name, str):
        return name
    text = repr(annotation)
    for module in ("typing_extensions.", "typing.", "collections.abc."):
        text = text.replace(module, "")
    return text
