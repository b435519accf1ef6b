"""Warnings at build(): at the caller's line, and in the words of the caller's code."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from typing import Any

import pytest

import pipeflow as pf
from pipeflow.system.findings import strict_by_environment


def numbers() -> Iterator[int]:
    yield from range(3)


def double(x: Any) -> Any:
    return 2 * x


def unread(stream: pf.Stream) -> pf.PipeSystem:
    read = pf.Stream("read")
    return pf.PipeSystem(
        [
            pf.Source(numbers, "source", downstreams=[read]),
            pf.Transform(double, "double", upstreams=[read], downstreams=[stream]),
        ]
    )


def warned(system: pf.PipeSystem, **options: Any) -> list[warnings.WarningMessage]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        system.build(**options)
    return caught


def test_an_unread_stream_is_named_with_its_line_its_writer_and_the_variable() -> None:
    results = pf.Stream()
    line = sys._getframe().f_lineno - 1
    with pytest.warns(pf.DanglingStreamWarning) as caught:
        unread(results).build()
    text = str(caught[0].message)
    assert f"nobody reads the stream 'stream' (created at {results.place})" in text
    assert results.place.line == line
    assert "'double' writes to it" in text
    assert "In your code 'stream' is results." in text
    assert caught[0].filename == __file__


def test_a_stream_in_a_list_or_dict_is_found_too() -> None:
    streams = [pf.Stream("a"), pf.Stream("b")]
    by_name = {"x": pf.Stream("c")}
    with pytest.warns(pf.DanglingStreamWarning, match=r"'b' is streams\[1\]"):
        unread(streams[1]).build()
    with pytest.warns(pf.DanglingStreamWarning, match=r"'c' is by_name\['x'\]"):
        unread(by_name["x"]).build()


def test_a_stream_called_like_its_variable_is_not_explained() -> None:
    out = pf.Stream("out")
    with pytest.warns(pf.DanglingStreamWarning) as caught:
        unread(out).build()
    assert "In your code" not in str(caught[0].message)


def test_a_stream_that_nobody_writes() -> None:
    s = pf.Stream("s")
    (warning,) = warned(pf.PipeSystem([pf.Sink(double, "sink", upstreams=[s])]))
    assert warning.category is pf.DanglingStreamWarning
    assert "'sink' reads it" in str(warning.message)


def test_different_functors_that_compete() -> None:
    s = pf.Stream("s")
    pipes = [
        pf.Source(numbers, "source", downstreams=[s]),
        pf.Sink(double, "one", upstreams=[s]),
        pf.Sink(print, "other", upstreams=[s]),
    ]
    (warning,) = warned(pf.PipeSystem(pipes))
    assert warning.category is pf.CompetingReadersWarning
    assert "'one' and 'other'" in str(warning.message)


def test_the_same_functor_may_compete_with_itself() -> None:
    s = pf.Stream("s")
    pipes = [
        pf.Source(numbers, "source", downstreams=[s]),
        pf.Sink(double, "sink", upstreams=[s]),
        pf.Sink(double, "sink", upstreams=[s]),
    ]
    assert warned(pf.PipeSystem(pipes)) == []


def test_strict_makes_warnings_errors_and_names_the_variable_too() -> None:
    results = pf.Stream()
    system = unread(results)
    with pytest.raises(pf.GraphError, match=r"(?s)nothing was started.*PF101.*'stream' is results") as caught:
        system.build(strict=True)
    assert [finding.code for finding in caught.value.report.errors] == ["PF101"]
    assert not system.built


@pytest.mark.parametrize(("value", "strict"), [("1", True), ("true", True), ("0", False), ("", False)])
def test_strict_by_environment(monkeypatch: pytest.MonkeyPatch, value: str, strict: bool) -> None:
    monkeypatch.setenv("PIPEFLOW_STRICT", value)
    assert strict_by_environment() is strict
    if strict:
        with pytest.raises(pf.GraphError):
            unread(pf.Stream()).build()
    else:
        assert len(warned(unread(pf.Stream()))) == 1


def test_a_code_can_be_ignored() -> None:
    assert warned(unread(pf.Stream()), ignore=["PF101"]) == []


def test_check_says_the_same_and_warns_of_nothing() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        report = unread(pf.Stream("s")).check()
        assert [finding.code for finding in report.warnings] == ["PF101"]
        assert report.ok
        assert not unread(pf.Stream("s")).check(strict=True).ok


def test_only_pipes_make_a_system() -> None:
    with pytest.raises(pf.CompositionError, match=r"PipeSystem takes a list of pipes.*'double'"):
        pf.PipeSystem([pf.Source(numbers, "source"), "double"]).build()  # type: ignore[list-item]


def test_upstreams_and_downstreams_are_streams() -> None:
    for wrong in (pf.Transform(double, "work", upstreams=["s1"]), pf.Transform(double, "work", [], [None])):  # type: ignore[list-item]
        with pytest.raises(
            pf.CompositionError, match=r"Transform 'work' .*is a list of Streams, and .* is none"
        ):
            pf.PipeSystem([wrong]).build()


def test_a_source_reads_nothing_and_a_sink_sends_nothing() -> None:
    source, sink = pf.Source(numbers, "source"), pf.Sink(double, "sink")
    source.set_upstreams([pf.Stream()])
    sink.set_downstreams([pf.Stream()])
    with pytest.raises(pf.CompositionError, match=r"Source 'source' .*has upstreams, but a Source receives"):
        pf.PipeSystem([source]).build()
    with pytest.raises(pf.CompositionError, match=r"Sink 'sink' .*make it a Transform"):
        pf.PipeSystem([sink]).build()
