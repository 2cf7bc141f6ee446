"""One broker for all tests of the API, an API for each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from andon_cli.processes.brokers import NoBroker, find_mosquitto
from support.api_stack import Api, MachineOnTheWire, identities, machine_on_the_wire, running_api
from support.broker import BrokerUnderTest, running_broker
from support.waiting import until


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrokerUnderTest]:
    try:
        find_mosquitto()
    except NoBroker as error:
        pytest.skip(str(error))
    with running_broker("mosquitto", tmp_path_factory.mktemp("api-broker"), identities()) as running:
        yield running


@pytest_asyncio.fixture
async def api(broker: BrokerUnderTest, tmp_path: Path) -> AsyncIterator[Api]:
    async with running_api(broker, tmp_path) as running:
        yield running


@pytest_asyncio.fixture
async def press(api: Api) -> AsyncIterator[MachineOnTheWire]:
    """A press that is born, with its birth cleared again afterwards."""
    async with machine_on_the_wire(api.broker) as machine:
        await machine.born()
        await until(lambda: api.services.registry.get(machine.path), what="the birth in the registry")
        try:
            yield machine
        finally:
            await machine.publish("birth", b"", retain=True)
