"""Waiting for something to become true, without guessing how long it takes."""

from __future__ import annotations

import asyncio
import subprocess
import threading
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from andon_cli.processes.system import listening

T = TypeVar("T")
_PAUSE_S = 0.02


def wait_until(true: Callable[[], T], within_s: float = 20.0, what: str = "the condition") -> T:
    """Return the first true value of ``true()``; ask again and again, and give up loudly."""
    end, pause = time.monotonic() + within_s, threading.Event()
    while not (found := true()):
        if time.monotonic() > end:
            raise AssertionError(f"{what} did not become true within {within_s:g} s")
        pause.wait(_PAUSE_S)
    return found


async def until(true: Callable[[], Awaitable[T] | T], within_s: float = 20.0, what: str = "the condition") -> T:
    """The same in a running loop; ``true`` may be a coroutine function."""
    end, pause = time.monotonic() + within_s, asyncio.Event()
    while True:
        found = true()
        if isinstance(found, Awaitable):
            found = await found
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"{what} did not become true within {within_s:g} s")
        try:
            async with asyncio.timeout(_PAUSE_S):
                await pause.wait()
        except TimeoutError:
            continue


def wait_until_listening(host: str, port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """A server is awaited by its port; one that died says its last words."""

    def up() -> bool:
        if process.poll() is not None:
            raise AssertionError(f"ended with {process.returncode}:\n{log.read_text(errors='replace')[-2000:]}")
        return listening(host, port)

    wait_until(up, what=f"{host}:{port} listening")
