"""The console as one ASGI application."""

from __future__ import annotations

from functools import cache

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from nicegui import Client, ui
from nicegui import app as nicegui_app
from nicegui.page import page
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from andon_console import assets, pages
from andon_console.gateway import GatewayOnly
from andon_console.icons import MARK


@cache
def _console() -> FastAPI:
    """NiceGUI keeps one set of pages a process, hence one application a process."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.mount(assets.base(), assets.ForEver(directory=assets.FOLDER), name="assets")
    pages.register()
    # NiceGUI's own words for a wrong address are English for programmers, and a wrong part of one is JSON
    nicegui_app.add_exception_handler(404, _nowhere)
    nicegui_app.add_exception_handler(RequestValidationError, _nowhere)
    ui.run_with(
        app,
        title="Andon",
        favicon=_favicon(),
        dark=None,
        reconnect_timeout=10,
        # our own style sheet is all there is
        tailwind=False,
        show_welcome_message=False,
    )
    return app


async def _nowhere(request: Request, error: Exception) -> Response:
    """A page in the console's own frame, still with the status that programs read."""
    with Client(page(""), request=request) as client:
        pages.nowhere(request)
    return client.build_response(request, 404)


def _favicon() -> str:
    """The mark alone, drawn so that it shows on light and dark tabs."""
    drawing = MARK[MARK.index("<svg") : MARK.index("</a>")]
    style = "<style>*{fill:none;stroke:#2F5BEA;stroke-width:2.4;stroke-linecap:round}circle{fill:#2F5BEA}</style>"
    return drawing.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ').replace(
        ' aria-hidden="true">', f">{style}", 1
    )


def create_console(require_gateway: bool = True) -> ASGIApp:
    """The application; ``require_gateway`` refuses whoever does not come through the API's process."""
    app: ASGIApp = _console()
    return GatewayOnly(app) if require_gateway else app
