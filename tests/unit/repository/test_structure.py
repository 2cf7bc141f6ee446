"""The repository keeps its own rules: layers, room sizes, names, and a folder called like a standard module."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
CODE = ("contracts", "security", "edge", "platform", "apps", "cli")
MOST_LINES = 400


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("this is no git checkout, so what belongs to it is not known")
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).is_file()]


def test_the_platform_folder_does_not_hide_the_standard_module() -> None:
    shown = subprocess.run(
        [sys.executable, "-c", "import platform; print(platform.system())"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout.strip() in {"Linux", "Darwin", "Windows"}
    assert not [p for p in (ROOT / "platform").iterdir() if p.suffix == ".py"]


def test_layers_meet_over_the_wire_and_not_by_import() -> None:
    program = Path(sys.executable).parent / "lint-imports"
    shown = subprocess.run([program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert shown.returncode == 0, shown.stdout


def test_no_module_is_several_rooms() -> None:
    long = {
        str(p.relative_to(ROOT)): n
        for p in tracked()
        if p.suffix == ".py" and p.relative_to(ROOT).parts[0] in CODE and (n := p.read_text().count("\n")) > MOST_LINES
    }
    assert not long


def test_every_public_module_says_what_it_is_for() -> None:
    silent = [
        str(p.relative_to(ROOT))
        for p in tracked()
        if p.suffix == ".py" and p.relative_to(ROOT).parts[0] in CODE and not p.read_text().lstrip().startswith('"""')
    ]
    assert not [p for p in silent if (ROOT / p).read_text().strip()]


def test_no_private_key_and_no_package_hosts_file_is_tracked() -> None:
    key = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY" + "-----")
    names = {p.name for p in tracked()}
    assert "uv.lock" not in names
    for path in tracked():
        if path.suffix in {".png", ".woff2"}:
            continue
        assert not key.search(path.read_text(errors="replace")), path


def test_the_closure_is_pinned_exactly() -> None:
    import tomllib

    pins = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["uv"]["constraint-dependencies"]
    assert len(pins) > 80
    assert all(re.match(r"^[a-z0-9.-]+==[0-9][^ ]*( ; .+)?$", pin) for pin in pins)


def test_nothing_waits_in_a_way_that_swallows_its_own_end() -> None:
    """Before Python 3.12 ``wait_for`` loses a cancellation that comes with the answer; ``asyncio.timeout`` does not."""
    found = [
        str(path.relative_to(ROOT))
        for top in ("contracts", "security", "edge", "platform", "apps", "cli", "tests/support")
        for path in (ROOT / top).rglob("*.py")
        if "asyncio.wait_for(" in path.read_text()
    ]
    assert found == []
