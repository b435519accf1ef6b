from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeflow.graph import Key, Part
from pipeflow.pipes.switch import Chosen
from pipeflow.runtime.routing import Router, RoutingError

WHOLE = ()


def routed(router: Router, value):
    given_, missed = [], []
    router.deliver(value, given_, missed)
    return given_, missed


def test_one_output_is_simple() -> None:
    assert Router([(0, [WHOLE])]).simple == 0
    assert Router([(3, [WHOLE])]).simple == 3
    assert Router([(0, [WHOLE]), (1, [WHOLE])]).simple is None
    assert Router([(0, [(Part(0, 1),)])]).simple is None


@given(st.lists(st.one_of(st.none(), st.integers()), min_size=1, max_size=4), st.booleans())
def test_parts_go_to_their_ports_and_none_goes_nowhere(values, as_list) -> None:
    count = len(values)
    ports = frozenset(range(count))
    router = Router([(n, [(Part(n, count),)]) for n in range(count)], tagged=ports)
    delivered, missed = routed(router, values if as_list else tuple(values))
    assert delivered == [(n, value) for n, value in enumerate(values) if value is not None]
    assert missed == [n for n, value in enumerate(values) if value is None]


@pytest.mark.parametrize("value", [(1,), (1, 2, 3), 5, "ab", {1, 2}])
def test_what_does_not_fit_the_brackets_is_an_error(value) -> None:
    router = Router([(0, [(Part(0, 2),)]), (1, [(Part(1, 2),)])])
    with pytest.raises(RoutingError, match=r"round brackets|parts"):
        routed(router, value)


def test_brackets_in_brackets() -> None:
    inner = [(Part(1, 2), Part(0, 2)), (Part(1, 2), Part(1, 2))]
    router = Router([(0, [(Part(0, 2),)]), (1, [inner[0]]), (2, [inner[1], WHOLE])])
    delivered, _ = routed(router, ("a", ("b", "c")))
    assert sorted(delivered, key=str) == sorted(
        [(0, "a"), (1, "b"), (2, "c"), (2, ("a", ("b", "c")))], key=str
    )


def choice(tagged=frozenset(), default=None) -> Router:
    return Router([(0, [(Key("x"),)]), (1, [(Key(2),)])], tagged, default)


def test_a_choice_goes_to_its_branch_alone() -> None:
    assert routed(choice(), Chosen("x", "item")) == ([(0, "item")], [])
    assert routed(choice(), Chosen(2, "item")) == ([(1, "item")], [])
    assert routed(choice(default="x"), Chosen("?", "item")) == ([(0, "item")], [])


@pytest.mark.parametrize(("key", "text"), [("?", "no branch"), ([], "hashed")])
def test_a_key_without_a_branch_is_an_error(key, text) -> None:
    with pytest.raises(RoutingError, match=text):
        routed(choice(), Chosen(key, "item"))


def test_of_a_choice_one_port_is_enough_to_miss_an_item() -> None:
    assert choice(frozenset({0, 1})).miss() == [0]
    copies = Router([(0, [WHOLE]), (1, [WHOLE])], frozenset({0, 1}))
    assert list(copies.miss()) == [0, 1]
    assert routed(choice(frozenset({1})), Chosen("x", "item")) == ([(0, "item")], [1])
