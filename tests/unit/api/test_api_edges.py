"""What edges say of themselves: who may say it, who reads what of it, and when an edge counts as silent."""

from __future__ import annotations

from typing import Any

import pytest
from andon_platform.api.edges import FORGOTTEN_US, SILENT_US, Edges
from andon_platform.api.models_edges import EdgeAccount
from andon_platform.api.problems import TooMuch
from andon_security.tokens import issue
from support.api_stack import Api

PROBLEMS: list[dict[str, Any]] = [
    {"text": "machines/press-1.yaml:4: there is no type 'pres' (use press)", "count": 0, "machines": []},
    {"text": "the broker does not take its credential", "count": 30, "machines": ["aurora/a/b/c/d"]},
    {"text": "the broker does not take its credential", "count": 1, "machines": ["polaris/a/b/c/d"]},
]
ACCOUNT: dict[str, Any] = {"machines": 3, "connected": 1, "pending": 40, "journal_bytes": 4096, "problems": PROBLEMS}


class Clock:
    now = 1_795_000_000_000_000

    def __call__(self) -> int:
        return self.now


def told(edges: Edges, tenant: str = "*") -> list[tuple[str, str]]:
    return [(edge["name"], edge["state"]) for edge in edges.seen_by(tenant)]


def test_an_edge_is_here_silent_and_at_last_forgotten() -> None:
    clock = Clock()
    edges = Edges(clock)
    edges.say("edge", EdgeAccount(**ACCOUNT))
    clock.now += SILENT_US
    edges.say("hall-2", EdgeAccount(**ACCOUNT, ended=True))
    assert told(edges) == [("edge", "here"), ("hall-2", "ended")]
    clock.now += 1
    assert told(edges) == [("edge", "silent"), ("hall-2", "ended")]
    clock.now += SILENT_US
    assert told(edges) == [("edge", "silent"), ("hall-2", "ended")]
    edges.say("edge", EdgeAccount(**ACCOUNT))
    assert told(edges)[0] == ("edge", "here")
    clock.now += FORGOTTEN_US
    assert told(edges) == []


def test_who_belongs_to_one_enterprise_reads_of_its_own_machines() -> None:
    edges = Edges(Clock())
    edges.say("edge", EdgeAccount(**ACCOUNT))
    assert [edge["problems"] for edge in edges.seen_by("*")] == [PROBLEMS]
    (mine,) = edges.seen_by("aurora")
    assert mine["problems"] == [PROBLEMS[1]]
    (nothing,) = edges.seen_by("nobody")
    assert nothing["problems"] == []


def test_made_up_names_do_not_fill_the_memory() -> None:
    edges = Edges(Clock())
    for i in range(200):
        edges.say(f"edge-{i}", EdgeAccount(**ACCOUNT))
    with pytest.raises(TooMuch):
        edges.say("one-more", EdgeAccount(**ACCOUNT))
    edges.say("edge-7", EdgeAccount(**ACCOUNT))


async def test_only_an_edge_tells_and_readers_read(api: Api) -> None:
    token = issue(api.services.signing_key, "edge", "service", scopes=["device:enrol"])
    async with api.client("admin") as reader, api.client(None) as edge:
        edge.headers["Authorization"] = f"Bearer {token}"
        assert (await edge.put("/api/v1/edges/edge", json=ACCOUNT)).status_code == 204
        (found,) = (await reader.get("/api/v1/flow")).json()["edges"]
        assert {**found, "t": 0} == {"name": "edge", "t": 0, "state": "here", **ACCOUNT}
        assert (await edge.put("/api/v1/edges/edge", json={**ACCOUNT, "odd": 1})).status_code == 422
        assert (await edge.put("/api/v1/edges/No..Name", json=ACCOUNT)).status_code == 422
    async with api.client("viewer") as viewer:
        assert (await viewer.put("/api/v1/edges/edge", json=ACCOUNT)).status_code == 403
