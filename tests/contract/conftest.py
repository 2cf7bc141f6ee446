"""Every store, opened for the contract's tests: the fake, DuckDB, and InfluxDB (marker integration)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from andon_platform.data.aggregate import HOUR
from andon_platform.data.port import TelemetryStore
from support import stores
from support.influx import InfluxUnderTest, running_influx
from support.stores import T0, Clock

OPENERS = {"memory": stores.memory_store, "duckdb": stores.duckdb_store}
KINDS = ["memory", "duckdb", pytest.param("influxdb", marks=pytest.mark.integration)]


@pytest.fixture(scope="session")
def influx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InfluxUnderTest]:
    with running_influx(tmp_path_factory.mktemp("influx")) as server:
        yield server


@pytest.fixture
def clock() -> Clock:
    return Clock(T0 + 4 * HOUR)


@pytest.fixture(params=KINDS)
async def store(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> AsyncIterator[TelemetryStore]:
    if request.param == "influxdb":
        opened = stores.influxdb_store(request.getfixturevalue("influx"), clock)
    else:
        opened = OPENERS[request.param](tmp_path, clock)
    async with opened as found:
        yield found
