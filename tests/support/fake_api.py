"""The API's answers without the API: a plant in memory, a live stream with moving values, and the console behind it.

For pages under test, and for looking at pages: ``python -m support.fake_api`` (from ``tests``) serves on port 8099.
"""

from __future__ import annotations

from typing import Any

from andon_console.app import create_console
from fastapi import FastAPI, Request
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Receive, Scope, Send
from support.fake_alarms import add_alarm_routes
from support.fake_analysis import add_analysis_routes
from support.fake_data import add_data_routes
from support.fake_energy import add_energy_routes
from support.fake_flow import add_flow_routes
from support.fake_history import add_history_routes
from support.fake_lineage import add_lineage_routes
from support.fake_live import add_live_route
from support.fake_machines import add_machine_routes, problem
from support.fake_platform import FakePlatform
from support.fake_products import add_product_routes
from support.fake_station import add_station_routes

__all__ = ["FakeOrigin", "FakePlatform", "fake_api"]


def fake_api(fake: FakePlatform) -> FastAPI:
    """The API's routes that the console uses."""
    api = FastAPI()
    add_analysis_routes(api, fake)
    add_data_routes(api, fake)
    add_station_routes(api, fake)
    add_flow_routes(api, fake)
    add_energy_routes(api, fake)
    add_product_routes(api, fake)
    add_lineage_routes(api, fake)
    add_alarm_routes(api, fake)
    add_machine_routes(api, fake)
    add_history_routes(api, fake)
    add_live_route(api, fake)

    @api.middleware("http")
    async def maybe_away(request: Request, go_on: Any) -> Any:
        return problem(503, "The store does not answer") if fake.away else await go_on(request)

    @api.get("/session")
    def session() -> Any:
        return {"subject": "maria", "role": fake.role, "scopes": [], "tenant": "*"}

    return api


class FakeOrigin:
    """One origin as in production: ``/api/v1`` is the fake, all else the console, told who asks."""

    def __init__(self, fake: FakePlatform) -> None:
        self._console = create_console(require_gateway=True)
        self.use(fake)

    def use(self, fake: FakePlatform) -> None:
        """Serve another platform from now on."""
        self.fake = fake
        api = FastAPI()
        api.mount("/api/v1", fake_api(fake))
        self._api: ASGIApp = api

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            if scope["path"].startswith("/api/"):
                await self._api(scope, receive, send)
                return
            scope = {**scope, "headers": list(scope["headers"])}
            headers = MutableHeaders(scope=scope)
            headers["X-Andon-User"], headers["X-Andon-Role"], headers["X-Andon-Token"] = "maria", self.fake.role, "t"
        await self._console(scope, receive, send)


if __name__ == "__main__":
    import sys

    import uvicorn

    kind = sys.argv[1] if len(sys.argv) > 1 else "polaris"
    chosen = FakePlatform.polaris() if kind == "polaris" else FakePlatform.foreign(int(kind))
    uvicorn.run(FakeOrigin(chosen), host="127.0.0.1", port=int(sys.argv[2]) if len(sys.argv) > 2 else 8099)
