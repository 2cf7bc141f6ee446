"""An edge as a process of its own, to be killed: small worlds, a real broker.

Run as ``python edge_process.py SETTINGS.json``: ``{"settings": {...}, "worlds": {"name": [paths]}, "period_us"}``.
"""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from andon_edge.bootstrap import run
from andon_edge.runtime.source import Loaded, WorldSpec
from andon_edge.settings import EdgeSettings

sys.path.insert(0, str(Path(__file__).parents[1]))
from support.small_world import SmallWorld


class SmallSource:
    """Worlds as a dictionary; ``version`` says whether it changed."""

    def __init__(self, worlds: dict[str, list[str]], period_us: int = 100_000) -> None:
        self.worlds, self.period_us, self.version = worlds, period_us, 0
        self.problems: list[str] = []
        self.built: dict[str, SmallWorld] = {}

    def fingerprint(self) -> Hashable:
        return self.version

    def _build(self, name: str) -> SmallWorld:
        self.built[name] = SmallWorld(self.worlds[name], self.period_us)
        return self.built[name]

    def load(self) -> Loaded:
        specs = {name: WorldSpec(tuple(paths), partial(self._build, name)) for name, paths in self.worlds.items()}
        return Loaded(specs, list(self.problems))


@contextmanager
def edge_process(folder: Path, what: dict[str, Any]) -> Iterator[subprocess.Popen[bytes]]:
    """Start one; it is killed at the end if it still runs."""
    file = folder / "edge-process.json"
    file.write_text(json.dumps(what))
    with (folder / "edge-process.log").open("ab") as log:
        process = subprocess.Popen([sys.executable, __file__, str(file)], stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


async def _main(what: dict[str, Any]) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await run(EdgeSettings(**what["settings"]), stop, SmallSource(what["worlds"], what.get("period_us", 100_000)))


if __name__ == "__main__":
    asyncio.run(_main(json.loads(Path(sys.argv[1]).read_text())))
