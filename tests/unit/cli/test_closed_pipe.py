"""`andon ... | head -1`: whoever reads no further ends the command, and is told nothing of it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from support.demo import ROOT

PRINTS = [
    ["asyncapi"],
    ["--help"],
    ["machine", "list"],
    ["machine", "list", "--json"],
    ["machine", "names", "--json"],
    ["machine", "check", "--json"],
]
#: A standard output that is no terminal is buffered, unless somebody asked for the other.
BUFFERED = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}


def _nobody_reads(words: Sequence[str], *, errors_too: bool = False, **env: str) -> tuple[int, str]:
    """Exit code and standard error of a command whose standard output is a pipe that was closed before it wrote."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "andon_cli", *words],
            stdout=writer,
            stderr=writer if errors_too else subprocess.PIPE,
            cwd=ROOT,
            env=BUFFERED | env,
            text=True,
            check=False,
            timeout=60,
        )
    finally:
        os.close(writer)
    return done.returncode, done.stderr or ""


@pytest.mark.skipif(sys.platform == "win32", reason="a closed pipe has another error there")
@pytest.mark.parametrize("words", PRINTS, ids=" ".join)
@pytest.mark.parametrize("buffered", [True, False], ids=["buffered", "unbuffered"])
def test_a_command_that_nobody_reads_ends_quietly(words: list[str], buffered: bool) -> None:
    env = {} if buffered else {"PYTHONUNBUFFERED": "1"}
    assert _nobody_reads(words, **env) == (141, "")


@pytest.mark.skipif(sys.platform == "win32", reason="a closed pipe has another error there")
def test_so_does_one_whose_refusal_nobody_reads() -> None:
    code, _ = _nobody_reads(["machine", "check", "no-such-file.yaml"], errors_too=True)
    assert code == 141


def test_a_command_that_is_read_ends_as_ever() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "andon_cli", "machine", "check", "no-such-file.yaml"],
        capture_output=True, text=True, cwd=ROOT, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 2 and "no-such-file.yaml" in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a file that is always full")
def test_a_full_disk_is_a_sentence() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "andon_cli", "machine", "names", "--json"],
            stdout=full, stderr=subprocess.PIPE, env=BUFFERED, text=True, cwd=ROOT, check=False, timeout=60,
        )  # fmt: skip
    assert (done.returncode, done.stderr) == (1, "andon: what it prints cannot be written: No space left on device\n")
