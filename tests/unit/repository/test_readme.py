"""The README's commands are those that are tested."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
README = (ROOT / "README.md").read_text()


def commands() -> list[str]:
    blocks = re.findall(r"```(?:sh|bash|console)\n(.*?)```", README, re.S)
    return [line.strip() for block in blocks for line in block.splitlines() if line.strip() and line[0] != "#"]


def test_the_three_commands_stand_in_the_readme() -> None:
    found = [re.sub(r"\s+#.*", "", c) for c in commands()]
    for command in ("uv run andon demo", "uv run pytest", "docker compose up"):
        assert command in found, command


def test_ci_runs_what_the_readme_says() -> None:
    ci = (ROOT / ".ci" / "run").read_text()
    for word in ("andon demo", "pytest -q", "-m integration", "-m browser", "-m compose"):
        assert word in ci


def test_every_option_of_the_demo_that_a_person_chooses_stands_in_the_readme() -> None:
    for option in ("--data-dir", "--port", "--seed", "--pace", "--store", "--broker", "--for 60s", "--summary"):
        assert option in README, option


def test_packages_are_found_where_the_readme_says() -> None:
    """A row names packages, in code, and the folders that import them."""
    imported = {"paho-mqtt": "paho", "influxdb-client": "influxdb_client", "nats-py": "nats"}
    rows = re.findall(r"^\| [^|]+ \| `([a-z-]+)`[^|]*?\]\(([a-z/_]+)\)", README, re.M)
    assert {package for package, _ in rows} >= {"aiomqtt", "paho-mqtt", "influxdb-client"}
    for package, folder in rows:
        name = imported.get(package, package)
        sources = (path.read_text() for path in (ROOT / folder).rglob("*.py"))
        assert any(re.search(rf"^\s*(import|from) {name}\b", text, re.M) for text in sources), (package, folder)


GROUPS = {"machine", "cassette", "credential", "detect"}
ANDON = sorted({m for c in commands() for m in re.findall(r"\bandon ([a-z]+)", c) if "/" not in m})


@pytest.mark.parametrize("name", ANDON)
def test_every_andon_command_in_the_readme_exists(name: str) -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "andon_cli", name, "--help"], capture_output=True, text=True, check=False
    )
    assert shown.returncode == 0, shown.stderr
    assert "Usage" in shown.stdout


def test_every_option_in_the_readme_exists() -> None:
    for command in commands():
        words = shlex.split(re.sub(r"\s+#.*", "", command))
        if "andon" not in words:
            continue
        words = words[words.index("andon") + 1 :]
        name = words[0]
        sub = [w for w in words[1:2] if w.isalpha()]
        options = [w.split("=")[0] for w in words[1:] if w.startswith("--")]
        if not options:
            continue
        shown = subprocess.run(
            [
                sys.executable,
                "-m",
                "andon_cli",
                name,
                *(sub if name in {"machine", "cassette", "credential", "detect"} else []),
                "--help",
            ],
            capture_output=True,
            text=True,
            check=False,
            env={"COLUMNS": "200", "PATH": "/usr/bin:/bin"},
        )
        for option in options:
            assert option in shown.stdout, command


def test_every_link_in_the_documents_leads_somewhere() -> None:
    for document in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", document.read_text()):
            if "://" in target:
                continue
            assert (document.parent / target).exists(), f"{document.name}: {target}"
