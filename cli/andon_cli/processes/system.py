"""All that differs between operating systems about processes, in one place.

A child gets a process group of its own, so that a Ctrl-C in the terminal reaches the parent alone, which then
stops the children in order. Windows has no SIGTERM: there the group gets CTRL_BREAK.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Coroutine
from typing import Any

WINDOWS = sys.platform == "win32"


def group_options() -> dict[str, Any]:
    """Options for ``subprocess`` that put the child into a group of its own."""
    if WINDOWS:
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}  # type: ignore[attr-defined,unused-ignore]
    return {"start_new_session": True}


def ask_to_stop(pid: int) -> None:
    """Ask a child that :func:`group_options` started to stop."""
    try:
        os.kill(pid, signal.CTRL_BREAK_EVENT if WINDOWS else signal.SIGTERM)  # type: ignore[attr-defined,unused-ignore]
    except ProcessLookupError:
        return


def on_stop(loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
    """Call ``call`` in the loop when this process is asked to stop."""
    names = ["SIGINT", "SIGBREAK"] if WINDOWS else ["SIGINT", "SIGTERM", "SIGHUP"]
    for name in names:
        number = getattr(signal, name)
        if WINDOWS:
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(call))
        else:
            loop.add_signal_handler(number, call)


def listening(host: str, port: int) -> bool:
    """Whether something accepts connections there."""
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex((host, port)) == 0


def run_loop(main: Coroutine[Any, Any, None], *, starts_children: bool = False) -> None:
    """Run a coroutine in the loop that suits it.

    On Windows that is a selector loop, since MQTT libraries watch sockets, but for who starts child processes,
    which only the proactor loop can. Elsewhere uvloop does both.
    """
    if WINDOWS:
        factory = None if starts_children else asyncio.SelectorEventLoop
        with asyncio.Runner(loop_factory=factory) as runner:
            runner.run(main)
        return
    import uvloop

    uvloop.run(main)
