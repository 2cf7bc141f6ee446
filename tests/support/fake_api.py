"""The API's answers without the API: a plant in memory, a live stream with moving values, and the console behind it.

For pages under test, and for looking at pages: ``python -m support.fake_api`` (from ``tests``) serves on port 8099.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

from andon_console.app import create_console
from fastapi import FastAPI, Request, WebSocket, WebSocketDisconnect
from fastapi.responses import JSONResponse
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Receive, Scope, Send
from support.fake_alarms import FakeBook, add_alarm_routes
from support.fake_analysis import Analysis, add_analysis_routes
from support.fake_data import add_data_routes, held, series_of
from support.fake_energy import Energy, add_energy_routes
from support.fake_flow import Flow, add_flow_routes
from support.fake_lineage import add_lineage_routes
from support.fake_plant import BUFFERED, POLARIS, SECOND, foreign_layout, machine_view, polaris_layout, value_at
from support.fake_products import add_product_routes
from support.fake_station import FakeStation, add_station_routes

_BEAT_S = 0.5


class FakePlatform:
    """Machines, plants and events; a test changes them and calls :meth:`send`."""

    def __init__(self, now: Callable[[], int] = lambda: time.time_ns() // 1000) -> None:
        self.now = now
        self.role = "engineer"
        self.away = False
        self.refuse_stream = False
        #: While this is not set, the answer of /counts, made when it was asked, does not leave.
        self.counts_leave = asyncio.Event()
        self.counts_leave.set()
        self.counts_asked = 0
        self.machines: dict[str, dict[str, Any]] = {}
        self.plants: dict[str, dict[str, Any]] = {}
        self.events: list[dict[str, Any]] = []
        self.commands: list[dict[str, Any]] = []
        self.answers: list[dict[str, Any]] = []
        self.series_asked: list[dict[str, Any]] = []
        self.sockets: dict[WebSocket, asyncio.Queue[Any]] = {}
        #: Of each live stream what kinds of frames it asked for; empty: all.
        self.wanted: dict[WebSocket, set[str]] = {}
        self.book = FakeBook(self.now, self.send)
        #: What /output answers: the plan so far and of the day; None: the lines have no takt.
        self.due: tuple[int, int] | None = (260, 417)
        self.seq = 0
        self.analysis = Analysis()
        self.station = FakeStation()
        self.flow = Flow()
        self.energy = Energy()
        #: What the Data page asks about, and what it asked.
        self.held = held(self.now())
        self.mended: set[str] = set()
        self.replays: list[str] = []
        self.rounds: list[dict[str, Any]] = []
        #: So many messages of a replay of many are judged; a test says when there are more.
        self.judged = 10**6
        self.catalogue_asked: list[dict[str, str]] = []
        self.empty = False

    @classmethod
    def polaris(cls) -> FakePlatform:
        """The shipped plant, with some of its machines in trouble."""
        fake = cls()
        now = fake.now()
        for place, (drawing, state, text, unit, seconds) in POLARIS.items():
            path = f"polaris/north/{place}"
            fake.machines[path] = machine_view(path, now, drawing, state, text, unit, seconds)
        fake.add_plant(polaris_layout())
        fake._past(now)
        return fake

    @classmethod
    def foreign(cls, count: int) -> FakePlatform:
        """A plant of another kind."""
        fake = cls()
        layout, names = foreign_layout(count)
        for i, path in enumerate(names):
            state = "starved" if i == count - 1 else "producing"
            fake.machines[path] = machine_view(
                path, fake.now(), "machine" if i % 3 else "robot", state, "", f"C-{i:04}"
            )
        fake.add_plant(layout)
        return fake

    def add_plant(self, layout: dict[str, Any], pace: float = 1.0) -> None:
        """A plant with its clock."""
        start = self.now() - 3600 * SECOND
        clock = {"segments": [{"wall": start, "plant": start, "pace": pace}], "pace": pace, "plant_now": self.now()}
        name = layout["enterprise"]
        self.plants[name] = {"enterprise": name, "title": layout["title"], "product": layout["product"],
                             "layout": layout, "clock": clock}  # fmt: skip

    def _past(self, now: int) -> None:
        pack = "polaris/north/assembly/assembly-1/pack-1"
        for i in range(214):
            self.event(pack, "count", now - (214 - i) * 20 * SECOND, good=1, scrap=0)
        for i in range(5):
            self.event(pack.replace("pack-1", "charge-1"), "count", now - i * 900 * SECOND, good=0, scrap=1)
        foam = "polaris/north/cabinets/cabinets-1/foam-2"
        self.event(
            pack, "operation-finished", now - 420 * SECOND, unit="RF-2611-0450", operation="pack", duration_s=92.0
        )
        self.event(pack.replace("pack-1", "charge-1"), "operation-finished", now - 300 * SECOND, unit="RF-2611-0449",
                   operation="charge", good=False, reason="Leaks 6 g a year", duration_s=180.0)  # fmt: skip
        self.event(foam, "state", now - 250 * SECOND, state="down", text="Foaming head pressure low")
        self.event(foam, "alarm", now - 250 * SECOND, code="head-pressure-low", severity="critical", active=True,
                   text="Foaming head pressure low: 92 of 140 bar")  # fmt: skip
        self.event(
            "polaris/north/cabinets/cabinets-1/press-2", "state", now - 190 * SECOND, state="setup", text="Panel set L"
        )
        self.event(
            pack, "operation-finished", now - 95 * SECOND, unit="RF-2611-0451", operation="pack", duration_s=91.6
        )
        for name, seconds in (("press-1", 41.2), ("bend-1", 186.0), ("foam-1", 412.0)):
            self.event(f"polaris/north/cabinets/cabinets-1/{name}", "operation-finished", now - 500 * SECOND,
                       unit="RF-2611-0400", operation="work", duration_s=seconds)  # fmt: skip
        for name, seconds in (("assembly-1", 208.0), ("assembly-2", 211.0), ("eol-1", 240.0)):
            self.event(f"polaris/north/assembly/assembly-1/{name}", "operation-finished", now - 500 * SECOND,
                       unit="RF-2611-0400", operation="work", duration_s=seconds)  # fmt: skip

    def event(self, machine: str, kind: str, t: int | None = None, **fields: Any) -> dict[str, Any]:
        """Add an event, as on the wire."""
        self.seq += 1
        good = {"good": True} if kind == "operation-finished" else {}
        entry = {"v": 1, "machine": machine, "epoch": 1, "seq": self.seq, "kind": kind, "t": t or self.now(),
                 "reason": "",                 **good, **fields}  # fmt: skip
        self.events.append(entry)
        if kind == "alarm":
            self.book.said(machine, entry["code"], entry["active"], entry["severity"], entry["text"], entry["t"])
        return entry

    def send(self, frame: dict[str, Any]) -> None:
        """Put a frame into every live stream."""
        for socket, queue in self.sockets.items():
            wanted = self.wanted.get(socket)
            if not wanted or frame["type"] in wanted:
                queue.put_nowait(frame)

    async def drop(self) -> None:
        """Break every live stream."""
        for socket in list(self.sockets):
            await socket.close(1012)

    def set_state(self, machine: str, state: str, text: str = "", seconds: float = 0.0) -> None:
        """Change a machine's state and tell it."""
        view = self.machines[machine]
        view.update(state=state, text=text, reason=text, state_since=self.now() - int(seconds * SECOND))
        self.send({"type": "machine", "machine": machine, "view": _frame(view)})

    def latest(self) -> dict[str, Any]:
        """The newest values."""
        now = self.now()
        found: dict[str, Any] = {}
        for path, view in self.machines.items():
            values = {s["name"]: {"t": now, "value": value_at(path, s, now)} for s in view["signals"]}
            if "buffer_out" in values:
                values["buffer_out"]["value"] = float(BUFFERED.get(view["name"], 2))
            found[path] = values
        return found

    def telemetry(self, path: str) -> dict[str, Any]:
        """One live sample."""
        self.seq += 1
        values = {name: v["value"] for name, v in self.latest()[path].items()}
        frame = {"type": "telemetry", "machine": path, "epoch": 1, "seq": self.seq, "t": self.now(), "values": values}
        self.flow.sent(path, frame)
        return frame


