"""Starts the console's process: one HTTP server, until it is asked to stop."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator

import structlog
import uvicorn
from starlette.types import ASGIApp

from andon_console.app import create_console
from andon_console.errors import PortTaken
from andon_console.settings import ConsoleSettings

_log = structlog.get_logger(__name__)
_START_CHECK_S = 0.01


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the command's matter."""
        yield


@contextlib.asynccontextmanager
async def serving(app: ASGIApp, host: str, port: int) -> AsyncIterator[int]:
    """Serve ``app`` while inside; gives the port.

    Raises:
        PortTaken: another process listens there.
    """
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ws="websockets-sansio",
        timeout_keep_alive=30,
        timeout_graceful_shutdown=2,
    )
    try:
        socket = config.bind_socket()
    except SystemExit as error:  # this is how uvicorn says that the address is taken
        raise PortTaken(f"{host}:{port} is taken by another process; set ANDON_LISTEN_PORT to a free one") from error
    server = _Server(config)
    task = asyncio.create_task(server.serve([socket]), name="console-http")
    try:
        while not server.started and not task.done():
            await asyncio.wait({task}, timeout=_START_CHECK_S)
        if task.done():
            task.result()
            raise RuntimeError("the HTTP server ended while it started")
        bound: int = socket.getsockname()[1]
        yield bound
    finally:
        server.should_exit = True
        await asyncio.gather(task, return_exceptions=True)
        socket.close()


async def serve(settings: ConsoleSettings, stop: asyncio.Event) -> None:
    """Run the console until ``stop`` is set.

    Raises:
        PortTaken: another process listens on the address.
    """
    app = create_console(settings.require_gateway)
    async with serving(app, settings.listen_host, settings.listen_port) as port:
        _log.info("ready", process="apps", host=settings.listen_host, port=port)
        await stop.wait()
    _log.info("stopped", process="apps")
