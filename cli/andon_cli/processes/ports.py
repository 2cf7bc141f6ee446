"""Choosing a port, and saying who holds it.

A port that the system hands out for the asking (bind to 0) comes from the range it also takes for outgoing
connections. Between the asking and the child's own bind, and again whenever a child is restarted, somebody's
connection may sit on it. So ports for children come from below that range.
"""

from __future__ import annotations

import random
import socket
from collections.abc import Callable
from pathlib import Path

import psutil

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
    """Whether a server could listen there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def holder(port: int) -> str:
    """Who listens on the port, as far as this user may see."""
    try:
        for row in psutil.net_connections("tcp"):
            if row.status == psutil.CONN_LISTEN and row.laddr and row.laddr.port == port and row.pid:
                return f"{psutil.Process(row.pid).name()} (process {row.pid})"
    except psutil.Error:
        pass
    return "another program"


def choose_port(asked: int | None, usual: int, say: Callable[[str], None], what: str = "the console") -> int:
    """The port asked for, or the usual one, or the next that is free.

    Raises:
        PortTaken: the port that was asked for is held; says by whom.
    """
    if asked is not None:
        if asked and not is_free(asked):
            raise PortTaken(f"port {asked} is held by {holder(asked)}; stop it, or give another --port")
        return asked or free_port()
    for port in range(usual, usual + 20):
        if is_free(port):
            if port != usual:
                say(f"port {usual} is held by {holder(usual)}; {what} is on {port} instead")
            return port
    return free_port()
