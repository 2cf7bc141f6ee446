"""An alarm book in memory for pages under test: the platform's own alarms and their states, without its database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from andon_platform.alarms.alarm import Alarm, AlarmRefused
from andon_platform.alarms.log import Entry
from andon_platform.alarms.measures import BOUNDS, LOOK_BACK_US, annunciated, measures, stale
from andon_platform.api.views import alarm_view
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

MIN = 60_000_000
LINE = "polaris/north/cabinets/cabinets-1"
_LENGTHS = {"m": MIN, "h": 60 * MIN}


class FakeBook:
    """``tell`` gets each alarm that changed. ``refuse`` says why the next change is refused, by a 400."""

    def __init__(self, now: Callable[[], int], tell: Callable[[dict[str, Any]], None]) -> None:
        self.now, self.tell = now, tell
        self.alarms: dict[str, Alarm] = {}
        self.log: list[Entry] = []
        self.away = False
        self.refuse = ""

    def said(
        self, machine: str, code: str, active: bool, severity: str, text: str = "", t: int | None = None,
        source: str = "machine",
    ) -> str:  # fmt: skip
        """A condition came or went; gives the alarm's id."""
        at = self.now() if t is None else t
        before = self.alarms.get(f"{machine}:{code}", Alarm(machine, code, source, severity))  # type: ignore[arg-type]
        after = before.came(at, severity, text) if active else before.went(at)  # type: ignore[arg-type]
        self._note(after, Entry(machine, code, at, "came" if active else "went", "", text))
        return after.id

    def change(self, id: str, do: Callable[[Alarm, int], Alarm], what: str, by: str, text: str = "") -> Alarm:
        """What a person does."""
        if self.refuse:
            why, self.refuse = self.refuse, ""
            raise AlarmRefused(why)
        after = do(self.alarms[id], self.now())
        self._note(after, Entry(after.machine, after.code, self.now(), what, by, text))
        return after

    def _note(self, alarm: Alarm, entry: Entry) -> None:
        self.alarms[alarm.id] = alarm
        self.log.append(entry)
        self.tell({"type": "alarm", "machine": alarm.machine, "alarm": alarm_view(alarm, self.now())})

    def many(self) -> None:
        """Some of each state, as after a busy hour."""
        now = self.now()
        ago = lambda minutes: now - minutes * MIN  # noqa: E731
        self.said("polaris/north/utilities/supply/chiller-1", "bearing", True, "warning",
                  "Bearing vibration 4.2 mm/s, limit 3.5", ago(38))  # fmt: skip
        self.said("polaris/north/assembly/assembly-1/charge-1", "detector", True, "warning",
                  "Charge: unusual, because of leak_rate 71%, pressure 22%", ago(6), source="detector")  # fmt: skip
        over = self.said(f"{LINE}/paint-1", "booth-temperature", True, "warning", "Booth 31 °C, limit 28", ago(52))
        self.said(f"{LINE}/paint-1", "booth-temperature", False, "warning", t=ago(44))
        seen = self.said(f"{LINE}/thermo-1", "heater-3", True, "critical", "Heater 3 draws no current", ago(71))
        self.change(seen, lambda a, _: a.acknowledge(ago(66), "operator:jonas"), "acknowledged", "operator:jonas")
        self.change(seen, lambda a, _: a, "comment", "operator:jonas", "New heater is ordered, comes at four")
        shelved = self.said(f"{LINE}/bend-1", "oil-level", True, "information", "Oil level 34 %", ago(180))
        self.change(shelved, lambda a, n: a.acknowledge(ago(170), "operator:jonas"), "acknowledged", "operator:jonas")
        self.change(shelved, lambda a, n: a.shelve(n, n + 100 * MIN), "shelved", "operator:jonas",
                    "2h, filled up at the end of the shift")  # fmt: skip
        out = self.said("polaris/north/assembly/assembly-1/eol-1", "door-sensor", True, "information",
                        "Door sensor stuck", ago(2000))  # fmt: skip
        self.change(out, lambda a, _: a.service(True), "out-of-service", "engineer:maria", "sensor is broken")
        for i in range(14):
            self.said(f"{LINE}/press-1", "feeder", True, "information", "Feeder empty", ago(120) + i * 15_000_000)
            self.said(f"{LINE}/press-1", "feeder", False, "information", t=ago(120) + i * 15_000_000 + 5_000_000)
        assert over


