"""A demo from its first child to its last figure."""

from __future__ import annotations

import asyncio
import json
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import httpx
from andon_contracts.placement import read_placements
from andon_security.stock import Stock, prepare

from andon_cli.access import admin_token
from andon_cli.demo.figures import Figures, Flow, in_words, summary
from andon_cli.demo.home import Home
from andon_cli.demo.plan import Choices, Ports, children
from andon_cli.demo.supervisor import StartFailed, Supervisor
from andon_cli.demo.view import View
from andon_cli.processes.brokers import BrokerChild, NoBroker, mosquitto_child, nats_child
from andon_cli.processes.ports import choose_port, free_port
from andon_cli.processes.system import on_stop

_LINK_LIFE_S = 12 * 3600
_LINK_USES = 100
#: How long machines may take to settle what they sent, at the end of `--for`.
_DRAIN_S = 45.0
#: More new secrets than these are told in one line.
_FEW = 3


@dataclass(frozen=True, slots=True)
class Wish:
    """All that `andon demo` was asked."""

    home: Path
    port: int | None
    broker: str
    choices: Choices
    seconds: float | None
    summary: Path | None
    as_json: bool


async def run_demo(wish: Wish, view: View) -> int:
    """Run until stopped or for the time asked; returns the exit code."""
    home = Home(wish.home)
    exposure = wish.choices.exposure
    exposure.check(home.root, home.secrets / "api")
    stop = asyncio.Event()
    on_stop(asyncio.get_running_loop(), stop.set)
    with home.lock(), view:
        # what can be refused is refused before anything is made
        ports = Ports(
            # a port that people type is the one they shall reach; 0 means any, for tests and scripts
            web=choose_port(wish.port if wish.port is not None else exposure.port, 8080, view.say),
            # the same at every start where it can be, so that other programs' connections stay good
            mqtt=choose_port(0 if wish.port == 0 else None, 8883, view.say, "the broker"),
            api=free_port(),
            apps=free_port(),
            ingest=free_port(),
            influx=free_port(),
        )
        home.keep_store(wish.choices.store)
        home.production_stop.unlink(missing_ok=True)
        placements = read_placements(wish.choices.machines, wish.choices.plants)
        for problem in placements.problems:
            view.say(str(problem))
        made = prepare(home.secrets, placements.machines, web_names=["localhost", "127.0.0.1", *exposure.names])
        if made:
            what = ", ".join(made) if len(made) <= _FEW else f"certificates and credentials in {home.secrets}"
            view.say(f"made {what}")
        return await _with_broker(wish, home, ports, view, stop)


async def _with_broker(wish: Wish, home: Home, ports: Ports, view: View, stop: asyncio.Event) -> int:
    """Mosquitto where it is wanted and works, else NATS."""
    brokers = {"auto": ["mosquitto", "nats"], "mosquitto": ["mosquitto"], "nats": ["nats"]}[wish.broker]
    reasons: list[str] = []
    for kind in brokers:
        try:
            broker = _broker(kind, home, ports.mqtt)
        except NoBroker as error:
            reasons.append(str(error))
            continue
        if reasons:
            view.say(f"{'; '.join(reasons)}; NATS serves MQTT instead")
        supervisor = Supervisor(home, children(home, broker, ports, wish.choices, time.time()), view.say)
        try:
            return await _Demo(wish, home, ports, broker, supervisor, view, stop).run()
        except StartFailed as error:
            if error.name != "broker" or kind == brokers[-1]:
                view.say(str(error))
                return 2
            reasons.append(str(error))
    view.say("no broker can be started: " + "; ".join(reasons))
    return 2


def _broker(kind: str, home: Home, port: int) -> BrokerChild:
    stock, data = Stock(home.secrets), home.data(f"broker-{kind}")
    if kind == "mosquitto":
        return mosquitto_child(stock, data, port)
    return nats_child(stock, data, port, free=free_port)


