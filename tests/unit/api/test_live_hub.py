"""What the hub takes from the broker, and what it only counts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from andon_contracts.codec import encode
from andon_contracts.messages import Reply
from andon_platform.api.live.hub import Hub
from andon_platform.registry.database import open_database
from andon_platform.registry.registry import Registry
from support.api_stack import BEND, PRESS, birth_of


@pytest_asyncio.fixture
async def registry(tmp_path: Path) -> AsyncIterator[Registry]:
    engine = await open_database(f"sqlite+aiosqlite:///{tmp_path / 'registry.db'}")
    async with Registry(engine) as found:
        yield found
    await engine.dispose()


@pytest.mark.parametrize(
    ("channel", "payload"),
    [
        ("birth", encode(birth_of(session=2**70))),
        ("birth", encode(birth_of(session=-1))),
        ("birth", encode(birth_of(epoch=2**64))),
        ("birth", encode(birth_of(BEND))),  # speaks as another machine
        ("telemetry", b"{"),
        ("telemetry", b"\xff\xfe"),
        ("event", b"[]"),
        ("reply", b"{}"),
        ("clock", b'{"v":1,"enterprise":"x","segments":[]}'),
    ],
)
async def test_what_is_no_message_disturbs_nothing(registry: Registry, channel: str, payload: bytes) -> None:
    replies: list[Reply] = []
    hub = Hub(registry, replies.append)
    hub.receive(f"andon/v1/{PRESS}/{channel}", payload)
    assert (hub.received, hub.undecodable, replies) == (1, 1, [])
    assert registry.counts() == (0, 0)
    hub.receive(f"andon/v1/{PRESS}/birth", encode(birth_of()))
    await registry.write()
    assert registry.counts() == (1, 1)
