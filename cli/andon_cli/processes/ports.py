"""Choosing a port, and saying who holds it.

A port that the system hands out for the asking (bind to 0) comes from the range it also takes for outgoing
connections. Between the asking and the child's own bind, and again whenever a child is restarted, somebody's
connection may sit on it. So ports for children come from below that range.
"""

from __future__ import annotations

import random
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil

from andon_cli.processes.system import WINDOWS

#: Below the outgoing range of Linux (32768 to 60999), macOS and Windows (49152 to 65535, RFC 6335).
_OURS = range(20_000, 32_768)
_OUTGOING = Path("/proc/sys/net/ipv4/ip_local_port_range")
_given: set[int] = set()


class PortTaken(RuntimeError):
    """The port that was asked for is in use."""


def outgoing(where: Path = _OUTGOING) -> range:
    """The ports that the system takes for outgoing connections, where it says so."""
    try:
        first, last = (int(word) for word in where.read_text().split())
    except (OSError, ValueError):
        return range(32_768, 61_000)
    return range(first, last + 1)


def free_port(host: str = "127.0.0.1", *, dice: random.Random | None = None, taken: range | None = None) -> int:
    """A port that nobody holds, that no outgoing connection will take, and that was not given before.

    Where the system takes outgoing connections from everywhere (``taken``), what is free now has to do.
    """
    dice = dice or random.SystemRandom()
    taken = outgoing() if taken is None else taken
    ours = [port for port in _OURS if port not in taken]
    for port in dice.sample(ours, len(ours)):
        if port not in _given and is_free(port, host):
            _given.add(port)
            return port
    with socket.socket() as probe:
        probe.bind((host, 0))
        port = int(probe.getsockname()[1])
        return port


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen there, and would be the one that `localhost` leads to."""
    with socket.socket() as probe:
        # with SO_REUSEADDR Windows lets two listen on one port; elsewhere it passes over connections that have ended
        option = socket.SO_EXCLUSIVEADDRUSE if WINDOWS else socket.SO_REUSEADDR  # type: ignore[attr-defined,unused-ignore]
        probe.setsockopt(socket.SOL_SOCKET, option, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    # many systems take `localhost` for ::1 first: who listens there would get what is meant for us
    return not (host == "127.0.0.1" and socket.has_ipv6 and _answers_on_ipv6(port))


def _allowed(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            # Windows says so of a port that is held, too
            return WINDOWS
        except OSError:
            return True
        return True


def _answers_on_ipv6(port: int) -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.settimeout(0.2)
            return probe.connect_ex(("::1", port)) == 0
    except OSError:
        return False


def holder(port: int) -> str:
    """Who listens on the port, as far as this user may see."""
    pid = next((pid for pid, held in _listening() if held == port), None)
    if pid is None:
        return "another user's program"
    try:
        process = psutil.Process(pid)
        name = "another Andon" if "andon_cli" in process.cmdline() else process.name()
    except psutil.Error:
        name = "a program"
    return f"{name} (process {pid})"


def _listening() -> Iterator[tuple[int, int]]:
    """(pid, port) of who listens; macOS shows a user only the own processes, one by one."""
    try:
        rows = [(row.pid, row) for row in psutil.net_connections("tcp")]
    except psutil.AccessDenied:
        rows = [(process.pid, row) for process in psutil.process_iter() for row in _connections(process)]
    for pid, row in rows:
        if pid and row.status == psutil.CONN_LISTEN and row.laddr:
            yield pid, row.laddr.port


def _connections(process: psutil.Process) -> list[Any]:
    try:
        return list(process.net_connections("tcp"))
    except psutil.Error:
        return []


def choose_port(asked: int | None, usual: int, say: Callable[[str], None], what: str = "the console") -> int:
    """The port asked for, or the usual one, or the next that is free.

    Raises:
        PortTaken: the port that was asked for is held, and by whom; or it may not be taken.
    """
    if asked is not None:
        if asked and not _allowed(asked):
            raise PortTaken(f"port {asked} is for administrators alone here; give a --port from 1024 on")
        if asked and not is_free(asked):
            raise PortTaken(f"port {asked} is held by {holder(asked)}; stop it, or give another --port")
        return asked or free_port()
    for port in range(usual, usual + 20):
        if is_free(port):
            if port != usual:
                say(f"port {usual} is held by {holder(usual)}; {what} is on {port} instead")
            return port
    return free_port()
