"""The pages: which address shows what. What they show is made in the browser, from the API."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Path
from nicegui import ui
from starlette.requests import Request

from andon_console.shell import page_frame
from andon_console.texts import text

_Level = Annotated[str, Path(pattern=r"^[a-z0-9-]{1,24}$")]
_Part = Literal["catalogue", "quality", "query", "products", "quarantine"]


def register() -> None:
    """Add the pages to NiceGUI. Once a process."""
    ui.page("/")(floor)
    ui.page("/machines")(machines)
    ui.page("/machine/{enterprise}/{site}/{area}/{line}/{machine}")(machine)
    ui.page("/data")(data)
    ui.page("/data/{part}")(data)


def floor(request: Request) -> None:
    """The plant as a live picture."""
    with page_frame(request, "floor", text("rail.floor")):
        ui.element("andon-floor")


def machines(request: Request) -> None:
    """All machines, to be searched."""
    with page_frame(request, "machines", text("rail.machines")):
        ui.element("andon-machines")


def data(request: Request, part: _Part = "catalogue") -> None:
    """The data as a resource: what there is, how good it is, values to ask for, and what could not be trusted."""
    with page_frame(request, "data", text(f"data.{part}")):
        ui.element("andon-data").props(f'data-part="{part}"')


def machine(request: Request, enterprise: _Level, site: _Level, area: _Level, line: _Level, machine: _Level) -> None:
    """One machine: its values, history and states, and what one may do to it."""
    path = "/".join((enterprise, site, area, line, machine))
    with page_frame(request, "machines", machine):
        ui.element("andon-machine").props(f'data-machine="{path}"')
