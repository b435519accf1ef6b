"""How something is called: the parameters of functions and callable objects, and whether one fits another."""

from __future__ import annotations

import inspect
from collections.abc import Coroutine, Iterator, Mapping
from dataclasses import dataclass
from types import FunctionType
from typing import Any, cast

from pipeflow.hints.decorated import overloads_of
from pipeflow.hints.forms import CALLABLE, arguments_of, is_in, origin_of
from pipeflow.hints.raw import ARGS, EITHER, KEYWORD, KWARGS, POSITIONAL_ONLY, RawParameter
from pipeflow.hints.rebuilding import subscribe, substitute, variables
from pipeflow.hints.relation.outcome import Outcome, Rank, all_of, letter, mismatch
from pipeflow.hints.relation.walk import Walk
from pipeflow.hints.signatures import Reader
from pipeflow.hints.unknown import UNKNOWN
from pipeflow.hints.unwrapping import Call
from pipeflow.hints.wrapping.signatures import called


@dataclass(frozen=True)
class Argument:
    """One parameter."""

    name: str
    annotation: object = UNKNOWN
    kind: Any = POSITIONAL_ONLY
    has_default: bool = False


@dataclass(frozen=True)
class Signature:
    """All parameters in order, and the result. ``anything`` is the ``...`` of ``Callable[..., X]``."""

    arguments: tuple[Argument, ...]
    returns: object
    anything: bool = False

    @property
    def by_position(self) -> list[Argument]:
        """Those that can be passed by position."""
        return [each for each in self.arguments if each.kind in (POSITIONAL_ONLY, EITHER)]

    @property
    def by_keyword(self) -> dict[str, Argument]:
        """Those that can be passed only by name."""
        return {each.name: each for each in self.arguments if each.kind is KEYWORD}

    def rest(self, kind: Any) -> Argument | None:
        """The ``*args`` or ``**kwargs``."""
        return next((each for each in self.arguments if each.kind is kind), None)

    @property
    def takes_anything(self) -> bool:
        """Whether it is ``...``, or ``*args`` and ``**kwargs`` of no known type, which means the same."""
        if self.anything:
            return True
        rest, named = self.rest(ARGS), self.rest(KWARGS)
        return (
            rest is not None
            and named is not None
            and not self.by_position
            and not self.by_keyword
            and is_in(rest.annotation, (UNKNOWN, Any))
            and is_in(named.annotation, (UNKNOWN, Any))
        )


def of_callable(parameters: tuple[object, ...] | None, returns: object) -> Signature:
    """The signature that ``Callable[[...], X]`` says."""
    if parameters is None:
        return Signature((), returns, anything=True)
    return Signature(tuple(Argument("", each) for each in parameters), returns)


def of_function(call: Call, mapping: Mapping[Any, object]) -> Signature | None:
    """The signature of a function, without what it is given already; None when it can't be read."""
    function = call.function()
    found = None if function is None else called(function, call)
    if found is None or overloads_of(found.source):
        return None
    reader, raw, inner = Reader(found.source, call.owner), found.signature, found.form_from
    parameters = raw.parameters
    whole = dict(mapping)
    if call.skip and parameters:
        whole.update(_self_binding(reader(parameters[0].annotation), mapping))

    def read(annotation: object) -> object:
        resolved = reader(annotation)
        own = {variable: UNKNOWN for variable in variables(resolved) if variable not in whole}
        return substitute(resolved, {**own, **whole})

    passed_on = [each for each in parameters if type(each.annotation).__name__ == "ParamSpecArgs"] or [
        each for each in parameters if each.kind is ARGS and str(each.annotation).endswith(".args")
    ]
    arguments = tuple(_arguments(parameters, call, read))
    if passed_on:
        return _of_param_spec(
            arguments, read, passed_on[0].annotation, _result(inner, read(raw.returns)), reader
        )
    return Signature(arguments, _result(inner, read(raw.returns)))


def _of_param_spec(
    arguments: tuple[Argument, ...], read: Any, annotation: object, returns: object, reader: Reader
) -> Signature:
    """``*args: P.args, **kwargs: P.kwargs``, as far as it is known what ``P`` is."""
    spec = getattr(reader(annotation), "__origin__", None)
    known = read(spec)
    own = tuple(each for each in arguments if each.kind not in (ARGS, KWARGS))
    if origin_of(known) is not CALLABLE:
        return Signature(own, returns, anything=True)
    parameters = arguments_of(known)[0]
    if not isinstance(parameters, list):
        return Signature(own, returns, anything=True)
    return Signature((*own, *(Argument("", each) for each in cast("list[object]", parameters))), returns)


def _self_binding(annotation: object, mapping: Mapping[Any, object]) -> dict[Any, object]:
    """``def twin(self: V) -> V``: the older way to write Self."""
    found = variables(annotation)
    mine = next((value for key, value in mapping.items() if getattr(key, "__name__", "") == "Self"), None)
    return {annotation: mine} if mine is not None and len(found) == 1 and found[0] is annotation else {}


