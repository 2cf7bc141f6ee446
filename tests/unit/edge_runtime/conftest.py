"""The broker of an edge's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from andon_cli.processes.brokers import NoBroker, find_mosquitto
from support.broker import BrokerUnderTest, running_broker
from support.edge_on_a_broker import BEND, PRESS, SAW


@pytest.fixture
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[BrokerUnderTest]:
    """Mosquitto, unless the test asks for another."""
    kind = getattr(request, "param", "mosquitto")
    if kind == "mosquitto":
        try:
            find_mosquitto()
        except NoBroker as error:
            pytest.skip(str(error))
    with running_broker(kind, tmp_path / "broker", [PRESS, BEND, SAW]) as running:
        yield running
