"""Every block of Python and every command in README and docs is run, and prints what the page says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pages import ROOT, Example, alike, examples, run

# Pages whose examples need more than to be run have tests of their own, which run every block.
OWN = {
    "docs/checks.md": "tests/checks/test_documentation.py",
    "docs/language.md": "tests/test_language_page.py",
    "docs/migrating.md": "tests/documented/test_migrating.py",
}
PAGES = [
    str(page.relative_to(ROOT))
    for page in [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
    if "_build" not in page.parts and any(examples(page))
]
MARKERS = {example.needs for page in PAGES for example in examples(ROOT / page)} - {""}


@pytest.mark.timeout(180)
@pytest.mark.parametrize("page", [page for page in PAGES if page not in OWN])
def test_page(page: str, tmp_path: Path) -> None:
    read(page, "", tmp_path)


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("page", "needs"),
    [
        pytest.param(page, needs, marks=getattr(pytest.mark, needs))
        for page in PAGES
        for needs in sorted({example.needs for example in examples(ROOT / page)} - {""})
    ],
)
def test_what_needs_more(page: str, needs: str, tmp_path: Path) -> None:
    read(page, needs, tmp_path)


def read(page: str, needs: str, folder: Path) -> None:
    """Run what a page has, from top to bottom."""
    for example in examples(ROOT / page):
        if example.needs == needs:
            printed = run(example, folder)
            if example.printed is not None:
                wrong = f"{page}:{example.line} says\n{example.printed}\nbut it prints\n{printed}"
                assert alike(printed, example.printed), wrong


def test_pages_with_tests_of_their_own_are_in_them() -> None:
    for page, test in OWN.items():
        assert page in PAGES
        assert Path(page).name in (ROOT / test).read_text()


def test_what_an_example_is(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "```python\n# one.py\nprint(1)\n```\n\n```text\n1\n```\n\n"
        "Needs `torch`:\n\n```python\nimport torch\n```\n\n"
        "```console\n$ python one.py\n1\n$ echo took 3.5 s\ntook 4 s\n```\n"
    )
    one, torch, again, time = examples(page)
    assert (one.code, one.printed, one.needs) == ("# one.py\nprint(1)\n", "1\n", "")
    assert (torch.needs, torch.printed) == ("torch", None)
    assert isinstance(again, Example)
    assert alike(run(one, tmp_path), "1\n")
    assert alike(run(again, tmp_path), "1\n")
    assert alike(run(time, tmp_path), time.printed or "")


def test_what_is_alike() -> None:
    assert alike("a 3 b", "a 3 b\n")
    assert not alike("a 3 b", "a 4 b")
    assert alike("first\nx\ny\nlast\n", "first\n...\nlast\n")
    assert not alike("first\nx\ny\nlast\n", "first\n...\nend\n")


def test_a_script_that_fails_is_no_example(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match=r"line 7: (?s:.*)ZeroDivisionError"):
        run(Example("1 / 0\n", "", None, "", 7), tmp_path)
