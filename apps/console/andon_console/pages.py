"""The pages: which address shows what. What they show is made in the browser, from the API."""

from __future__ import annotations

from html import escape
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
    for path in ("/machines", "/machine", "/machine/"):  # the latter two are what is left when a name is cut off
        ui.page(path)(machines)
    ui.page("/energy")(energy)
    ui.page("/machine/{enterprise}/{site}/{area}/{line}/{machine}")(machine)
    ui.page("/machine/{name}")(machine_named)
    ui.page("/alarms")(alarms)
    ui.page("/layers")(layers)
    ui.page("/station")(stations)
    ui.page("/station/{name}")(station_named)
    ui.page("/station/{enterprise}/{site}/{area}/{line}/{machine}")(station)
    ui.page("/data")(data)
    ui.page("/data/{part}")(data)


def nowhere(request: Request) -> None:
    """What stands where no page is: the rail still leads on."""
    with page_frame(request, "nowhere", text("nowhere.title"), lit="nothing"):
        what = escape(text("nowhere.what", path=request.url.path[:120]))
        ui.html(
            f'<andon-nowhere class="instead"><h2>{escape(text("nowhere.title"))}</h2><p>{what}</p>'
            f'<p><a class="btn" href="/">{escape(text("nowhere.floor"))}</a></p></andon-nowhere>',
            sanitize=False,
        )


def floor(request: Request) -> None:
    """The plant as a live picture."""
    with page_frame(request, "floor", text("rail.floor")):
        ui.element("andon-floor")


def machines(request: Request) -> None:
    """All machines, to be searched."""
    with page_frame(request, "machines", text("rail.machines")):
        ui.element("andon-machines")


def alarms(request: Request) -> None:
    """What needs somebody, and what people did about it."""
    with page_frame(request, "alarms", text("rail.alarms")):
        ui.element("andon-alarms")


def layers(request: Request) -> None:
    """The layers, what flows through each now, and one message followed from the machine to the chart."""
    with page_frame(request, "layers", text("rail.layers")):
        ui.element("andon-layers")


def stations(request: Request) -> None:
    """Which machine one stands at; and for those who look after it, what people called and reported."""
    with page_frame(request, "station", text("rail.station")):
        ui.element("andon-station")


def station(request: Request, enterprise: _Level, site: _Level, area: _Level, line: _Level, machine: _Level) -> None:
    """For who stands at the machine: call for help, say why it stands, book scrap, see how the unit is made."""
    path = "/".join((enterprise, site, area, line, machine))
    with page_frame(request, "station", f"{text('rail.station')} {machine}"):
        ui.element("andon-station").props(f'data-machine="{path}"')


def machine_named(request: Request, name: _Level) -> None:
    """A machine by its bare name: leads to its page, or lists those that may be meant."""
    with page_frame(request, "named", name, lit="machines"):
        ui.element("andon-named").props(f'data-name="{name}" data-at="machine"')


def station_named(request: Request, name: _Level) -> None:
    """A station by its machine's bare name: the same."""
    with page_frame(request, "named", f"{text('rail.station')} {name}", lit="station"):
        ui.element("andon-named").props(f'data-name="{name}" data-at="station"')


def data(request: Request, part: _Part = "catalogue") -> None:
    """The data as a resource: what there is, how good it is, values to ask for, and what could not be trusted."""
    with page_frame(request, "data", text(f"data.{part}")):
        ui.element("andon-data").props(f'data-part="{part}"')


def energy(request: Request) -> None:
    """What machines take, in which state and per piece; and compressed air that leaks."""
    with page_frame(request, "energy", text("rail.energy")):
        ui.element("andon-energy")


def machine(request: Request, enterprise: _Level, site: _Level, area: _Level, line: _Level, machine: _Level) -> None:
    """One machine: its values, history and states, and what one may do to it."""
    path = "/".join((enterprise, site, area, line, machine))
    with page_frame(request, "machines", machine):
        ui.element("andon-machine").props(f'data-machine="{path}"')
