"""The two examples of the documented page as printed: re-indented, with imports and Python 3's print."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.usefixtures("no_process_left")

PAGE = Path(__file__).parent / "page"
MARK = "# -- from here on as the page has it"

LINE = (
    "# Define functors def genRand(n=10): for _ in range(n): yield np.random.rand(10) def batch(batch_size"
    "=2): x = (yield) for i in range(len(x)//batch_size): yield x[i*batch_size:(i+1)*batch_size] "
    "def sumBatch(x): "
    "return x.sum() def print_out(x): print (x) # Define pipeline pline = PipeLine() "
    "pline.add(Source(genRand, 'source')) pline.add(Regulator(batch, 'batcher'), buffer_size = 10) "
    "pline.add(Transform(sumBatch, 'sum'), n_processes = 3) pline.add(Sink(print_out, 'print')) "
    "# Build pipeline pline.build() # Run pipeline pline.run() pline.close()"
)
SYSTEM = (
    "# Define functors def genRand(n=10): for _ in range(n): yield np.random.rand(10) def batch(batch_size"
    "=2): x = (yield) for i in range(len(x)//batch_size): yield x[i*batch_size:(i+1)*batch_size] "
    "def sumBatch(x): "
    "return x.sum() def split(x): return [x, None] if x > 1 else [None, x] def output_gt_1(x): print '1 <',x "
    "def output_lt_1(x): print '1 >',x # Define streams "
    "s1, s2, s3, s4, s5 = Stream(), Stream(), Stream(), Stream(), Stream() "
    "# Create Pipe segments with up/downstreams # Order is not important pipes = [ "
    "Source(genRand, 'source1', downstreams=[s1]), Source(genRand, 'source2', downstreams=[s1]), "
    "Regulator(batch, 'batcher', upstreams=[s1], downstreams=[s2]), "
    "Transform(sumBatch, 'sum', upstreams=[s2], downstreams=[s3]), "
    "Transform(sumBatch, 'sum', upstreams=[s2], downstreams=[s3]), "
    "Transform(sumBatch, 'sum', upstreams=[s2], downstreams=[s3]), "
    "Transform(split, 'split', upstreams=[s2], downstreams=[s4, s5]), "
    "Sink(output_gt_1, 'print_gt_1', upstreams=[s4]), Sink(output_lt_1, 'print_lt_1', upstreams=[s5]), ] "
    "# Build pipesystem psys = PipeSystem(pipes) psys.build() # Run pipesystem psys.run() psys.close()"
)


@pytest.mark.parametrize(("program", "printed"), [("line", LINE), ("system", SYSTEM)])
def test_the_examples_are_those_of_the_page(program: str, printed: str) -> None:
    _, _, code = (PAGE / f"{program}.py").read_text().partition(MARK)
    three = re.sub(r"print ('1 .'),x", r"print (\1,x)", printed)
    assert "".join(code.split()) == "".join(three.split())


def execute(path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(path)],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), **environment},
        capture_output=True,
        text=True,
        timeout=40,
        check=False,
    )


def test_the_first_example_runs() -> None:
    done = execute(PAGE / "line.py")
    assert done.returncode == 0, done.stderr
    # 10 arrays of 10 numbers in batches of 2: 50 sums of two numbers below 1.
    numbers = [float(text) for text in re.findall(r"\d\.\d+", done.stdout)]
    assert len(numbers) == 50
    assert all(0 <= number < 2 for number in numbers)
    assert "Warning" not in done.stderr


@pytest.fixture(scope="module")
def as_printed() -> subprocess.CompletedProcess[str]:
    return execute(PAGE / "system.py")


def test_the_second_example_as_printed_draws_a_warning_that_names_the_slip(
    as_printed: subprocess.CompletedProcess[str],
) -> None:
    line = next(
        number
        for number, text in enumerate((PAGE / "system.py").read_text().splitlines(), 1)
        if text.startswith("s1, s2, s3")
    )
    warned = as_printed.stderr.partition("CompetingReadersWarning")[0]
    assert "DanglingStreamWarning" in warned
    assert re.search(rf"nobody reads the stream 'stream_3' \(created at \S*system\.py:{line}\)", warned)
    assert "'sum_0', 'sum_1' and 'sum_2' write to it" in warned
    assert "'split' reads 'stream_2', as 'sum_0' does. Did you mean  upstreams=[stream_3] ?" in warned
    assert "In your code 'stream_2' is s2, 'stream_3' is s3." in warned


def test_the_second_example_as_printed_ends_with_the_error_of_split(
    as_printed: subprocess.CompletedProcess[str],
) -> None:
    assert as_printed.returncode == 1
    assert "pipeflow.errors.PipeError: pipe 'split'" in as_printed.stderr
    assert "ValueError: The truth value of an array" in as_printed.stderr
    # The original exception is the cause, and the worker's traceback shows the line.
    assert "The above exception was the direct cause" in as_printed.stderr
    assert "return [x, None] if x > 1 else [None, x]" in as_printed.stderr


def test_the_second_example_as_meant_runs_clean(tmp_path: Path) -> None:
    text = (PAGE / "system.py").read_text()
    meant = text.replace("'split', upstreams=[s2]", "'split', upstreams=[s3]")
    assert meant != text
    path = tmp_path / "meant.py"
    path.write_text(meant)
    done = execute(path)
    assert done.returncode == 0, done.stderr
    assert "Warning" not in done.stderr
    assert done.stdout.count("1 <") + done.stdout.count("1 >") == 100


def test_strict_by_environment_starts_nothing() -> None:
    done = execute(PAGE / "system.py", PIPEFLOW_STRICT="1")
    assert done.returncode == 1
    assert "pipeflow.errors.GraphError" in done.stderr
    assert "nothing was started" in done.stderr
    assert "PF101" in done.stderr
    assert "PF106" in done.stderr
    assert not done.stdout
