"""``pipeflow demo``: a real job on real input that every machine has, the source files of its own Python.

read >> tokenise * 2 >> rebatch >> statistics
"""

from __future__ import annotations

import argparse
import io
import sysconfig
import token
import tokenize
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from keyword import iskeyword
from pathlib import Path
from typing import Any

from pipeflow import verbs as do
from pipeflow.checks import Report
from pipeflow.cli.choices import add_where, verb
from pipeflow.cli.draw import form_of, write
from pipeflow.cli.loading import NotLoaded
from pipeflow.cli.out import say
from pipeflow.markers import EndOfStream
from pipeflow.pipes import Regulator, Sink, Source, Transform
from pipeflow.runtime.report import RunReport

SKIPPED = ("site-packages", "dist-packages", "test", "tests", "idle_test", "idlelib", "__pycache__")
BATCH = 32


@dataclass(frozen=True)
class Text:
    """A source file."""

    name: str
    content: str


@dataclass
class Tokens:
    """What is in one or several source files."""

    files: int = 0
    lines: int = 0
    tokens: int = 0
    keywords: Counter[str] = field(default_factory=Counter[str])
    names: Counter[str] = field(default_factory=Counter[str])

    def add(self, other: Tokens) -> None:
        """Count the files of `other` too."""
        self.files += other.files
        self.lines += other.lines
        self.tokens += other.tokens
        self.keywords.update(other.keywords)
        self.names.update(other.names)


# ---------------------------------------------------------------- the pipes


def read(paths: Sequence[str]) -> Iterator[Text]:
    """The files, one after the other."""
    for path in paths:
        yield Text(path, Path(path).read_text(encoding="utf-8", errors="replace"))


def tokenise(text: Text) -> Tokens:
    """Count the tokens of a file. Most of the work is here."""
    words: Counter[str] = Counter()
    count = 0
    for each in tokenize.generate_tokens(io.StringIO(text.content).readline):
        count += 1
        if each.type == token.NAME:
            words[each.string] += 1
    keywords = Counter({word: number for word, number in words.items() if iskeyword(word)})
    return Tokens(1, text.content.count("\n"), count, keywords, words - keywords)


def rebatch(size: int = BATCH) -> Generator[list[Tokens] | None, Tokens, None]:
    """Lists of `size`; the last one is shorter."""
    held: list[Tokens] = []
    while True:
        try:
            held.append((yield None))
        except EndOfStream:
            if held:
                yield held
            return
        if len(held) == size:
            yield held
            held = []


class Statistics:
    """Adds everything up, and hands the sum back when the input has ended."""

    def local_init(self) -> None:
        """Begin at nothing."""
        self._sum = Tokens()

    def run(self, batch: list[Tokens]) -> None:
        """Add a batch."""
        for tokens in batch:
            self._sum.add(tokens)

    def local_term(self) -> Tokens:
        """The sum: `RunReport.results` has it."""
        return self._sum


def job(paths: Sequence[str], workers: int) -> Any:
    """The flow of the demonstration. Composing it starts nothing."""
    source: Any = Source(read, init_kwargs={"paths": list(paths)}, total=len(paths))
    work: Any = Transform(tokenise).with_(ignore_exceptions=[tokenize.TokenError, SyntaxError])
    return source >> work * workers >> Regulator(rebatch) >> Sink(Statistics(), name="statistics")


# ---------------------------------------------------------------- the verb


def add_to(verbs: Any) -> None:
    """Add the verb to the command line."""
    parser = verb(verbs, "demo", run, help="see a real pipeline checked, drawn and run")
    parser.add_argument("path", nargs="*", help="Python files or folders (default: this Python's library)")
    parser.add_argument("--workers", type=_count, default=2, help="processes that tokenise (default: 2)")
    parser.add_argument(
        "--diagram", metavar="FILE", default="pipeflow-demo.svg", help="where to draw the graph"
    )
    add_where(parser)


def run(options: argparse.Namespace) -> int:
    """Count what the source files of this machine's Python are made of, in parallel.

    Shows everything on the way: the graph, what the checks say of it, the run, the result, and where the time
    went.
    """
    picture = Path(options.diagram)
    form_of(picture)  # what can't be drawn is said before the run
    paths = python_files(options.path)
    flow = job(paths, options.workers)
    _title(f"The graph, of {len(paths):,} Python files below {', '.join(options.path) or _library()}")
    say(f"read >> tokenise * {options.workers} >> rebatch >> statistics")
    _title("What the checks say")
    checked: Report = do.check(flow, engine=options.engine, start_method=options.start_method)
    say(checked)
    _title(f"The run, on engine '{options.engine}'")
    report = _run(flow, options)
    _title("The result")
    say(result_text(report.results["statistics"][0]))
    _title("Where the time went")
    say(report)
    say(f"\nThe graph, coloured by load: {_draw(flow, report, picture)}")
    return 0


def _run(flow: Any, options: argparse.Namespace) -> RunReport:
    report: RunReport = do.run(flow, options.engine, start_method=options.start_method, progress=True)
    return report


def result_text(result: Tokens) -> str:
    """The statistics for a person."""
    width = len(f"{result.tokens:,}")
    rows = [(f"{number:>{width},}", noun) for number, noun in _counts(result)]
    rows += [("keywords", _most(result.keywords)), ("names", _most(result.names))]
    return "\n".join(f"{left:>{max(width, 8)}}  {right}" for left, right in rows)


def _counts(result: Tokens) -> list[tuple[int, str]]:
    return [(result.files, "files"), (result.lines, "lines"), (result.tokens, "tokens")]


def _most(counter: Counter[str]) -> str:
    return ", ".join(f"{word} {count:,}" for word, count in counter.most_common(7))


def python_files(paths: Sequence[str]) -> list[str]:
    """The Python files that were named, or are below the folders that were named; else the library's.

    Raises:
        NotLoaded: there are none.
    """
    found: list[str] = []
    for path in map(Path, paths or [_library()]):
        if path.is_file():
            found.append(str(path))
            continue
        if not path.is_dir():
            raise NotLoaded(f"there is no file or folder {path}")
        below = (each for each in sorted(path.rglob("*.py")) if not _is_skipped(each.relative_to(path)))
        found += [str(each) for each in below if each.is_file()]
    if not found:
        raise NotLoaded(f"no Python file in {', '.join(paths)}")
    return found


def _is_skipped(path: Path) -> bool:
    return any(part in SKIPPED for part in path.parts[:-1])


def _library() -> str:
    return sysconfig.get_path("stdlib")


def _draw(flow: Any, report: RunReport, path: Path) -> str:
    from pipeflow.views.diagram import draw
    from pipeflow.views.rendering import NoRenderer

    diagram = draw(do.graph(flow), load=report)
    try:
        write(diagram, path)
    except NoRenderer:
        # Mermaid in Markdown: code hosts and most editors show it.
        path = path.with_suffix(".md")
        write(diagram, path)
    return str(path)


def _title(text: str) -> None:
    say(f"\n{text}\n{'-' * len(text)}")


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number
