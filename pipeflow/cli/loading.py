"""From what is written on the command line, ``module:name``, to a flow. Imports it, runs nothing."""

from __future__ import annotations

import difflib
import importlib
import inspect
import os
import sys
import traceback
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from pipeflow.errors import CompositionError, PipeflowError
from pipeflow.flow import Flow
from pipeflow.graph import Graph, build_graph
from pipeflow.pipes import Pipe
from pipeflow.system import PipeSystem

Loaded = Any
"""A `Flow`, a `Pipe` or a `PipeSystem`."""


class NotLoaded(PipeflowError):
    """There is no flow under that name, or its module can't be imported."""


def load(reference: str) -> Loaded:
    """The flow that ``module:name`` or ``path/to/file.py:name`` stands for.

    The name may be an attribute (dots lead further in), a function without parameters that returns a flow, a
    PipeLine or a PipeSystem. The current folder is importable. What the module or the function prints goes to
    the standard error: it is no result of the command.

    Raises:
        NotLoaded: with what is wrong and what would be there instead.
    """
    module_name, colon, name = reference.rpartition(":")
    if not (module_name and colon and name):
        raise NotLoaded(
            f"{reference!r} names no flow; write  module:name , for instance  mypackage.train:flow"
        )
    with redirect_stdout(sys.stderr):
        return _loaded(module_name, name, reference)


def _loaded(module_name: str, name: str, reference: str) -> Loaded:
    module = _import(module_name)
    value = _attribute(module, name, reference)
    if not _is_flow(value) and callable(value) and not inspect.isclass(value):
        value = _called(value, reference)
    if not _is_flow(value):
        raise NotLoaded(
            f"{reference} is {_described(value)}, no flow; a flow is what  >>  makes, a PipeLine or a "
            f"PipeSystem, or a function that returns one.{_others(module)}"
        )
    return value


def graph_of(loaded: Loaded) -> Graph:
    """The graph of what `load` returned."""
    if isinstance(loaded, PipeSystem):
        return loaded.graph
    return build_graph(loaded)


def _import(name: str) -> Any:
    folder = os.getcwd()
    if name.endswith(".py"):
        path = Path(name)
        if not path.is_file():
            raise NotLoaded(f"there is no file {name}")
        folder, name = str(path.parent.resolve()), path.stem
    if folder not in sys.path:
        sys.path.insert(0, folder)
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and (name == error.name or name.startswith(f"{error.name}.")):
            raise NotLoaded(f"there is no module {name!r} here or among the installed packages") from error
        raise NotLoaded(f"{name!r} can't be imported:\n{_from_there(error)}") from error
    except CompositionError as error:
        raise NotLoaded(f"{name!r} composes what can't be composed:\n{_from_there(error)}") from error
    except (Exception, SystemExit) as error:
        raise NotLoaded(f"{name!r} can't be imported:\n{_from_there(error)}") from error


def _attribute(module: Any, name: str, reference: str) -> Any:
    value = module
    for part in name.split("."):
        try:
            value = getattr(value, part)
        except AttributeError:
            near = difflib.get_close_matches(part, dir(value), n=1)
            hint = f"; did you mean {near[0]!r}?" if near else "."
            raise NotLoaded(f"{reference}: there is no {part!r}{hint}{_others(module)}") from None
    return value


def _called(function: Any, reference: str) -> Any:
    try:
        required = [
            parameter.name
            for parameter in inspect.signature(function).parameters.values()
            if parameter.default is parameter.empty
            and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
        ]
    except (TypeError, ValueError):
        required = []
    if required:
        raise NotLoaded(
            f"{reference} needs arguments ({', '.join(required)}); name a function without, or a flow"
        )
    try:
        return function()
    except (Exception, SystemExit) as error:
        raise NotLoaded(f"{reference} raised when it was called:\n{_from_there(error)}") from error


def _is_flow(value: Any) -> bool:
    return isinstance(value, (Flow, Pipe, PipeSystem)) and not inspect.isclass(value)


def _described(value: Any) -> str:
    if inspect.isclass(value):
        return f"the class {value.__name__}"
    name = type(value).__name__
    return f"{'an' if name[:1] in 'aeiouAEIOU' else 'a'} {name}"


def _others(module: Any) -> str:
    there: dict[str, Any] = module.__dict__
    names = [name for name, value in there.items() if not name.startswith("_") and _is_flow(value)]
    return f" Flows there: {', '.join(names)}" if names else ""


def _from_there(error: BaseException) -> str:
    """The traceback from the user's first line on: ours and importlib's above it say nothing."""
    trace = error.__traceback__
    ours = str(Path(__file__).parent.parent)
    while trace is not None and (
        trace.tb_frame.f_code.co_filename.startswith((ours, "<frozen importlib", importlib.__file__))
    ):
        trace = trace.tb_next
    return "".join(traceback.format_exception(type(error), error, trace)).rstrip()