def add_alarm_routes(api: FastAPI, fake: Any) -> None:
    """The routes of ``/alarms``; ``fake`` has ``book``, ``role`` and ``now``."""
    book: FakeBook = fake.book

    def by() -> str:
        return f"{fake.role}:maria"

    def problem(status: int, detail: str) -> JSONResponse:
        return JSONResponse({"title": "Problem", "status": status, "detail": detail}, status)

    @api.get("/alarms")
    def alarms(request: Request, machine: str | None = None) -> Any:
        if book.away:
            return problem(503, "The registry's database does not answer")
        wanted = request.query_params.getlist("state")
        rows = [alarm_view(a, fake.now()) for a in book.alarms.values() if machine in (None, a.machine)]
        return {"alarms": [row for row in rows if (row["state"] in wanted if wanted else row["state"] != "normal")]}

    @api.get("/alarms/history")
    def history(id: str) -> Any:
        found = [e for e in book.log if f"{e.machine}:{e.code}" == id]
        return {"history": [asdict(e) for e in reversed(found)]}

    @api.get("/alarms/measures")
    def measured(enterprise: str, start: int) -> Any:
        stop = fake.now()
        mine = [e for e in book.log if e.t >= start - LOOK_BACK_US and e.machine.startswith(f"{enterprise}/")]
        rang = annunciated((e for e in sorted(mine, key=lambda e: e.t) if e.what not in ("went", "changed", "comment",
                           "acknowledged")), lambda t: t)  # fmt: skip
        m = measures(rang, start, stop)
        return {
            "start": start, "stop": stop, "plant_s": (stop - start) / 1e6, "alarms": m.alarms, "per_hour": m.per_hour,
            "peak": m.peak, "flood_s": m.flood_us / 1e6, "flood_share": m.flood_us / (stop - start),
            "periods": [{"start": t, "alarms": n} for t, n in m.periods], "peak_share": m.peak_share,
            "top_share": m.top_share,
            "by_severity": {"critical": 1, "warning": 3, "information": m.alarms - 4},
            "top": [{"id": id, "alarms": n, "share": n / m.alarms} for id, n in m.top],
            "chattering": [{"id": id, "most": n} for id, n in m.chattering],
            "stale": [{"id": a.id, "s": us / 1e6} for a, us in stale(book.alarms.values(), stop, lambda t: t)],
            "bounds": BOUNDS,
        }  # fmt: skip

    @api.post("/alarms/{what}")
    async def change(what: str, request: Request) -> Any:
        body = await request.json()
        text = body.get("text", "")
        if fake.role not in (("engineer", "admin") if what == "service" else ("operator", "engineer", "admin")):
            return problem(403, "alarm:handle is not among your scopes")
        length = body.get("length", "1h")
        until = int(length[:-1]) * _LENGTHS[length[-1]]
        done: dict[str, tuple[Callable[[Alarm, int], Alarm], str, str]] = {
            "acknowledge": (lambda a, n: a.acknowledge(n, by()), "acknowledged", text),
            "shelve": (lambda a, n: a.shelve(n, n + until), "shelved", f"{length}, {text}" if text else length),
            "unshelve": (lambda a, n: a.unshelve(n), "unshelved", text),
            "comment": (lambda a, _: a, "comment", text),
            "service": (lambda a, _: a.service(body["out"]),
                        "out-of-service" if body.get("out") else "returned-to-service", text),
        }  # fmt: skip
        try:
            return alarm_view(book.change(body["id"], *done[what][:2], by(), done[what][2]), fake.now())
        except AlarmRefused as error:
            return problem(400, str(error))