class _Demo:
    def __init__(
        self,
        wish: Wish,
        home: Home,
        ports: Ports,
        broker: BrokerChild,
        supervisor: Supervisor,
        view: View,
        stop: asyncio.Event,
    ) -> None:
        self.wish, self.home, self.broker = wish, home, broker
        self.supervisor, self.view, self.stop = supervisor, view, stop
        self.url = wish.choices.exposure.url(ports.web)
        #: For the demo's own questions: the plain listener, whatever the published port speaks.
        self.api = f"http://127.0.0.1:{ports.api}"
        self.figures = Figures(home, self.api, time.time())
        self.addresses: dict[str, object] = {
            "url": self.api,
            "console": self.url,
            "broker": broker.kind,
            "mqtt": f"{broker.host}:{broker.port}",
            "store": wish.choices.store,
            "influx": f"http://127.0.0.1:{ports.influx}",
        }
        self.began = 0.0
        self.first_data_s: float | None = None

    async def run(self) -> int:
        self.began = time.monotonic()
        self.view.say(f"{self.broker.kind} {self.broker.version}, {self.wish.choices.store}, data in {self.home.root}")
        drawing = asyncio.create_task(self._draw(), name="view")
        starting = asyncio.create_task(self.supervisor.start(self.addresses), name="start")
        stopping = asyncio.create_task(self.stop.wait(), name="stop")
        try:
            await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                starting.result()
                link = await self._link()
                self.view.link, self.view.headline = link, "Andon runs"
                self.view.say_plainly(f"open {link}")
                await self._live()
            code = await self._finish()
        finally:
            for task in (starting, stopping, drawing):
                task.cancel()
            await asyncio.gather(starting, stopping, drawing, return_exceptions=True)
            if self.supervisor.named("broker"):
                await self.supervisor.stop()
            await self.figures.close()
        return code

    async def _read(self) -> Flow:
        """The newest figures; notes when the first data of this run was stored."""
        flow = await self.figures.read()
        if self.first_data_s is None and flow.this_run.settled > 0:
            self.first_data_s = round(time.monotonic() - self.began, 2)
        return flow

    async def _live(self) -> None:
        end = self.began + self.wish.seconds if self.wish.seconds is not None else float("inf")
        while not self.stop.is_set() and time.monotonic() < end:
            await self._read()
            self.supervisor.measure(self.addresses)
            pause = 0.1 if self.first_data_s is None else min(1.0, max(0.0, end - time.monotonic()))
            try:
                async with asyncio.timeout(pause):
                    await self.stop.wait()
            except TimeoutError:
                continue

    async def _finish(self) -> int:
        """Stop production, let everything settle, count, stop all."""
        self.view.headline = "Andon stops: the machines hand over what they still hold"
        self.home.production_stop.parent.mkdir(parents=True, exist_ok=True)
        self.home.production_stop.touch()
        flow = await self._drain()
        self.supervisor.measure(self.addresses)
        await self.supervisor.stop()
        self.home.production_stop.unlink(missing_ok=True)
        result = summary(flow, self.supervisor, self.first_data_s, {"console": self.url, "api": f"{self.url}/api/v1"})
        if self.wish.summary:
            self.wish.summary.write_text(json.dumps(result, indent=1) + "\n")
        if self.wish.as_json:
            print(json.dumps(result))
        good = flow.counted and flow.stored > 0 and flow.lost == 0 and flow.duplicated == 0 and flow.pending == 0
        self.view.headline, self.view.link = "Andon has stopped", ""
        self.view.say(in_words(flow))
        return 0 if good or self.wish.seconds is None else 1

    async def _drain(self) -> Flow:
        """Wait until the edge says that all is settled, and the figures of both sides agree."""
        edge = self.supervisor.named("edge")
        end = time.monotonic() + _DRAIN_S
        while edge is not None and edge.state == "running" and time.monotonic() < end:
            flow = await self._read()
            if flow.agreed:
                break
            self.supervisor.measure(self.addresses)
            try:
                async with asyncio.timeout(0.2):
                    await asyncio.Event().wait()
            except TimeoutError:
                continue
        return await self.figures.read(exact=True)

    async def _link(self) -> str:
        token = admin_token(self.home.secrets / "api" / "signing-key")
        wish = {"role": "admin", "uses": _LINK_USES, "life_s": _LINK_LIFE_S}
        async with httpx.AsyncClient(trust_env=False, timeout=10) as client:
            answer = await client.post(
                f"{self.api}/api/v1/links", json=wish, headers={"Authorization": f"Bearer {token}"}
            )
            answer.raise_for_status()
            return str(answer.json()["url"])

    async def _draw(self) -> None:
        while True:
            self.view.show(self.supervisor, self.figures.flow)
            try:
                async with asyncio.timeout(0.3):
                    await asyncio.Event().wait()
            except TimeoutError:
                continue


def check_store(store: str) -> str | None:
    """Why the store cannot be started here, or None."""
    if store == "influxdb" and not shutil.which("influxd"):
        return "InfluxDB is not installed here: no `influxd` on the PATH. Use --store duckdb, or `docker compose up`"
    return None
