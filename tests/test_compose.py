"""What the operators make of their operands, and what they refuse."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pipeflow as pf
from tests.wiring import wiring


def f(x: int) -> int:
    return x


def f2(x: int, y: int) -> int:
    return x + y


def generate(x: int) -> Iterator[int]:
    yield x


def new() -> tuple[Any, ...]:
    """A source, three transforms, a sink and a switch, each named for itself."""
    pipes = [pf.Transform(f, name) for name in "abc"]
    return pf.Source([1], "src"), *pipes, pf.Sink(f, "k"), pf.Switch(f, "sw")


SRC, A, B, C, K, SW = new()
LOOP = pf.Feedback(init=[1], name="loop")


# ---------------------------------------------------------------- what is refused

HERE = r"\S*test_compose\.py:\d+"

REFUSED: list[tuple[str, Callable[[], Any], str]] = [
    (
        "a list",
        lambda: SRC >> [A, B],
        r"the list \[.*a list is ambiguous.*a \| b.*\(a, b\).*balance\(a, b\).*Source",
    ),
    ("a set", lambda: SRC >> {A, B}, "a set is ambiguous"),
    (
        "a generator function",
        lambda: SRC >> generate,
        r"Regulator\(generate\)(.|\n)*flat_map\(generate\)(.|\n)*Source\(",
    ),
    (
        "a generator function in a partial",
        lambda: SRC >> functools.partial(generate),
        "can mean three things",
    ),
    ("a generator function in brackets", lambda: A >> (generate, B), "can mean three things"),
    ("a number", lambda: SRC >> 3, r">> 3 \(int\): a number is no pipe; replicas are written  pipe \* 3"),
    ("None", lambda: SRC >> None, r"to throw items away write  Discard\(\)"),
    ("text", lambda: SRC >> "abc", r">> 'abc' \(str\): data becomes a pipe with  Source\(data\)"),
    ("an object", lambda: SRC >> object(), "only pipes and flows can be composed"),
    ("data on the left", lambda: [1, 2] >> A, r"Source\(\[\.\.\.\]\)  for data"),
    ("a range on the left", lambda: range(3) >> A, r"data becomes a pipe with  Source\(data\)"),
    ("a function on the left", lambda: f >> A, r"the function f >> \.\.\.: .*Source\(f\) if it makes items"),
    (
        "a sink in the middle",
        lambda: SRC >> K >> A,
        rf"src >> k has no open output.*Sink 'k' \(created at {HERE}\) ends its chain.*use Transform instead",
    ),
    (
        "a sink first",
        lambda: K >> A,
        rf"Sink 'k' \(created at {HERE}\) has no open output.*use Transform instead",
    ),
    (
        "a loop in the middle",
        lambda: SRC >> A >> LOOP >> B,
        (
            r"src >> a >> loop has no open output, so nothing can follow it: Feedback 'loop' "
            rf"\(created at {HERE}\) on the right of >> takes items back and gives none. "
            r"What it gives stands on the left:  "
            r"\(src >> a \| loop\) >> \.\.\. >> loop$"
        ),
    ),
    (
        "a loop of several",
        lambda: (SRC | pf.Source([1], "s2")) >> LOOP >> B,
        r"on the left:  \(src \| s2 \| loop\) >> \.\.\. >> loop$",
    ),
    (
        "a loop that is closed",
        lambda: (SRC | LOOP) >> A >> LOOP >> B,
        r"takes items back and gives none. To send items on as well write  \.\.\. >> \(loop \| next_pipe\)$",
    ),
    (
        "loops in brackets",
        lambda: SRC >> A >> (LOOP, pf.Feedback(init=[1], name="other")) >> B,
        r"Feedback 'other' .* on the left:  \(my_source \| other\) >> \.\.\. >> other$",
    ),
    ("a loop and a sink", lambda: (SRC >> LOOP | K) >> B, "Sink 'k' .*ends its chain"),
    ("a source last", lambda: A >> SRC, rf"Source 'src' \(created at {HERE}\) has no open input.*a \| b"),
    ("empty brackets", lambda: A >> (), r"round brackets with 0 parts"),
    ("one in brackets", lambda: A >> (B,), r"round brackets with 1 part:.*leave the comma out"),
    ("one in brackets on the left", lambda: (A,) >> B, r"round brackets with 1 part"),
    ("empty curly brackets", lambda: SW >> {}, "empty curly brackets: name a branch for each key"),
    (
        "a source as a branch",
        lambda: A >> (B, SRC),
        rf"position 1 .*Source 'src' \(created at {HERE}\), has no open input",
    ),
    (
        "a source behind a key",
        lambda: SW >> {"x": SRC},
        r"branch 'x' of the curly brackets, Source 'src'.*Discard\(\)",
    ),
    ("None as a branch", lambda: A >> (B, None), r"write  Discard\(\)"),
    ("a sink to be joined", lambda: (A, K) >> B, r"position 1 .*Sink 'k'.* has no open output to be joined"),
    ("a function to be joined", lambda: (A, f) >> B, r"the function f in round brackets"),
    (
        "keys without a switch",
        lambda: A >> {1: B},
        r"Transform 'a' .*is not a Switch.*>> a >> Switch\(fn\) >>",
    ),
    ("a switch without keys", lambda: SW >> A, r"Switch 'sw' .*curly brackets must follow.*not a"),
    ("a switch in the middle of lanes", lambda: (A | SW) >> {1: B}, "Transform 'a' .*is not a Switch"),
    (
        "a function beside",
        lambda: SRC | f,
        r"Source 'src' .* \| the function f: .*Transform\(f\) or Sink\(f\)",
    ),
    ("a function beside, left", lambda: f | SRC, "the function f | Source 'src'"),
    ("brackets beside", lambda: SRC | (A, B), r"round and curly brackets only stand beside >>"),
    ("a dict beside", lambda: {1: A} | SRC, r"round and curly brackets only stand beside >>"),
    (
        "mixed brackets",
        lambda: (SRC >> (A, B)) | C,
        r"one side ends in round brackets.*\(x >> \(b, c\) >> z\) \| d",
    ),
    ("mixed brackets, turned", lambda: C | (SRC >> (A, B)), "one side ends in round brackets"),
    (
        "two streams",
        lambda: SRC >> pf.Stream("p") >> pf.Stream("q"),
        r"two streams in a row; put a pipe between",
    ),
    (
        "two streams, grouped",
        lambda: (SRC >> pf.Stream("p")) >> (pf.Stream("q") >> A),
        "two streams in a row",
    ),
    (
        "two streams, nothing else",
        lambda: pf.Stream("p") >> pf.Stream("q"),  # type: ignore[operator]
        r"Stream\('p'\) >> Stream\('q'\): two streams in a row",
    ),
    (
        "a bound for a name",
        lambda: SRC >> pf.Stream(64) >> A,  # type: ignore[arg-type]
        r"Stream\(64\) \(created at .*test_compose.*\): .* a text, not 64; did you mean  Stream\(buffer_",
    ),
    (
        "a stream without a name",
        lambda: pf.Stream("") >> A,
        r"must be a text, not ''; such as  Stream\(\"raw\"\)",
    ),
    (
        "a flag for a name",
        lambda: pf.Stream(True) >> A,  # type: ignore[arg-type]
        r"must be a text, not True; such as  Stream\(\"raw\"",
    ),
    (
        "a list into a stream",
        lambda: [SRC, A] >> pf.Stream("p"),  # type: ignore[operator]
        "a list is ambiguous here",
    ),
    (
        "a number behind a stream",
        lambda: pf.Stream("p") >> 3,  # type: ignore[operator]
        r"3 \(int\): a number is no pipe",
    ),
    ("a stream behind a sink", lambda: K >> pf.Stream("p"), r"Sink 'k' .*Stream\('p'\) can't follow it"),
    (
        "a stream before a source",
        lambda: pf.Stream("p") >> SRC,
        r"Source 'src' .*Stream\('p'\) can't lead to it",
    ),
    (
        "workers of a flow",
        lambda: (A >> B) * 3,
        r"a >> b \* 3: only a single pipe can have replicas.*a \* 3 >> b \* 3",
    ),
    (
        "no workers",
        lambda: A * 0,
        rf"Transform 'a' \(created at {HERE}\) \* 0: .*whole number of workers, at least 1",
    ),
    ("half a worker", lambda: A * 1.5, r"\* 1\.5"),
    ("True workers", lambda: A * True, r"\* True"),
    (
        "workers of a source",
        lambda: SRC * 2,
        rf"Source 'src' \(created at {HERE}\) \* 2: .*\(s1 \| s2\) .*work \* 3",
    ),
    (
        "workers of a regulator",
        lambda: pf.Regulator(generate) * 2,
        "keeps what it has received between items",
    ),
    ("workers of a loop", lambda: pf.Feedback(init=[1]) * 2, "one place where a loop's items wait"),
    ("workers of a join", lambda: 2 * pf.Join(), "pairs all items in one place"),
    ("truth", lambda: bool(SRC >> A), "a Flow has no truth value"),
    ("and", lambda: SRC and A, "a Flow has no truth value"),
    ("not", lambda: not A, "a Flow has no truth value"),
    ("in", lambda: A in (SRC >> A), "'in' would run the Flow"),
    ("unpacking", lambda: unpack(SRC), "can't be unpacked into names"),
    ("star unpacking", lambda: star_unpack(SRC), "can't be unpacked into names"),
]


def unpack(flow: Any) -> Any:
    one, two = flow
    return one, two


def star_unpack(flow: Any) -> Any:
    one, *rest = flow
    return one, rest


@pytest.mark.parametrize(
    ("make", "message"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
def test_what_is_refused_says_why_and_what_to_write(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(pf.CompositionError) as refusal:
        make()
    assert re.search(message, str(refusal.value)), refusal.value


def test_a_user_repr_that_fails_hides_no_message() -> None:
    class Odd:
        def __repr__(self) -> str:
            raise RuntimeError

    with pytest.raises(pf.CompositionError, match="<Odd>"):
        SRC >> Odd()


def test_strangers_that_reflect_the_operator_are_asked() -> None:
    class Stranger:
        def __rrshift__(self, other: Any) -> str:
            return "mine"

        def __ror__(self, other: Any) -> str:
            return "mine too"

    assert SRC >> Stranger() == "mine"
    assert SRC | Stranger() == "mine too"


def test_numpy_on_the_left_does_not_broadcast_into_us() -> None:
    import numpy as np

    for operate in (
        lambda: np.arange(3) >> A,
        lambda: np.arange(3) | A,
        lambda: A >> np.arange(3),
        lambda: A | np.arange(3),
    ):
        with pytest.raises((pf.CompositionError, TypeError)):
            operate()
    assert ((np.int64(3) * A).options.n_processes, (A * np.int64(3)).options.n_processes) == (3, 3)


# ---------------------------------------------------------------- what is made


def test_the_shape_is_that_of_the_open_ends() -> None:
    assert [type(x) for x in (SRC >> A, A >> B, A >> K, SRC >> A >> K)] == [
        pf.OutFlow, pf.ThroughFlow, pf.InFlow, pf.ClosedFlow,
    ]  # fmt: skip
    assert type(SRC | A) is pf.ThroughFlow
    assert type(SRC >> K | A) is pf.ThroughFlow
    assert type((SRC, A) >> B) is pf.ThroughFlow
    assert type((SRC, SRC) >> B) is pf.OutFlow
    assert type(A >> (K, B)) is pf.ThroughFlow


def test_operators_change_nothing() -> None:
    before = (SRC.expression, A.expression, A.options, repr(SRC), repr(A))
    SRC >> A * 3 >> (B | C) >> K
    assert (SRC.expression, A.expression, A.options, repr(SRC), repr(A)) == before


def test_a_bare_function_is_a_new_transform_each_time() -> None:
    flow = SRC >> f >> f >> (lambda x: x) >> K
    assert wiring(flow) == {"src -> f", "f -> f_2", "f_2 -> Transform", "Transform -> k"}
    assert wiring(SRC >> pf.Transform(f2, "split") >> (f, print)) == {
        "src -> split", "split.0 -> f", "split.1 -> print", "f -> ?", "print -> ?",
    }  # fmt: skip


def test_an_object_with_run_is_a_functor() -> None:
    class Scale:
        def run(self, x: int) -> int:
            return x

    assert wiring(SRC >> Scale()) == {"src -> Scale", "Scale -> ?"}


def test_a_star_is_the_same_node() -> None:
    assert A * 3 == A
    assert (A * 3).options.n_processes == 3
    assert A.options.n_processes is None
    assert wiring(SRC >> A * 3 >> K) == wiring(SRC >> A >> K)


def test_precedence_is_pythons() -> None:
    assert wiring(SRC >> A >> K) == wiring(SRC >> (A >> K))
    two = SRC >> A >> K | pf.Source([1], "s2") >> B >> pf.Sink(f, "k2")
    assert wiring(two) == {"src -> a", "a -> k", "s2 -> b", "b -> k2"}


def test_a_stream_names_and_bounds_the_edge() -> None:
    stream = pf.Stream("raw", buffer_size=7)
    for flow in (SRC >> stream >> A, SRC >> (stream >> A)):
        found = [data for _, data in flow.graph.nodes(data=True) if data["kind"] == "stream"]
        assert ("raw", 7) in [(data["name"], data["buffer_size"]) for data in found]
    assert isinstance(SRC >> stream, pf.OutFlow)
    assert isinstance(stream >> A, pf.ThroughFlow)


def test_brackets_on_either_side_of_a_stream() -> None:
    second, stream = pf.Source([2], "s2"), pf.Stream("pairs", buffer_size=7)
    joined = (SRC, second) >> stream >> C
    assert wiring(joined) == wiring((SRC, second) >> C)
    bounds = [data["buffer_size"] for _, data in joined.graph.nodes(data=True) if data["kind"] == "stream"]
    assert bounds.count(7) == 2, "one for each argument"
    assert wiring(SRC >> (stream >> (A, B))) == wiring(SRC >> (A, B))
    assert wiring(SRC >> SW >> (stream >> {1: A, 2: B})) == wiring(SRC >> SW >> {1: A, 2: B})
    assert wiring(SRC >> SW >> ({1: A, 2: B} >> stream)) == wiring(SRC >> SW >> {1: A, 2: B})


def test_a_switch_through_a_stream() -> None:
    flow = SRC >> SW >> pf.Stream("s") >> {1: A, 2: B}
    assert wiring(flow) == {"src -> sw", "sw[1] -> a", "sw[2] -> b", "a, b -> ?"}


def test_failed_items_of_a_switch_need_no_keys() -> None:
    flow = SRC >> SW >> {1: A, 2: B} >> K | SW.errors >> pf.Sink(f, "bad")
    assert "sw.errors -> bad" in wiring(flow)


def test_a_loop_gives_on_the_left_and_takes_on_the_right() -> None:
    loop = pf.Feedback(init=[1])
    assert type(loop >> A) is pf.OutFlow
    assert type(A >> loop) is pf.InFlow
    assert type(loop >> A >> loop) is pf.ClosedFlow
    assert type((SRC | loop) >> A >> loop) is pf.ClosedFlow


# ---------------------------------------------------------------- laws

NAMES = st.sampled_from("abcdefg")


@st.composite
def segments(draw: st.DrawFn) -> list[Any]:
    """What may stand in the middle of a chain: pipes, lanes, splits that are joined again, fragments."""
    count = draw(st.integers(2, 5))
    pool = (pf.Transform(f, f"p{n}") for n in itertools.count())

    def pipe() -> Any:
        return next(pool)

    def one(depth: int) -> Any:
        kind = draw(
            st.sampled_from(["pipe", "lanes", "diamond", "choice", "workers", "chain"] if depth else ["pipe"])
        )
        if kind == "lanes":
            return one(depth - 1) | one(depth - 1)
        if kind == "diamond":
            return pipe() >> (one(depth - 1), one(depth - 1)) >> pipe()
        if kind == "choice":
            return pf.Switch(f, f"sw{next(pool).label}") >> {1: one(depth - 1), 2: one(depth - 1)} >> pipe()
        if kind == "workers":
            return pipe() * 2
        if kind == "chain":
            return one(depth - 1) >> one(depth - 1)
        return pipe()

    return [one(2) for _ in range(count)]


@given(segments(), st.data())
def test_order_is_associative(parts: list[Any], data: st.DataObject) -> None:
    left = functools.reduce(lambda x, y: x >> y, [SRC, *parts, K])
    grouped = [SRC, *parts, K]
    while len(grouped) > 1:
        at = data.draw(st.integers(0, len(grouped) - 2))
        grouped[at : at + 2] = [grouped[at] >> grouped[at + 1]]
    assert grouped[0] == left
    assert wiring(grouped[0]) == wiring(left)


@given(segments())
def test_side_by_side_is_associative(parts: list[Any]) -> None:
    left = functools.reduce(lambda x, y: x | y, parts)
    right = functools.reduce(lambda x, y: y | x, reversed(parts))
    assert left == right
    assert wiring(SRC >> left >> K) == wiring(SRC >> right >> K)


def test_a_fragment_keeps_its_brackets_at_both_ends() -> None:
    split, (d, e) = pf.Transform(f2, "split"), new()[1:3]
    joined = SRC >> split >> (A, B) >> C >> K
    assert SRC >> (split >> (A, B)) >> C >> K == joined
    assert SRC >> split >> ((A, B) >> C) >> K == joined
    assert SRC >> (split >> ((A, B) >> (C >> K))) == joined
    chosen = SRC >> SW >> {1: A, 2: B} >> C >> K
    assert SRC >> (SW >> {1: A, 2: B}) >> C >> K == chosen
    assert SRC >> SW >> ({1: A, 2: B} >> C) >> K == chosen
    assert SRC >> (d | e) >> C >> K == SRC >> ((d | e) >> C) >> K


@given(segments())
def test_a_fragment_means_the_same_wherever_it_stands(parts: list[Any]) -> None:
    fragment = functools.reduce(lambda x, y: x >> y, parts)
    assert SRC >> fragment >> K == functools.reduce(lambda x, y: x >> y, [SRC, *parts, K])


def test_ten_thousand_pipes_need_no_recursion() -> None:
    flow: Any = pf.Source([1])
    for number in range(10_000):
        flow = flow >> pf.Transform(f, f"p{number}")
    assert len(pf.flow.pipes_of(flow)) == 10_001
    assert repr(flow).startswith("OutFlow Source >> p0 >> p1")
