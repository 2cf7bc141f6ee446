"""The description and the thing itself agree: examples work, and no odd request brings the API down."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import schemathesis
from andon_platform.api.app import create_api
from andon_platform.api.models import MachineList, SeriesList
from andon_platform.api.models_flow import FlowView
from hypothesis import HealthCheck, Phase, given, settings
from support.api_stack import PRESS, Api, MachineOnTheWire

_FILLED = dict(zip(("enterprise", "site", "area", "line", "machine"), PRESS.split("/"), strict=True))


async def test_every_route_says_who_may_and_what_goes_wrong(api: Api) -> None:
    async with api.client(None) as client:
        made = (await client.get("/api/v1/openapi.json")).json()
    open_ones = {"/health", "/ready", "/session", "/token"}
    for path, item in made["paths"].items():
        for method, route in item.items():
            if not (path in open_ones and method in ("get", "post")):
                scopes = [s for choice in route["security"] for s in choice.get("OAuth2", [])]
                assert scopes or path == "/session", f"{method} {path} has no scope in its signature"
            assert route.get("description") or route.get("summary")
    flows = made["components"]["securitySchemes"]["OAuth2"]["flows"]
    assert flows["clientCredentials"]["tokenUrl"] == "/api/v1/token"


async def test_reads_answer_with_what_the_description_says(api: Api, press: MachineOnTheWire) -> None:
    """Every GET, with the examples filled in."""
    async with api.client("admin") as client:
        made = (await client.get("/api/v1/openapi.json")).json()
        for path, item in made["paths"].items():
            if "get" not in item or path in ("/live/sse", "/quarantine/{id}", "/alarms/history", "/output"):
                continue
            if path.startswith("/products/"):
                continue  # they need a product: test_api_products has them
            if path == "/quarantine/replays/{round}":  # it needs one: test_api_quarantine_many has it
                continue
            if path == "/follow/{id}":  # test_api_flow has it
                continue
            query: list[tuple[str, str | int | float | bool | None]] = []
            if path == "/series":
                query = [("machine", PRESS), ("signal", "hydraulic_pressure")]
            if path == "/lineage":
                query = [("figure", "oee"), ("machine", PRESS)]
            if path == "/lineage/sum":
                query = [("figure", "kwh"), ("place", "polaris")]
            if path.startswith(("/spc/chart", "/spc/capability")):
                continue  # they need values: test_api_spc has them
            if path in ("/quality", "/station/stops", "/spc/characteristics"):
                query = [("machine", PRESS)]
            if path in ("/energy/air", "/station/scrap", "/labour"):
                query = [("place", "polaris")]
            if path == "/station/handover":
                query = [("line", PRESS.rpartition("/")[0])]
            if path in ("/shifts", "/alarms/measures"):
                query = [("enterprise", "polaris")]
            answer = await client.get(f"/api/v1{path.format(**_FILLED)}", params=query)
            assert answer.status_code == 200, f"{path}: {answer.text}"
        MachineList.model_validate((await client.get("/api/v1/machines")).json(), strict=True)
        FlowView.model_validate((await client.get("/api/v1/flow")).json())
        pair = {"machine": PRESS, "signal": "hydraulic_pressure"}
        SeriesList.model_validate((await client.get("/api/v1/series", params=pair)).json())


def _strip(made: dict[str, Any]) -> dict[str, Any]:
    """The live stream never ends, and commands wait for a machine: they have tests of their own."""
    paths = {p: i for p, i in made["paths"].items() if not re.search(r"/live|/commands$|/pace$|/token$", p)}
    return {**made, "paths": paths}


async def test_no_request_brings_it_down(api: Api, press: MachineOnTheWire) -> None:
    """Schemathesis in a thread of its own, against the running server."""

    made = _strip(create_api(api.services).openapi())
    schema = schemathesis.openapi.from_dict(made)
    headers = {"Authorization": f"Bearer {api.token()}"}
    for operation in [result.ok() for result in schema.get_all_operations()]:
        await asyncio.to_thread(_try, operation, f"{api.url}/api/v1", headers)


def _try(operation: Any, url: str, headers: dict[str, str]) -> None:

    @settings(
        max_examples=3,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def one(case: Any) -> None:
        answer = case.call(base_url=url, headers=headers)
        assert answer.status_code != 500, f"{operation.label}: {answer.text}"
        kind = "".join(answer.headers.get("content-type", ""))
        if answer.status_code >= 400 and "ready" not in operation.label:
            assert kind == "application/problem+json", f"{operation.label}: {answer.status_code} {kind}"

    one()
