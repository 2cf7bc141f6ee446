"""The document that says how to add a machine, carried out as it is written."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from andon_contracts.identity import Identity
from andon_contracts.placement import read_placements

ROOT = Path(__file__).parents[3]
DOCUMENT = (ROOT / "docs" / "add-a-machine.md").read_text()
FILES = dict(re.findall(r"<!-- file: (\S+) -->\n```yaml\n(.*?)```", DOCUMENT, re.S))
MOST_LINES = 40


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for folder in ("machines", "plants"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def andon(checkout: Path, *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "andon_cli", *args], cwd=checkout, capture_output=True, text=True, check=False
    )


def test_the_documents_files_are_good_and_their_machines_exist(checkout: Path) -> None:
    checked = andon(checkout, "machine", "check")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    found = read_placements(checkout / "machines", checkout / "plants").machines
    for name in ("press-9", "welder-1"):
        assert Identity.parse(f"polaris/north/cabinets/cabinets-1/{name}") in found
    assert "welder-1" in andon(checkout, "machine", "list").stdout


def test_new_writes_a_file_that_is_good_as_it_is(checkout: Path) -> None:
    (checkout / "machines" / "press-9.yaml").unlink()
    made = andon(checkout, "machine", "new", "press-9", "--type", "sheet-metal-press")
    assert made.returncode == 0, made.stderr
    written = (checkout / "machines" / "press-9.yaml").read_text()
    place = next(line for line in written.splitlines() if line.startswith("line:")).split("#")[0].strip()
    assert f"`{place}`" in DOCUMENT  # the document says where the written file places it
    assert andon(checkout, "machine", "check").returncode == 0


def test_new_writes_what_the_document_shows_with_the_options_that_it_names(checkout: Path) -> None:
    path = checkout / "machines" / "press-9.yaml"
    path.unlink()
    options = re.search(r"written with `(--line [^`]+)`", DOCUMENT)
    assert options is not None
    made = andon(checkout, "machine", "new", "press-9", "--type", "sheet-metal-press", *options[1].split())
    assert made.returncode == 0, made.stderr
    said = [line.split("#")[0].strip() for line in path.read_text().splitlines()]
    assert [line for line in said if line] == FILES["machines/press-9.yaml"].splitlines()


def test_a_type_of_eight_signals_and_one_wear_fits_in_forty_lines() -> None:
    text = FILES["machines/types/spot-welder.yaml"]
    assert text.count("\n") <= MOST_LINES
    assert len(re.findall(r"^  \w+: \{unit:", text, re.M)) == 8


def test_a_mistake_is_explained_with_its_line_and_a_remedy(checkout: Path) -> None:
    path = checkout / "machines" / "types" / "spot-welder.yaml"
    path.write_text(path.read_text().replace("range: [0, 20]", "rnage: [0, 20]"))
    checked = andon(checkout, "machine", "check")
    assert checked.returncode == 1
    said = checked.stdout + checked.stderr
    line = next(n for n, text in enumerate(path.read_text().splitlines(), 1) if "rnage" in text)
    assert "spot-welder.yaml" in said and str(line) in said and "range" in said
