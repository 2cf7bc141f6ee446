"""docs/review.md names what is there: each module, page and test exists, and no mechanism is left open by silence."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
REVIEW = ROOT / "docs" / "review.md"
ROWS = [
    [cell.strip() for cell in line.strip()[1:-1].split("|")]
    for line in REVIEW.read_text().splitlines()
    if re.match(r"\| \d", line)
]
COVERED = [row for row in ROWS if row[2] != "not covered yet"]


def functions(file: Path) -> set[str]:
    tree = ast.parse(file.read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def addresses() -> set[str]:
    """Where pages are, up to what differs from one to the next."""
    pages = (ROOT / "apps" / "console" / "andon_console" / "pages.py").read_text()
    api = "".join(file.read_text() for file in (ROOT / "platform" / "andon_platform" / "api").rglob("*.py"))
    found = re.findall(r'ui\.page\("([^"{]*)', pages)
    return {*found, *re.findall(r'"(/link/)', api)}


def test_the_table_has_rows_and_each_is_whole() -> None:
    assert len(ROWS) >= 18 and len(COVERED) >= 10
    assert all(len(row) == 5 for row in ROWS)
    assert all(row[3] == row[4] == "" for row in ROWS if row not in COVERED)


@pytest.mark.parametrize("row", COVERED, ids=lambda row: f"{row[0]} {row[1]}")
def test_what_a_row_names_exists(row: list[str]) -> None:
    _, mechanism, module, page, tests = row
    folders = re.findall(r"\]\(([^)]+)\)", module)
    assert folders, f"{mechanism}: no module"
    for folder in folders:
        assert list((REVIEW.parent / folder).glob("*.py")), folder
    for address in re.findall("`([^`]+)`", page):
        assert address in addresses(), f"{mechanism}: no page at {address}"
    assert bool(page) == ("`" in page), f"{mechanism}: a page has an address"
    named = re.findall(r"\[`([^`:]+)::([^`]+)`\]\(([^)]+)\)", tests)
    assert named and len(named) == tests.count("]("), f"{mechanism}: name tests as file::function"
    for name, function, link in named:
        file = REVIEW.parent / link
        assert file.name == name and function in functions(file), f"{mechanism}: {name}::{function}"