def _frame(view: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in view.items() if k not in ("signals", "operations", "commands")}


def _problem(status: int, detail: str) -> JSONResponse:
    body = {"type": "about:blank", "title": "Problem", "status": status, "detail": detail}
    return JSONResponse(body, status, media_type="application/problem+json")


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

    @api.middleware("http")
    async def maybe_away(request: Request, go_on: Any) -> Any:
        return _problem(503, "The store does not answer") if fake.away else await go_on(request)

    @api.get("/machines")
    def machines() -> Any:
        return {"machines": list(fake.machines.values())}

    @api.get("/machines/{path:path}/history")
    def history(path: str) -> Any:
        return {
            "machine": path,
            "history": [{"t": fake.now(), "what": "birth", "session": 7, "epoch": 1, "reason": ""}],
        }

    @api.post("/machines/{path:path}/commands")
    async def command(path: str, request: Request) -> Any:
        body = await request.json()
        fake.commands.append({"owner": path, **body})
        done = {"id": f"c{len(fake.commands)}", "status": "done", "text": f"{body['command']} done", "t": fake.now()}
        fake.answers.insert(0, {**done, **body, "owner": path, "issued_by": f"{fake.role}:maria", "reply_ms": 41.0})
        if body["command"] == "stop":
            fake.set_state(path, "planned", body["arguments"].get("reason") or "Stopped by hand")
        return {"id": "c1", "status": "done", "text": f"{body['command']} done", "t": fake.now(), "reply_ms": 41.0}

    @api.get("/commands")
    def commands(owner: str, limit: int = 100) -> Any:
        return {"commands": [c for c in fake.answers if c["owner"] == owner][:limit]}

    @api.get("/machines/{path:path}")
    def machine(path: str) -> Any:
        return fake.machines.get(path) or _problem(404, f"no machine {path}")

    @api.get("/plants")
    def plants() -> Any:
        return {"plants": list(fake.plants.values())}

    @api.post("/plants/{enterprise}/pace")
    async def pace(enterprise: str, request: Request) -> Any:
        value = float((await request.json())["pace"])
        if fake.role not in ("engineer", "admin"):
            return _problem(403, "plant:pace is not among your scopes")
        if value > 100:
            return {"id": "p", "status": "refused", "text": "Pace above 100 is too fast for this computer",
                    "t": fake.now(), "reply_ms": 3.0}  # fmt: skip
        segments = fake.plants[enterprise]["clock"]["segments"]
        last, now = segments[-1], fake.now()
        segments.append({"wall": now, "plant": int(last["plant"] + (now - last["wall"]) * last["pace"]), "pace": value})
        fake.send({"type": "clock", "enterprise": enterprise, "segments": segments})
        return {"id": "p", "status": "done", "text": "", "t": now, "reply_ms": 3.0}

    @api.get("/latest")
    def latest() -> Any:
        return {"latest": fake.latest()}

    @api.get("/events")
    def events(request: Request, machine: str | None = None, limit: int = 1000) -> Any:
        kinds = request.query_params.getlist("kind")
        found = [
            e for e in fake.events if (not machine or e["machine"] == machine) and (not kinds or e["kind"] in kinds)
        ]
        return {"events": sorted(found, key=lambda e: e["t"])[-limit:]}

    @api.get("/counts")
    async def counts(request: Request) -> Any:
        q = request.query_params
        named, places = q.getlist("machine"), tuple(f"{p}/" for p in q.getlist("place"))
        rows: dict[str, dict[str, Any]] = {}
        for e in fake.events:
            if e["kind"] != "count" or (named and e["machine"] not in named):
                continue
            if not e["machine"].startswith(places or ("",)) or e["t"] < _time(q["start"], fake):
                continue
            row = rows.setdefault(e["machine"], {"machine": e["machine"], "good": 0, "scrap": 0, "events": 0})
            row.update(good=row["good"] + e["good"], scrap=row["scrap"] + e["scrap"], events=row["events"] + 1)
            row.update(epoch=e["epoch"], seq=e["seq"])
        fake.counts_asked += 1
        await fake.counts_leave.wait()
        return {"start": _time(q["start"], fake), "stop": fake.now(), "counts": list(rows.values())}

    @api.get("/output")
    def output(enterprise: str) -> Any:
        due, day = fake.due or (None, None)
        last = "polaris/north/assembly/assembly-1/pack-1"
        good = sum(e["good"] for e in fake.events if e["kind"] == "count" and e["machine"] == last)
        rows = [{"line": line["path"], "title": line["title"], "takt_s": line["takt_s"] or None, "planned_s": 53_820.0,
                 "planned_day_s": 86_319.0, "good": good, "due": due, "due_day": day}
                for line in fake.plants[enterprise]["layout"]["sites"][0]["lines"]]  # fmt: skip
        return {"enterprise": enterprise, "day": "2026-11-24", "start": fake.now() - 53_820 * SECOND,
                "stop": fake.now(), "lines": rows,
                "together": {"good": good, "due": due, "due_day": day}}  # fmt: skip

    @api.get("/series")
    def series(request: Request, start: str, stop: str, points: int = 500) -> Any:
        q = request.query_params
        if "agg" in q:
            return series_of(fake, request)
        first, last = _time(start, fake), _time(stop, fake)
        fake.series_asked.append({"start": first, "stop": last, "points": points, "signal": q.getlist("signal")})
        every = max(SECOND, -(-(last - first) // points // SECOND) * SECOND)
        found = []
        path = q["machine"]
        for name in q.getlist("signal"):
            spec = next(s for s in fake.machines[path]["signals"] if s["name"] == name)
            gap = (fake.now() - 900 * SECOND, fake.now() - 780 * SECOND)
            times = [t for t in range(first // every * every, min(last, fake.now()), every) if not gap[0] < t < gap[1]]
            found.append({"machine": path, "signal": name, "unit": spec["unit"], "every": every, "agg": "mean",
                          "source": "raw", "truncated": False, "times": times,
                          "values": [value_at(path, spec, t) for t in times]})  # fmt: skip
        return {"start": first, "stop": last, "series": found}

    @api.get("/states")
    def states(machine: str, start: str, stop: str) -> Any:
        first, last = _time(start, fake), min(_time(stop, fake), fake.now())
        rows, t, i = [], first // (300 * SECOND) * (300 * SECOND), 0
        while t < last:
            length = (210, 30, 40, 20)[i % 4] * SECOND
            state = ("producing", "starved", "producing", "down" if (t // SECOND) % 7 == 0 else "setup")[i % 4]
            rows.append({"machine": machine, "state": state, "reason": "", "text": "", "start": max(t, first),
                         "stop": min(t + length, last)})  # fmt: skip
            t += length
            i += 1
        return {"states": [r for r in rows if r["stop"] > r["start"]]}

    @api.get("/session")
    def session() -> Any:
        return {"subject": "maria", "role": fake.role, "scopes": [], "tenant": "*"}

    @api.websocket("/live")
    async def live(socket: WebSocket) -> None:
        if fake.refuse_stream or fake.away:
            await socket.close(1013)
            return
        await socket.accept()
        queue: asyncio.Queue[Any] = asyncio.Queue()
        fake.sockets[socket] = queue
        wanted = set(socket.query_params.getlist("machine"))
        kinds = {k for text in socket.query_params.getlist("kinds") for k in text.split(",")}
        fake.wanted[socket] = kinds
        try:
            await socket.send_json([{"type": "hello", "t": fake.now(), "pace": 1.0, "paces": {}}])
            while True:
                try:
                    async with asyncio.timeout(_BEAT_S):
                        frame = await queue.get()
                    await socket.send_json([frame])
                except TimeoutError:
                    if kinds and "telemetry" not in kinds:
                        await socket.send_json([])  # this is how one notices that nobody is there any more
                        continue
                    paths = [p for p, m in fake.machines.items() if m["online"] and (not wanted or p in wanted)]
                    await socket.send_json([fake.telemetry(p) for p in paths])
        except (WebSocketDisconnect, RuntimeError):
            return
        finally:
            fake.sockets.pop(socket, None)
            fake.wanted.pop(socket, None)

    return api


def _time(text: str, fake: FakePlatform) -> int:
    if text == "now":
        return fake.now()
    if text.startswith("-"):
        return fake.now() - int(text[1:-1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[text[-1]] * SECOND
    return int(text)


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
