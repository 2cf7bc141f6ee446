"""A real file system that is soon full."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest


@contextlib.contextmanager
def mounted(folder: Path, size: str) -> Iterator[Path]:
    """A file system of that size (``8m``); skips the test where none can be made."""
    folder.mkdir()
    if not sys.platform.startswith("linux"):
        pytest.skip("a small file system is made by Linux's tmpfs")
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        pytest.skip(f"no small file system, which only root may mount: {made.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(file: Path, but: int = 0) -> None:
    """Take all the room there is but for so many bytes."""
    with file.open("wb", buffering=0) as ballast:
        for block in (1 << 16, 1 << 10, 1):
            try:
                while True:
                    ballast.write(b"x" * block)
            except OSError:
                continue
        ballast.truncate(max(0, ballast.tell() - but))
