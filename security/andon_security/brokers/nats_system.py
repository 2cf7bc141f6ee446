"""Asking a NATS server something over its system account."""

from __future__ import annotations

import asyncio
import json
import logging
import ssl
from typing import Any

import nats

from andon_security.brokers.nats import SYSTEM_USER


async def ask_server(
    url: str, password: str, tls: ssl.SSLContext, what: str, payload: bytes, within_s: float
) -> dict[str, Any]:
    """The server's answer to ``what`` (`RELOAD`, `JSZ`), asked over a connection of its own.

    Raises:
        nats.errors.Error, OSError, TimeoutError: it cannot be asked.
    """
    _hush()
    async with asyncio.timeout(within_s):
        client = await nats.connect(url, user=SYSTEM_USER, password=password, tls=tls, allow_reconnect=False)
        try:
            server = client._server_info["server_id"]  # the library has no public name for it
            answer: dict[str, Any] = json.loads(
                (await client.request(f"$SYS.REQ.SERVER.{server}.{what}", payload)).data
            )
        finally:
            await client.close()
    return answer


def _hush() -> None:
    """The library turns a plain connection into TLS, of which asyncio warns at each close: into our terminal."""
    log = logging.getLogger("asyncio")
    if _no_warning_of_eof not in log.filters:
        log.addFilter(_no_warning_of_eof)


def _no_warning_of_eof(record: logging.LogRecord) -> bool:
    return not record.getMessage().startswith("returning true from eof_received()")
