"""The Station's answers in memory: calls, stops with reasons, scrap, instructions, near misses, handovers, labour."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from support.fake_plant import SECOND

LINE2 = "polaris/north/assembly/assembly-1"
_STEPS = {
    "pack-1": (
        "Pack a unit",
        [
            ("Wipe the front and look for scratches", "A scratch: book scrap, reason scratch"),
            ("Put the shelves and the crisper in", "3 shelves"),
            ("Lay the manual and the energy label inside", ""),
            ("Tape both doors", ""),
            ("Put on four corner posts", ""),
            ("Push the unit onto the turntable and press start", ""),
        ],
    )
}
_CATALOGUE = {
    "down": ("Mechanical breakdown", "Electrical or control fault", "Tool worn or broken", "Jam cleared by hand",
             "Sensor or guard", "Stopped for quality", "Stopped for safety", "Air, water or power missing"),
    "starved": ("Material not delivered", "Wrong or bad material", "Station before is slow or stands"),
    "blocked": ("Next station is slow or stands", "No empty container"),
    "setup": ("Change of product", "Adjustment after change"),
    "idle": ("No order", "No crew"),
    "planned": ("Planned maintenance", "Break"),
}  # fmt: skip
_SCRAP = ("Scratch or dent", "Out of dimension", "Leaks", "Surface or colour", "Wrongly assembled", "Bad material")


def _code(title: str) -> str:
    return title.lower().replace(" ", "-").replace(",", "")


class FakeStation:
    """What people did; a test reads ``asked`` and sets ``refuse`` (a path to a detail)."""

    def __init__(self) -> None:
        self.calls: dict[int, dict[str, Any]] = {}
        self.keys: dict[str, Any] = {}
        self.stops: list[dict[str, Any]] = []
        self.scrap: list[dict[str, Any]] = []
        self.misses: list[dict[str, Any]] = []
        self.handovers: list[dict[str, Any]] = []
        self.people: list[dict[str, Any]] = []
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.refuse: dict[str, str] = {}

    def call(self, machine: str, kind: str, called: int, by: str = "Maria (operator:a)") -> dict[str, Any]:
        """A call for help, as /station/calls shows it."""
        id = len(self.calls) + 1
        found = {"id": id, "machine": machine, "kind": kind, "text": "", "state": "open", "called": called,
                 "called_by": by, "answered": 0, "answered_by": "", "resolved": 0, "resolved_by": "", "resolution": "",
                 "answer_s": None, "resolve_s": None}  # fmt: skip
        self.calls[id] = found
        return found


def _facts(fake: Any, line: str) -> dict[str, Any]:
    station: FakeStation = fake.station
    now = fake.now()
    stops = [("eol-1", "down", "Test plug burnt", 1260), ("pack-1", "starved", "Material not delivered", 840),
             ("charge-1", "down", "coupling leaks", 480), ("pack-1", "down", "film torn", 210)]  # fmt: skip
    return {
        "line": line, "title": "Line 2, final assembly", "shift": "Early", "day": "2026-11-27",
        "start": now - 7 * 3600 * SECOND, "stop": now + 3600 * SECOND, "plant_s": 25200.0, "oee": 0.71,
        "output": {"good": 104, "due": 121, "scrap": 5, "scrap_by_people": sum(b["pieces"] for b in station.scrap)},
        "stops": [{"machine": f"{line}/{m}", "state": s, "reason": r, "s": t} for m, s, r, t in stops],
        "calls": 6, "answer_median_s": 94.0, "open_calls": [c for c in station.calls.values() if not c["resolved"]],
        "open_alarms": [{"id": f"{line}/eol-1:plug", "severity": "warning", "text": "Test plug warm", "raised": now}],
        "scrap": station.scrap, "near_misses": len(station.misses), "labour_h": 27.5, "units": {},
    }  # fmt: skip


def add_station_routes(api: FastAPI, fake: Any) -> None:
    """Register the routes; ``fake.station`` is a :class:`FakeStation`."""

    @api.middleware("http")
    async def maybe_refused(request: Request, go_on: Any) -> Any:
        detail = fake.station.refuse.get(request.url.path.removeprefix("/api/v1"))
        if detail is None or request.method != "POST":
            return await go_on(request)
        return JSONResponse({"title": "No", "status": 400, "detail": detail}, 400)

    async def acted(request: Request, path: str) -> tuple[dict[str, Any], Any]:
        """(what was asked, what it led to before)."""
        body = await request.json()
        fake.station.asked.append((path, body))
        return body, fake.station.keys.get(body.get("key"))

    def told(call: dict[str, Any]) -> dict[str, Any]:
        fake.send({"type": "call", "machine": call["machine"], "call": dict(call)})
        return call

    @api.get("/station/calls")
    def calls() -> Any:
        return {"calls": [c for c in fake.station.calls.values() if not c["resolved"]]}

    @api.get("/station/calls/figures")
    def figures() -> Any:
        waits = {"count": 6, "mean_s": 110.0, "median_s": 94.0, "p95_s": 251.0, "longest_s": 266.0}
        together = {"place": "polaris", "calls": 6, "unanswered": 0, "by_kind": {}, "answer": waits, "resolve": waits}
        return {"start": 0, "stop": 1, "machines": [], "lines": [], "together": together}

    @api.post("/station/calls")
    async def pull(request: Request) -> Any:
        body, before = await acted(request, "calls")
        if before is None:
            before = told(fake.station.call(body["machine"], body["kind"], body["t"], f"{body['name']} (operator:a)"))
            fake.station.keys[body["key"]] = before
        return before

    @api.post("/station/calls/{what}")
    async def move(what: str, request: Request) -> Any:
        body, _ = await acted(request, f"calls/{what}")
        call = fake.station.calls[body["id"]]
        by = f"{body['name']} (operator:b)"
        if not call["answered"]:
            call.update(state="answered", answered=body["t"], answered_by=by)
            call["answer_s"] = (body["t"] - call["called"]) / 1e6
        if what == "resolve":
            call.update(state="resolved", resolved=body["t"], resolved_by=by, resolution=body["text"])
        return told(call)

    @api.get("/station/reasons")
    def reasons() -> Any:
        rows = {s: [{"code": _code(r), "title": r, "help": None} for r in found] for s, found in _CATALOGUE.items()}
        return {"stops": rows, "scrap": [{"code": _code(r), "title": r, "help": None} for r in _SCRAP]}

    @api.get("/station/stops")
    def stops(machine: str) -> Any:
        view = fake.machines[machine]
        found = [s for s in fake.station.stops if s["machine"] == machine]
        if view["state"] in _CATALOGUE and not any(s["start"] == view["state_since"] for s in found):
            seconds = (fake.now() - view["state_since"]) / 1e6
            now = {"machine": machine, "state": view["state"], "start": view["state_since"], "stop": None,
                   "plant_s": seconds, "own": view["reason"], "given": None}  # fmt: skip
            fake.station.stops.append(now)
            found.append(now)
        return {"stops": sorted(found, key=lambda s: -s["start"])}

    @api.post("/station/stops/reason")
    async def reason(request: Request) -> Any:
        body, _ = await acted(request, "stops/reason")
        stop = next(s for s in fake.station.stops if s["start"] == body["at"])
        titles = {_code(r): r for found in _CATALOGUE.values() for r in found}
        words = body.get("reason") or titles[body["code"]]
        stop["given"] = {"id": 1, "code": body.get("code", ""), "reason": words, "said": fake.now(),
                         "by": f"{body['name']} (operator:a)"}  # fmt: skip
        return stop

    @api.get("/station/work/{path:path}")
    def work(path: str) -> Any:
        view = fake.machines[path]
        title, steps = _STEPS.get(view["name"], ("", []))
        return {"machine": path, "title": title, "operation": "", "unit": view["unit"], "product": view["product"],
                "steps": [{"text": text, "note": note} for text, note in steps]}  # fmt: skip

    @api.get("/station/scrap")
    def scrap() -> Any:
        return {"scrap": fake.station.scrap[::-1]}

    @api.post("/station/scrap")
    async def book(request: Request) -> Any:
        body, _ = await acted(request, "scrap")
        made = {"id": len(fake.station.scrap) + 1, "machine": body["machine"], "t": body["t"], "unit": body["unit"],
                "pieces": body["pieces"], "reason": body["reason"], "by": f"{body['name']} (operator:a)", "undone": 0,
                "undone_by": "", "undone_why": ""}  # fmt: skip
        fake.station.scrap.append(made)
        fake.event(body["machine"], "count", good=-body["pieces"], scrap=body["pieces"])
        fake.send({"type": "scrap", "machine": body["machine"], "good": -body["pieces"], "scrap": body["pieces"]})
        return made

    @api.post("/station/scrap/undo")
    async def undo(request: Request) -> Any:
        body, _ = await acted(request, "scrap/undo")
        made = fake.station.scrap[body["id"] - 1]
        made.update(undone=fake.now(), undone_by=body["name"])
        return made

    _add_records(api, fake, acted)


def _add_records(api: FastAPI, fake: Any, acted: Any) -> None:
    @api.get("/station/near-misses")
    def misses() -> Any:
        return {"near_misses": fake.station.misses[::-1]}

    @api.post("/station/near-misses")
    async def report(request: Request) -> Any:
        body, _ = await acted(request, "near-misses")
        made = {"id": len(fake.station.misses) + 1, "place": body["place"], "t": body["t"], "what": body["what"],
                "spot": body["spot"], "worst": body["worst"], "by": f"{body['name']} (operator:a)", "state": "open",
                "changed": 0, "changed_by": "", "note": ""}  # fmt: skip
        fake.station.misses.append(made)
        return made

    @api.post("/station/near-misses/state")
    async def move(request: Request) -> Any:
        body, _ = await acted(request, "near-misses/state")
        miss = fake.station.misses[body["id"] - 1]
        miss.update(state=body["state"], note=body["note"])
        return miss

    @api.get("/station/handover")
    def handover(line: str) -> Any:
        return _facts(fake, line)

    @api.get("/station/handovers")
    def handovers(limit: int = 50) -> Any:
        return {"handovers": fake.station.handovers[::-1][:limit]}

    @api.post("/station/handovers")
    async def sign(request: Request) -> Any:
        body, _ = await acted(request, "handovers")
        facts = _facts(fake, body["line"])
        made = {"id": len(fake.station.handovers) + 1, "line": body["line"], "shift": "Early", "day": facts["day"],
                "start": facts["start"], "stop": facts["stop"], "state": "signed", "notes": body["notes"],
                "facts": facts, "left": fake.now(), "left_by": f"{body['name']} (operator:a)", "came": 0,
                "came_by": "", "came_notes": ""}  # fmt: skip
        fake.station.handovers.append(made)
        return made

    @api.post("/station/handovers/accept")
    async def accept(request: Request) -> Any:
        body, _ = await acted(request, "handovers/accept")
        made = fake.station.handovers[body["id"] - 1]
        made.update(state="accepted", came=fake.now(), came_by=f"{body['name']} (operator:b)")
        return made

    @api.get("/labour/now")
    def now() -> Any:
        return {"people": fake.station.people}

    @api.get("/labour")
    def labour() -> Any:
        together = {"place": "polaris", "labour_h": 27.5, "good": 104, "per_good_h": 27.5 / 104}
        return {"start": 0, "stop": 1, "plant_s": 28800.0, "together": together, "lines": [], "machines": []}

    @api.post("/labour/on")
    async def clock_on(request: Request) -> Any:
        body, _ = await acted(request, "labour/on")
        person = body["name"]
        fake.station.people.append({"id": 1, "person": person, "place": body["place"], "began": body["t"], "ended": 0})
        return {"people": fake.station.people}

    @api.post("/labour/off")
    async def clock_off(request: Request) -> Any:
        await acted(request, "labour/off")
        gone, fake.station.people = fake.station.people, []
        return {"people": gone}
