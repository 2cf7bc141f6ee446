"""`andon demo`: the whole stack on this computer."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from andon_cli.demo.exposure import Exposure, NotExposed
from andon_cli.demo.holder import HomeInUse
from andon_cli.demo.home import Home, NotOurs, OtherStore, default_home, library
from andon_cli.demo.plan import Choices
from andon_cli.demo.run import Wish, check_store, run_demo
from andon_cli.demo.view import View
from andon_cli.duration import parse_duration
from andon_cli.options import DataDir
from andon_cli.processes.ports import PortTaken
from andon_cli.processes.system import run_loop

app = typer.Typer(add_completion=False)


_PORT = "The console's port; 0 for any. [default: 8080, or the next free]"


class Store(StrEnum):
    """The stores a demo can run."""

    duckdb = "duckdb"
    influxdb = "influxdb"


class Broker(StrEnum):
    """The brokers a demo can run."""

    auto = "auto"
    mosquitto = "mosquitto"
    nats = "nats"


@app.command()
def demo(
    seconds: Annotated[str | None, typer.Option("--for", help="Run this long (60s, 5m), count and end.")] = None,
    summary: Annotated[Path | None, typer.Option(help="Write the figures of the run to this file, as JSON.")] = None,
    data_dir: DataDir = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help=_PORT)] = None,
    seed: Annotated[int | None, typer.Option(help="Fixes what machines measure and make, at the first start.")] = None,
    pace: Annotated[
        float | None,
        typer.Option(min=0.1, max=3600, help="Plant seconds a second, at the first start; later the Floor sets it."),
    ] = None,
    store: Annotated[Store, typer.Option(help="Embedded DuckDB, or an installed InfluxDB.")] = Store.duckdb,
    broker: Annotated[Broker, typer.Option(help="Mosquitto where installed, else NATS.")] = Broker.auto,
    machines: Annotated[Path | None, typer.Option(help="The folder of machine files.")] = None,
    plants: Annotated[Path | None, typer.Option(help="The folder of plant files.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures of the run as JSON.")] = False,
) -> None:
    """Start broker, platform, machines and console; print a link. Ctrl-C stops all of it and loses nothing."""
    missing = check_store(store)
    if missing:
        raise typer.BadParameter(missing, param_hint="--store")
    if summary and not os.access(summary.resolve().parent, os.W_OK):
        # said now, and not after the run whose figures would be gone
        raise typer.BadParameter(f"{summary.resolve().parent} cannot be written", param_hint="--summary")
    try:
        own_machines, own_plants = (machines, plants) if machines and plants else library()
    except FileNotFoundError as error:
        raise typer.BadParameter(str(error)) from error
    choices = Choices(
        store=store,
        pace=pace,
        seed=seed,
        machines=(machines or own_machines).resolve(),
        plants=(plants or own_plants).resolve(),
        exposure=Exposure.read(os.environ),
    )
    wish = Wish(
        home=(data_dir or default_home()).resolve(),
        port=port,
        broker=broker,
        choices=choices,
        seconds=parse_duration(seconds) if seconds else None,
        summary=summary,
        as_json=as_json,
    )
    view = View()
    code: list[int] = []

    async def main() -> None:
        code.append(await run_demo(wish, view))

    try:
        run_loop(main(), starts_children=True)
    except (HomeInUse, NotExposed, NotOurs, OtherStore, PortTaken) as error:
        view.console.print(str(error), style="red", markup=False, highlight=False, soft_wrap=True)
        if isinstance(error, HomeInUse):
            again = f"`{Home(wish.home).typed('andon link')}` makes a link to it. " if error.who == "a demo" else ""
            again += "Another --data-dir takes another demo."
            view.console.print(again, markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(2) from error
    raise typer.Exit(code[0])
