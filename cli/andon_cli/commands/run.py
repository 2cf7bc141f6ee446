"""`andon run NAME`: one process of the stack, the same in a demo and in a container."""

from __future__ import annotations

import asyncio
import importlib
import logging
import os
import sys
from enum import StrEnum
from typing import Annotated, Any

import psutil
import structlog
import typer
from pydantic import ValidationError

from andon_cli.processes.system import on_stop, run_loop

app = typer.Typer(add_completion=False)


class Process(StrEnum):
    """The processes there are; `platform` is ingest and api in one, for the embedded store."""

    edge = "edge"
    platform = "platform"
    ingest = "ingest"
    api = "api"
    apps = "apps"


#: Settings' class and the coroutine to run.
_ENTRY: dict[str, tuple[str, str, str, str]] = {
    "edge": ("andon_edge.settings", "EdgeSettings", "andon_edge.bootstrap", "serve"),
    "platform": ("andon_platform.settings", "PlatformSettings", "andon_platform.bootstrap", "serve_platform"),
    "ingest": ("andon_platform.settings", "PlatformSettings", "andon_platform.bootstrap", "serve_ingest"),
    "api": ("andon_platform.settings", "PlatformSettings", "andon_platform.bootstrap", "serve_api"),
    "apps": ("andon_console.settings", "ConsoleSettings", "andon_console.bootstrap", "serve"),
}
_PARENT_CHECK_S = 1.0


@app.command()
def run(name: Annotated[Process, typer.Argument(help="Which process.")]) -> None:
    """Run one process until it is asked to stop. Its settings are environment variables, ANDON_*."""
    settings_module, settings_class, module, function = _ENTRY[name]
    try:
        settings = getattr(importlib.import_module(settings_module), settings_class)()
    except ValidationError as error:
        for row in error.errors():
            variable = "ANDON_" + "_".join(str(part) for part in row["loc"]).upper()
            print(f"{variable}: {row['msg']}", file=sys.stderr)
        raise typer.Exit(2) from error
    _log_to_stderr(settings.log_level)
    serve = getattr(importlib.import_module(module), function)
    run_loop(_until_stopped(serve, settings))


async def _until_stopped(serve: Any, settings: Any) -> None:
    stop = asyncio.Event()
    on_stop(asyncio.get_running_loop(), stop.set)
    watching = asyncio.create_task(_stop_with_parent(stop), name="parent")
    try:
        await serve(settings, stop)
    finally:
        watching.cancel()


async def _stop_with_parent(stop: asyncio.Event) -> None:
    """A demo that was killed cannot stop its children, so they look after it themselves."""
    parent = os.environ.get("ANDON_PARENT_PID")
    if not parent:
        return
    while psutil.pid_exists(int(parent)):
        try:
            async with asyncio.timeout(_PARENT_CHECK_S):
                await stop.wait()
        except TimeoutError:
            continue
        return
    structlog.get_logger().warning("the demo is gone, so this process stops too", parent=parent)
    stop.set()


def _log_to_stderr(level: str) -> None:
    """Key=value lines on standard error; a terminal gets colours."""
    number = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    logging.basicConfig(
        level=max(number, logging.WARNING), stream=sys.stderr, format="%(levelname)s %(name)s %(message)s"
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
