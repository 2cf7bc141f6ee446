"""The two clients say the same: each request is described once, and both have it as a method."""

from __future__ import annotations

import inspect

import httpx
import pytest
from andon_client import Andon, AndonError, AsyncAndon, calls, models

CALLS = [
    name
    for name, made in inspect.getmembers(calls, inspect.isfunction)
    if made.__module__ == calls.__name__ and not name.startswith("_") and name != "live"
]


@pytest.mark.parametrize("name", CALLS)
def test_both_clients_have_every_call_under_its_own_signature(name: str) -> None:
    described = getattr(calls, name)
    for client in (Andon, AsyncAndon):
        method = getattr(client, name)
        assert method.__wrapped__ is described and method.__doc__ == described.__doc__
    assert inspect.iscoroutinefunction(getattr(AsyncAndon, name)) and not inspect.iscoroutinefunction(
        method.__wrapped__
    )


def test_one_name_or_several_become_repeated_parameters() -> None:
    assert calls.counts("a/b", place=["c", "d"], start=5).params == (
        ("machine", "a/b"), ("place", "c"), ("place", "d"), ("start", 5), ("stop", "now"),
    )  # fmt: skip
    assert calls.series(["m"], "s").params[:2] == (("machine", "m"), ("signal", "s"))
    assert calls.machines().params == () and calls.get("/flow", x=None, y=1).params == (("y", 1),)
    assert calls.get("/oee", machine=["a", "b"], shift="early").params == (
        ("machine", "a"), ("machine", "b"), ("shift", "early"),
    )  # fmt: skip
    assert (
        calls.latest(["a", "b"]).params == (("machine", "a"), ("machine", "b"))
        and calls.states("a").params[0][1] == "a"
    )


def test_an_answer_is_read_and_a_strange_one_is_refused() -> None:
    good = httpx.Response(200, content=b'{"latest":{"m":{"s":{"t":1,"value":2.5}}},"new":1}')
    assert calls.latest().read(good) == {"m": {"s": models.Value(1, 2.5)}}
    with pytest.raises(AndonError, match="not what this client knows"):
        calls.latest().read(httpx.Response(200, content=b'{"latest":[]}'))
    problem = httpx.Response(
        404, headers={"content-type": "application/problem+json"}, content=b'{"detail":"no machine x","status":404}'
    )
    with pytest.raises(AndonError, match="404: no machine x") as refused:
        calls.machine("x").read(problem)
    assert refused.value.problem["status"] == 404
