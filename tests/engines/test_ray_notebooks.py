"""What ran on processes runs on Ray by another value of `engine`: every notebook, with it as the default."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.views.test_notebooks import NEEDS, NOTEBOOKS
from tests.views.test_notebooks import client as client  # noqa: PLC0414 - a fixture

pytestmark = [pytest.mark.ray, pytest.mark.timeout(600)]

ON_RAY = """
import ray
import pipeflow
from pipeflow import verbs

ray.init(address={address!r}, log_to_driver=False)
pipeflow.Flow.run.__defaults__ = verbs.stream.__defaults__ = ("ray",)
pipeflow.PipeSystem.build.__kwdefaults__["engine"] = "ray"
seen = []
from pipeflow.engines import ray as on_ray
open_run = on_ray.open_run
on_ray.open_run = lambda plan, settings: seen.append(plan) or open_run(plan, settings)
"""


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::PendingDeprecationWarning")
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs_on_ray(path: Path, client: Any, ray_cluster: str, tmp_path: Path) -> None:
    for package in NEEDS.get(path.stem, ()):
        pytest.importorskip(package)
    import nbformat

    notebook = nbformat.read(path, as_version=4)
    before = nbformat.v4.new_code_cell(ON_RAY.format(address=ray_cluster))
    after = nbformat.v4.new_code_cell("ray.shutdown()\nlen(seen)")
    notebook.cells = [before, *notebook.cells, after]
    resources = {"metadata": {"path": str(tmp_path)}}
    client.NotebookClient(notebook, timeout=540, kernel_name="python3", resources=resources).execute()
    runs = int(after.outputs[-1]["data"]["text/plain"])
    assert runs or path.stem == "checking-before-launch", "nothing was run on Ray"
