"""uvicorn inside a loop that is not its own: the process's own stop event ends it, not its signal handlers."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator

import structlog
import uvicorn
from starlette.types import ASGIApp

from andon_platform.api.exposure import Listen

_log = structlog.get_logger(__name__)


class PortTaken(OSError):
    """Somebody else listens where this process wants to."""


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the process's matter."""
        yield


@contextlib.asynccontextmanager
async def serving(app: ASGIApp, where: Listen, *, lifespan: bool = True) -> AsyncIterator[int]:
    """Serve while inside; gives the port (a free one if 0 was asked for). ``lifespan``: start and stop the
    application with it; off for a further listener of one that runs.

    Raises:
        PortTaken: the address is in use.
    """
    config = uvicorn.Config(
        app,
        host=where.host,
        port=where.port,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="auto" if lifespan else "off",
        proxy_headers=False,
        ws="websockets-sansio",
        ws_max_size=4_000_000,
        ws_per_message_deflate=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=3,
        ssl_certfile=where.certificate,
        ssl_keyfile=where.key,
    )
    try:
        socket = config.bind_socket()
    except SystemExit as error:  # uvicorn's way to say that the port is taken
        raise PortTaken(f"{where.host}:{where.port} is taken by another process; choose another port") from error
    server = _Server(config)
    task = asyncio.create_task(server.serve([socket]), name="http")
    try:
        while not server.started and not task.done():
            await asyncio.wait({task}, timeout=0.01)
        if task.done():
            task.result()
            raise RuntimeError("the HTTP server ended while it started")
        port: int = socket.getsockname()[1]
        _log.info("listening", host=where.host, port=port, tls=where.tls)
        yield port
    finally:
        server.should_exit = True
        await asyncio.gather(task, return_exceptions=True)
        socket.close()
