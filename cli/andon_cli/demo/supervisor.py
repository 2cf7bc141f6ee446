"""Starts the children, watches them, and stops them in the order that loses nothing."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable

import psutil
from andon_security.files import write_secret

from andon_cli.demo.child import Child, ChildSpec
from andon_cli.demo.home import Home

#: Who is stopped first: the pages, then the machines (which drain), then who stores, then the broker.
_STOP_ORDER = ("apps", "edge", "ingest", "api", "platform", "store", "broker")


class StartFailed(RuntimeError):
    """A child does not start, so that the demo cannot."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(text)
        self.name = name


class Supervisor:
    """The children of one demo."""

    def __init__(self, home: Home, specs: list[ChildSpec], say: Callable[[str], None]) -> None:
        self.home = home
        self.children = [Child(spec, home.logs / f"{spec.name}.log", say) for spec in specs]
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def start(self, addresses: dict[str, object]) -> None:
        """Start each child as soon as those it comes after are ready.

        Raises:
            StartFailed: a child does not come up; its last words are in the message.
        """
        ups = {child.spec.name: asyncio.Event() for child in self.children}

        async def start(child: Child) -> None:
            for name in child.spec.after:
                await ups[name].wait()
            task = asyncio.create_task(child.run(ups[child.spec.name]), name=child.spec.name)
            self._tasks[child.spec.name] = task
            up = asyncio.create_task(ups[child.spec.name].wait(), name=f"{child.spec.name} up")
            await asyncio.wait({task, up}, return_when=asyncio.FIRST_COMPLETED)
            up.cancel()
            self._write_running(addresses)
            if not ups[child.spec.name].is_set():
                text = f"{child.spec.name} does not start: {child.last_words()}\n(its log: {child.log})"
                raise StartFailed(child.spec.name, text)

        try:
            async with asyncio.TaskGroup() as group:
                for child in self.children:
                    group.create_task(start(child), name=f"start {child.spec.name}")
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from None

    def named(self, name: str) -> Child | None:
        """A child by its name."""
        return next((child for child in self.children if child.spec.name == name), None)

    def measure(self, addresses: dict[str, object]) -> None:
        """Read every child's figures; and keep the file of pids right, since a child may be a new one."""
        for child in self.children:
            child.measure()
        self._write_running(addresses)

    async def stop(self) -> None:
        """Stop all, in order; none is left."""
        for name in _STOP_ORDER:
            child = self.named(name)
            if child is None or name not in self._tasks:
                continue
            await child.stop()
            await asyncio.gather(self._tasks[name], return_exceptions=True)
        self.home.running.unlink(missing_ok=True)

    def _write_running(self, addresses: dict[str, object]) -> None:
        rows = []
        for child in self.children:
            if child.stats is not None and child.process is not None and child.process.returncode is None:
                try:
                    rows.append({"name": child.spec.name, "pid": child.stats.pid, "created": child.stats.create_time()})
                except psutil.Error:
                    continue
        states = {c.spec.name: {"state": c.state, "restarts": c.restarts} for c in self.children}
        own = {"pid": os.getpid(), "created": psutil.Process().create_time(), "children": rows, "states": states}
        write_secret(self.home.running, json.dumps(own | addresses))
