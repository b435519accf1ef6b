"""How the documentation is built: ``python -m sphinx -W -b html docs OUT``, with the extra ``docs``."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

project = "pipeflow"
author = "pipeflow contributors"
project_copyright = "pipeflow contributors"

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]
exclude_patterns = ["_build"]

# Notebooks stand beside docs/, where a reader of the repository finds them. They are executed by the tests
# (tests/views/test_notebooks.py), not here.
NOTEBOOKS = Path(__file__).parent / "notebooks"
shutil.rmtree(NOTEBOOKS, ignore_errors=True)
shutil.copytree(
    ROOT / "notebooks", NOTEBOOKS, ignore=shutil.ignore_patterns(".ipynb_checkpoints", "README.md")
)
nb_execution_mode = "off"

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

default_role = "code"  # docstrings write `names` with one pair of quotes
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # overloads are long; what a functor may be is said in words
napoleon_numpy_docstring = False
napoleon_use_ivar = True
add_module_names = False

# Results may not be there yet; on the page of checks only codes are of level two.
suppress_warnings = ["toc.empty_glob", "myst.header"]

html_theme = "furo"
html_title = "pipeflow"
html_static_path: list[str] = []
html_copy_source = False
