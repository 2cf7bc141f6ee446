"""The applications: the API below ``/api/v1``, and around it the one published origin."""

from __future__ import annotations

from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.openapi.utils import get_openapi
from sqlalchemy.exc import SQLAlchemyError

from andon_platform.api import problems
from andon_platform.api.auth import refused
from andon_platform.api.models import ProblemView
from andon_platform.api.problems import NotAllowed, NotSignedIn, Unavailable
from andon_platform.api.routes import (
    access,
    alarm_measures,
    alarms,
    catalogue,
    commands,
    credentials,
    data,
    detection,
    devices,
    edges,
    energy,
    follow,
    labour,
    lineage,
    lineage_sum,
    live,
    machines,
    oee,
    output,
    plants,
    product_grants,
    products,
    quarantine,
    series,
    spc,
    station,
    station_records,
    station_work,
    system,
)
from andon_platform.api.services import Services
from andon_platform.data.errors import StoreError
from andon_platform.registry.errors import database_away

_log = structlog.get_logger(__name__)
_ABOUT = """Everything that Andon knows, and the only way back to a machine.

Times are integers, microseconds since 1970-01-01 UTC. Errors are `application/problem+json`. A machine is named by
its ISA-95 path, `enterprise/site/area/line/machine`. Programs send a bearer token, browsers a session cookie.
"""


def create_api(services: Services) -> FastAPI:
    """The API alone; ``/openapi.json`` describes it."""
    # no pages of documentation: those of FastAPI load scripts from elsewhere
    app = FastAPI(title="Andon", version=system.VERSION, description=_ABOUT, docs_url=None, redoc_url=None)
    app.state.services = services
    problems.install(app)

    @app.exception_handler(StoreError)
    async def _store(_: Any, error: StoreError) -> Any:
        return Unavailable(f"the store: {error}").answer()

    @app.exception_handler(SQLAlchemyError)
    async def _database(_: Any, error: SQLAlchemyError) -> Any:
        # of the driver's words the first line: what follows may hold what was asked, and addresses
        _log.error("the registry's database does not answer", error=str(error))
        return Unavailable(database_away(error)).answer()

    @app.exception_handler(NotAllowed)
    @app.exception_handler(NotSignedIn)
    async def _refused(request: Request, error: NotAllowed | NotSignedIn) -> Any:
        await refused(request, error)
        return error.answer()

    for module in (
        machines,
        data,
        series,
        oee,
        output,
        energy,
        lineage,
        lineage_sum,
        detection,
        spc,
        catalogue,
        alarms,
        station,
        station_records,
        station_work,
        labour,
        alarm_measures,
        plants,
        products,
        product_grants,
        commands,
        live,
        quarantine,
        devices,
        edges,
        credentials,
        access,
        follow,
        system,
    ):
        app.include_router(module.router)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]
    return app


def _openapi(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        made = get_openapi(
            title=app.title,
            version=app.version,
            description=app.description,
            routes=app.routes,
            servers=[{"url": "/api/v1"}],
        )
        schemas = made.setdefault("components", {}).setdefault("schemas", {})
        schemas["ProblemView"] = ProblemView.model_json_schema()
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        app.openapi_schema = made
    return app.openapi_schema
