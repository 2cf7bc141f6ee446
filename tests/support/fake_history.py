"""What the fake API answers about the past: values, events, counts, output and states."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request
from support.fake_data import series_of
from support.fake_plant import SECOND, value_at

if TYPE_CHECKING:
    from support.fake_platform import FakePlatform


def add_history_routes(api: FastAPI, fake: FakePlatform) -> None:
    """The routes that are asked with a time."""

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
    def series(request: Request, start: str, stop: str, points: int = 500, spread: bool = False) -> Any:
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
            values = [value_at(path, spec, t) for t in times]
            aside = (spec["maximum"] - spec["minimum"]) * 0.05
            ends = {"lows": [v - aside for v in values], "highs": [v + aside for v in values]} if spread else {}
            found.append({"machine": path, "signal": name, "unit": spec["unit"], "every": every, "agg": "mean",
                          "source": "raw", "truncated": False, "times": times, "values": values} | ends)  # fmt: skip
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


def _time(text: str, fake: FakePlatform) -> int:
    if text == "now":
        return fake.now()
    if text.startswith("-"):
        return fake.now() - int(text[1:-1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[text[-1]] * SECOND
    return int(text)
