"""`andon link` against a running API."""

from __future__ import annotations

import asyncio

import pytest
from andon_cli.commands.link import LinkRefused, create_link, in_words, qr
from support.api_stack import Api


async def test_a_link_is_made_and_refusals_are_told(api: Api) -> None:
    made = await asyncio.to_thread(create_link, api.url, api.token("admin"), "viewer", 30, 7200.0)
    assert made["url"].startswith("http://localhost:") and "/link/" in made["url"]
    assert in_words(made, "2h").endswith("viewer, for 30 browsers, within 2h")
    with pytest.raises(LinkRefused, match="link:create"):
        await asyncio.to_thread(create_link, api.url, api.token("viewer"), "viewer", 1, 60.0)
    with pytest.raises(LinkRefused, match="andon doctor"):
        await asyncio.to_thread(create_link, "http://127.0.0.1:9", "x", "viewer", 1, 60.0)


def test_a_code_is_a_rectangle_of_blocks() -> None:
    rows = qr("http://localhost:8080/link/abc").split("\n")
    assert len({len(row) for row in rows}) == 1 and set("".join(rows)) <= set("█▀▄ ")