def _arguments(parameters: tuple[RawParameter, ...], call: Call, read: Any) -> Iterator[Argument]:
    skip = call.skip
    for parameter in parameters:
        if skip and parameter.kind in (POSITIONAL_ONLY, EITHER):
            skip -= 1
            continue
        given = parameter.name in call.keywords
        has_default = given or parameter.has_default
        name, kind = parameter.name, parameter.kind
        if kind is EITHER and name.startswith("__") and not name.endswith("__"):
            kind = POSITIONAL_ONLY  # the older way to write "by position only"
        yield Argument(name, read(parameter.annotation), kind, has_default)


def _result(function: FunctionType, returns: object) -> object:
    flags = function.__code__.co_flags
    if flags & inspect.CO_COROUTINE:
        return subscribe(Coroutine, (Any, Any, returns))
    return returns


def fits(walk: Walk, given: Signature, taken: Signature, written: object) -> Outcome:
    """Whether what has the signature ``given`` can be called in every way that ``taken`` promises."""
    result = _returns(walk, given.returns, taken.returns)
    if given.takes_anything or taken.takes_anything:
        return result
    return all_of(
        (result, *_by_position(walk, given, taken, written), *_by_name(walk, given, taken, written))
    )


def _returns(walk: Walk, given: object, taken: object) -> Outcome:
    """A result that nobody expects harms nobody: into ``-> None`` it is wrong only by the letter."""
    outcome = walk.relate(given, taken)
    if outcome.rank is Rank.MISMATCH and (taken is None or taken is type(None)):
        return letter("the result {} is not None", given)
    return outcome


def _by_position(walk: Walk, given: Signature, taken: Signature, written: object) -> Iterator[Outcome]:
    own, wanted = given.by_position, taken.by_position
    rest = given.rest(ARGS)
    for i, argument in enumerate(wanted):
        if i >= len(own):
            if rest is None:
                yield mismatch("{} takes " + _count(len(own)) + ", not " + str(len(wanted)), written)
                return
            yield _passed(walk, argument, rest)
            if argument.kind is EITHER and given.rest(KWARGS) is None:
                yield letter("{} has no parameter called " + argument.name, written)
            continue
        mine = own[i]
        if argument.has_default and not mine.has_default:
            yield letter("{} can't be called without " + (mine.name or "an argument"), written)
        if argument.kind is EITHER and (mine.kind is not EITHER or mine.name != argument.name):
            yield letter("{} has no parameter called " + argument.name, written)
        yield _passed(walk, argument, mine)
    yield from _left_over(walk, own[len(wanted) :], given, taken, written)


def _left_over(
    walk: Walk, own: list[Argument], given: Signature, taken: Signature, written: object
) -> Iterator[Outcome]:
    """Parameters that the caller doesn't fill by position, and its ``*args``."""
    spread = taken.rest(ARGS)
    rest = given.rest(ARGS)
    for mine in own:
        if spread is not None:
            yield _passed(walk, spread, mine)
        named = taken.by_keyword.get(mine.name) if mine.kind is EITHER else None
        if named is not None:
            yield _passed(walk, named, mine)
        if not mine.has_default and (named is None or named.has_default):
            yield mismatch("{} needs the argument " + (mine.name or "that nobody gives"), written)
    if spread is not None:
        if rest is None:
            yield letter("{} doesn't take any number of arguments", written)
        else:
            yield _passed(walk, spread, rest)


def _by_name(walk: Walk, given: Signature, taken: Signature, written: object) -> Iterator[Outcome]:
    own, wanted = given.by_keyword, taken.by_keyword
    either = {each.name: each for each in given.by_position if each.kind is EITHER}
    rest, spread = given.rest(KWARGS), taken.rest(KWARGS)
    for name, argument in wanted.items():
        mine = own.get(name)
        if mine is not None:
            yield _passed(walk, argument, mine)
            if argument.has_default and not mine.has_default:
                yield letter("{} can't be called without " + name, written)
        elif rest is not None:
            yield _passed(walk, argument, rest)
        elif name not in either:
            yield mismatch("{} has no parameter called " + name, written)
    for name, mine in own.items():
        if name not in wanted and not mine.has_default and spread is None:
            yield mismatch("{} needs the keyword argument " + name, written)
        if name not in wanted and spread is not None:
            yield _passed(walk, spread, mine)
    if spread is not None:
        yield (
            letter("{} doesn't take any keyword", written) if rest is None else _passed(walk, spread, rest)
        )


def _passed(walk: Walk, argument: Argument, mine: Argument) -> Outcome:
    """What the caller passes must be taken."""
    return walk.relate_back(argument.annotation, mine.annotation)


def _count(n: int) -> str:
    return "1 argument" if n == 1 else f"{n} arguments"
