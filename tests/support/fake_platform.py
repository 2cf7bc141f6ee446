"""What the fake API knows: machines, plants and events, and the streams that hear of them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

from fastapi import WebSocket
from support.fake_alarms import FakeBook
from support.fake_analysis import Analysis
from support.fake_data import held
from support.fake_energy import Energy
from support.fake_flow import Flow
from support.fake_plant import BUFFERED, POLARIS, SECOND, foreign_layout, machine_view, polaris_layout, value_at
from support.fake_station import FakeStation


class FakePlatform:
    """Machines, plants and events; a test changes them and calls :meth:`send`."""

    def __init__(self, now: Callable[[], int] = lambda: time.time_ns() // 1000) -> None:
        self.now = now
        self.role = "engineer"
        self.away = False
        self.refuse_stream = False
        self.hangs = False  # as a process that is suspended: what is connected stays so, and nothing comes
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
