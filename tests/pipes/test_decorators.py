"""Decorated functions: pipes that a call configures, and that travel by name."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import cloudpickle
import pytest

import pipeflow as pf
from tests.pipes.decorated import Holder, add, free, pairs, rows, save, scale, three
from tests.pipes.feeding import send, send_joined

# ---------------------------------------------------------------- a pipe


def test_a_decorated_function_is_a_pipe() -> None:
    assert [pipe.kind for pipe in (rows, scale, pairs, save)] == ["Source", "Transform", "Regulator", "Sink"]
    assert isinstance(scale, pf.Transform)
    assert isinstance(three >> scale >> save, pf.ClosedFlow)
    assert (scale.label, save.label, rows.__doc__) == ("scale", "saver", "Rows of a file.")


def test_functor_is_the_plain_function() -> None:
    assert scale.functor(3, factor=2) == 6
    assert list(rows.functor("a", n=2)) == ["a0", "a1"]


def test_options_stand_in_the_brackets() -> None:
    assert add.options.given() == {"n_processes": 2, "ordered": True}
    assert three.total == 3
    assert save.options.ignore_exceptions == (KeyError,)


def test_a_name_said_where_it_is_decorated_is_that_of_every_pipe_made_of_it() -> None:
    flow = three >> (save(path="a") | save(path="b") | save(path="c").with_(name="last"))
    assert flow.check(intent="run").ok
    assert repr(flow).splitlines()[0] == "ClosedFlow three >> (saver | saver | last)"
    assert save.copy(suffix="x").label == "saver_x"
    with pytest.raises(pf.CompositionError, match="a name is a non-empty string, not 3"):
        pf.sink(name=3)(print)  # type: ignore[call-overload]


def test_where_it_was_made_is_where_it_was_decorated() -> None:
    assert scale.place.file.endswith("decorated.py")


# ---------------------------------------------------------------- its settings


def test_a_call_configures_it() -> None:
    assert send(scale(factor=3), [1, 2]) == [3, 6]
    assert send(rows("x", n=2), []) == send(rows(path="x", n=2), []) == ["x0", "x1"]
    assert send(pairs(3), [1, 2, 3]) == [(1, 2, 3)]
    assert send_joined(add(plus=1), [(1, 2)]) == [4]
    assert send(free(a=1, b=2), [0]) == [{"a": 1, "b": 2}]


def test_each_call_is_another_pipe_and_keeps_the_options() -> None:
    double, triple = scale(factor=2), scale(factor=3)
    assert len({scale, double, triple}) == 3
    assert add(plus=1).options.n_processes == 2
    assert send(scale(factor=2).with_(retries=1), [1]) == [2]
    flow = three >> scale(factor=2) >> scale(factor=3) >> save(path="p")
    assert flow.check(intent="run").ok
    assert list((three >> scale(factor=2) >> scale(factor=3)).stream("inline")) == [0, 6, 12]


def test_settings_add_up() -> None:
    assert send(rows("x")(n=1), []) == ["x0"]
    assert scale.with_(ordered=True)(factor=2).options.ordered


WRONG: list[tuple[Callable[[], Any], str]] = [
    (lambda: scale(factr=2), r"\S*decorated\.py:\d+\) has no setting 'factr'. Did you mean 'factor'\?"),
    (lambda: rows(file="x"), "has no setting 'file'. It has: path, n"),
    (lambda: three(n=3), "has no setting 'n'. It has none"),
    (lambda: Holder.nested(x=3), "It has none: settings are keyword-only parameters"),
    (lambda: scale(3), r"scale\(3\): 'scale' is a pipe.* the function itself:  scale\.functor\(\.\.\.\)"),
    (lambda: rows("a", 2, 3), "rows has 2 settings, not 3: path, n"),
    (lambda: rows("a", path="b"), "the setting 'path' was given twice"),
    (lambda: add(), r"Transform 'add' .* needs a value for 'plus': call it first,  add\(plus=\.\.\.\)"),
    (lambda: rows(), "Source 'rows' .* needs a value for 'path'"),
    (lambda: rows >> scale, r"needs a value for 'path': call it first,  rows\(path=\.\.\.\)"),
    (lambda: three >> scale >> (add, scale), "needs a value for 'plus'"),
    (lambda: (three, three) >> add, "needs a value for 'plus'"),
    (lambda: three | rows, "needs a value for 'path'"),
    (lambda: pf.balance(scale, add), "needs a value for 'plus'"),
    (lambda: list(rows), "needs a value for 'path'"),
    (lambda: pf.transform(n_process=3), r"@transform\(n_process=\.\.\.\): .* Did you mean 'n_processes'\?"),
    (lambda: pf.sink(ordered=True), "a Sink has no option 'ordered'"),
    (lambda: pf.transform(dict), r"decorators make pipes of functions.*Transform\.of\(dict, \.\.\.\)$"),
    (lambda: pf.sink(dict), r"decorators make pipes of functions.*Sink\(dict\(\.\.\.\)\) ; .*  local_init$"),
    (lambda: pf.source(dict), r"decorators make pipes of functions.*Source\(dict\(\.\.\.\)\) ;"),
    (lambda: pf.transform(3), "can't be called"),
    (lambda: pf.source(lambda x, /: [x]), "its parameter 'x' has no name to be set by"),
    (lambda: pf.source(lambda *x: [x]), "its parameter 'x' has no name to be set by"),
    (lambda: pf.source(n_processes=2)(lambda: [1]), "a source can't be replicated"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "message"), WRONG)
def test_what_is_refused(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(pf.CompositionError, match=message):
        make()


def test_a_setting_that_is_needed_can_come_later() -> None:
    assert (add * 3).options.n_processes == 3
    assert send_joined((add * 3)(plus=1), [(1, 1)]) == [3]
    assert add.copy("other")(plus=1).label == "other"


# ---------------------------------------------------------------- on its way to a worker


@pytest.mark.parametrize("dumps", [pickle.dumps, cloudpickle.dumps])
@pytest.mark.parametrize("pipe", [scale, scale(factor=2), rows("x"), pairs, save, Holder.nested])
def test_it_travels_by_name(dumps: Callable[[Any], bytes], pipe: Any) -> None:
    data = dumps(pipe)
    assert len(data) < 5_000  # LARGE, in the function's globals, stays where it is
    again = pickle.loads(data)
    assert again == pipe
    assert again.functor is pipe.functor
    assert again.options == pipe.options


def test_a_flow_of_them_travels() -> None:
    flow = rows("x") >> scale(factor=2) * 3 >> save(path="p")
    assert pickle.loads(pickle.dumps(flow)) == flow


def test_a_local_one_travels_by_value() -> None:
    offset = 5

    @pf.transform
    def shift(x: int, *, by: int = 1) -> int:
        return x + by + offset

    again = pickle.loads(cloudpickle.dumps(shift(by=2)))
    assert send(again, [1]) == [8]
