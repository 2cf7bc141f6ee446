"""What stands in one block of a document is pasted as one: nothing stands below a command that keeps its terminal."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
DOCUMENTS = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "docs").rglob("*.ipynb")])
#: Whatever ends by itself, or is only looked up, keeps no terminal.
KEEPS = re.compile(r"(\bandon demo|docker compose (\S+ )*up)\b(?!.*(--for\b|--help\b| -d\b|&\s*$))")


def text_of(document: Path) -> str:
    text = document.read_text(encoding="utf-8")
    if document.suffix != ".ipynb":
        return text
    return "\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"] if cell["cell_type"] == "markdown")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_nothing_stands_below_what_keeps_its_terminal(document: Path) -> None:
    for block in re.findall(r"```sh\n(.*?)```", text_of(document), re.S):
        lines = block.strip().splitlines()
        kept = [line for line in lines[:-1] if KEEPS.search(line)]
        assert not kept, f"{document.name}: {kept[0]!r} keeps its terminal: give what follows a block of its own"


def test_it_is_known_what_keeps_its_terminal() -> None:
    assert KEEPS.search("uv run andon demo") and KEEPS.search("docker compose -f a.yml up")
    assert not any(map(KEEPS.search, ("andon demo --for 60s", "docker compose up -d", "andon demo &", "andon doctor")))
