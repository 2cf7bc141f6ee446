"""Where a past goes: a demo's folder that nobody uses now, or the store of a container's settings."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
from andon_contracts.placement import read_placements
from andon_platform.settings import PlatformSettings
from andon_security.stock import prepare

from andon_cli.demo.home import Home, default_home, library
from andon_cli.demo.plan import influx_command
from andon_cli.processes.ports import free_port
from andon_cli.processes.wait import until_answers

_START_S = 60.0


class Busy(RuntimeError):
    """Somebody else writes into the store now."""


@dataclass(frozen=True, slots=True)
class Target:
    """``edge`` is the edge's folder, where it is at hand."""

    settings: PlatformSettings
    machines: Path
    plants: Path
    edge: Path | None


@contextmanager
def target(data_dir: Path | None, store: str | None = None) -> Iterator[Target]:
    """The store to fill, held for this process while it is filled. ``store``: which one a new folder begins with.

    Raises:
        Busy: ingest runs.
        HomeInUse: a demo runs on the folder.
        OtherStore: the folder began with another store.
    """
    if data_dir is None and "ANDON_SECRETS_DIR" in os.environ:
        yield _container()
        return
    home = Home((data_dir or default_home()).resolve())
    machines, plants = library()
    lock = home.lock("andon backfill")
    try:
        kept = home.root / "store"
        store = store or (kept.read_text() if kept.exists() else "duckdb")
        home.keep_store(store)
        prepare(home.secrets, read_placements(machines, plants).machines)
        if store == "duckdb":
            settings = PlatformSettings(store="duckdb", data_dir=home.data("platform"), secrets_dir=home.secrets)
            yield Target(settings, machines, plants, home.root / "edge")
        else:
            with _influxd(home) as url:
                settings = PlatformSettings(
                    store="influxdb", influx_url=url, data_dir=home.data("ingest"), secrets_dir=home.secrets / "ingest"
                )
                yield Target(settings, machines, plants, home.root / "edge")
    finally:
        lock.release()


def _container() -> Target:
    settings = PlatformSettings()
    for url in settings.ingest_urls:
        with suppress(httpx.HTTPError):
            httpx.get(f"{url}/ready", timeout=2, trust_env=False)
            raise Busy(f"ingest runs at {url}: stop it for as long (docker compose stop ingest)")
    return Target(settings, Path(os.environ["ANDON_MACHINES_DIR"]), Path(os.environ["ANDON_PLANTS_DIR"]), None)


@contextmanager
def _influxd(home: Home) -> Iterator[str]:
    """The folder's InfluxDB, running for as long."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with subprocess.Popen(
        influx_command(home, port), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        try:
            until_answers(f"{url}/health", _START_S, lambda: server.poll() is None)
            yield url
        finally:
            server.terminate()
