"""The API's answers of the Data page without the API: catalogue, quality, values in every format, and a quarantine."""

from __future__ import annotations

import base64
from collections import Counter
from typing import Any

from andon_platform.api import limits, tables
from andon_platform.api.answers import CSV, as_csv, iso, preferred
from andon_platform.api.problems import Problem
from andon_platform.data.port import Series
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from support.fake_plant import SECOND, value_at

LINE = "polaris/north/cabinets/cabinets-1"
MINUTE = 60 * SECOND
_AGGS = ("mean", "min", "max", "first", "last", "count", "sum", "stddev", "raw")


def held(now: int) -> list[dict[str, Any]]:
    """Messages in quarantine, newest first: one that a fix makes sound, one that stays broken, one that is no text."""
    found = []
    for i, (name, reason, detail, payload) in enumerate(
        (
            ("press-1", "unknown-signal", "ram_speed was not announced by the birth of session 7",
             b'{"v":1,"machine":"polaris/north/cabinets/cabinets-1/press-1","epoch":1795000000000000,"seq":4711,'
             b'"samples":[{"t":1795000000100000,"values":{"hydraulic_pressure":181.2,"ram_speed":0.42}}]}'),
            ("foam-2", "malformed-json", "JSON is malformed: trailing characters (byte 42)", b'{"v":1,"samples":[}'),
            ("press-1", "wrong-shape", "Object missing required field `samples`", b'{"v":1,"note":"<b>hello</b>"}'),
            ("bend-1", "malformed-json", "JSON is malformed: invalid UTF-8", bytes([0, 255, 254, 1, 65, 110, 100])),
        )
    ):  # fmt: skip
        identity = (now - 3600 * SECOND, 4711) if reason == "unknown-signal" else (0, 0)
        try:
            text: str | None = payload.decode()
        except UnicodeDecodeError:
            text = None
        found.append({
            "id": f"held/{i}", "received": now - (i * 400 + 30) * SECOND, "topic": f"andon/v1/{LINE}/{name}/telemetry",
            "reason": reason, "detail": detail, "machine": f"{LINE}/{name}" if identity[0] else "",
            "epoch": identity[0], "seq": identity[1], "replayed": 0, "size": len(payload), "payload": text,
            "payload_base64": base64.b64encode(payload).decode(),
        })  # fmt: skip
    return found


def characteristics() -> list[dict[str, Any]]:
    """What two machines measure on each piece: specified on both sides with a target, on one side, and not at all."""
    row = {"description": "", "lower": None, "upper": None, "target": None, "origin": "simulated", "owner": "polaris"}
    return [
        row | {"machine": f"{LINE}/{machine}", "characteristic": name, "title": title, "unit": unit, **specified}
        for machine, name, title, unit, specified in (
            ("foam-1", "density_kg_m3", "Density of the foam", "kg/m3", {"lower": 32.0, "upper": 39.0, "target": 35.0}),
            ("press-1", "flatness_mm", "Deviation from flat", "mm", {"upper": 0.8}),
            ("press-1", "weight_kg", "Weight", "kg", {}),
        )
    ]


def quality_of(machine: dict[str, Any], first: int, last: int) -> dict[str, Any]:
    """A report as the API makes it; a press has trouble: one gap of all signals, and one signal that is stuck."""
    expected = (last - first) // SECOND
    at = (first + (last - first) // 3) // MINUTE * MINUTE
    press, down = machine["name"] == "press-1", machine["name"] == "foam-2"
    rows = []
    for s in machine["signals"]:
        gap = {"start": at, "stop": at + 2 * MINUTE, "values": 0, "expected": 120}
        values = 0 if down else expected - 120 * press
        stuck = press and s["name"] == "oil_temperature"
        rows.append({
            "signal": s["name"], "title": s["title"] or s["name"], "unit": s["unit"],
            "values": values, "expected": expected, "earlier": 0,
            "completeness": values / expected, "timeliness": None if down else 0.875 if press else 1.0,
            "validity": None if down else 1.0, "excess": None if down else 0.0,
            "stuck": stuck, "stuck_s": 480.0 if stuck else 0.0,
            "gaps": [{"start": first, "stop": last, "values": 0, "expected": expected}] if down else [gap] * press,
        })  # fmt: skip
    pooled = sum(r["values"] for r in rows) / max(1, sum(r["expected"] for r in rows))
    late = {"start": at + 3 * MINUTE, "stop": at + 13 * MINUTE, "values": 1200, "late": 1140, "longest_s": 604.0}
    timeliness = {"within_s": 3.0, "timed": 0 if down else 4_800, "share": None if down else 0.875 if press else 1.0,
                  "p50_s": None if down else 0.42, "p99_s": None if down else 598.0 if press else 1.3,
                  "longest_s": None if down else 604.0 if press else 2.1, "late": [late] * press}  # fmt: skip
    return {"machine": machine["id"], "start": first, "stop": last, "completeness": pooled, "timeliness": timeliness,
            "validity": None if down else 1.0, "signals": rows}  # fmt: skip


def _held(fake: Any, reason: str = "", machine: str = "", start: str = "") -> list[dict[str, Any]]:
    since = limits.moment(start, fake.now(), "start") if start else 0
    return [
        q
        for q in fake.held
        if (not reason or q["reason"] == reason) and machine in q["topic"] and q["received"] >= since
    ]


def add_data_routes(api: FastAPI, fake: Any) -> None:
    """Register the routes; ``fake.held`` is the quarantine, ``fake.mended`` the reasons that are sound by now."""

    @api.exception_handler(Problem)
    async def problem(_: Request, error: Problem) -> Response:
        return error.answer()

    @api.get("/catalogue")
    def catalogue(request: Request, place: str = "", text: str = "") -> Any:
        fake.catalogue_asked.append({"place": place, "text": text})
        rows = [_entry(m, s) for p, m in sorted(fake.machines.items()) if p.startswith(place) for s in m["signals"]]
        if preferred(request, CSV):
            return as_csv(("machine", "signal", "unit"), ([r["machine"], r["signal"], r["unit"]] for r in rows), "c")
        stop = fake.now() // MINUTE * MINUTE
        pieces = [c for c in characteristics() if c["machine"].startswith(place)]
        return {"signals": rows, "characteristics": pieces, "start": stop - 24 * 60 * MINUTE, "stop": stop}

    @api.get("/quality")
    def quality(machine: str, start: str, stop: str) -> Any:
        if machine not in fake.machines:
            return JSONResponse({"status": 404, "detail": f"no machine {machine!r}"}, 404)
        return quality_of(fake.machines[machine], *limits.span(start, stop, fake.now()))

    @api.get("/quarantine")
    def quarantine(
        limit: int = 100, before: int | None = None, reason: str = "", machine: str = "", start: str = ""
    ) -> Any:
        rows = [q for q in _held(fake, reason, machine, start) if q["received"] < (before or 2**60)]
        following = str(rows[limit - 1]["received"]) if len(rows) > limit else None
        return {"messages": rows[:limit], "next": following}

    @api.get("/quarantine/count")
    def count(reason: str = "", machine: str = "", start: str = "") -> Any:
        rows = _held(fake, reason, machine, start)
        reasons = Counter(q["reason"] for q in rows if not q["replayed"])
        return {"messages": len(rows), "waiting": reasons.total(), "reasons": reasons, "more": False}

    @api.get("/quarantine/replays")
    def rounds() -> Any:
        return {"rounds": fake.rounds}

    @api.post("/quarantine/replays", status_code=202)
    def many(asked: dict[str, str]) -> Any:
        ids = [q["id"] for q in _held(fake, **asked) if not q["replayed"]]
        begun = {"id": f"r{len(fake.rounds)}", "state": "running", "total": len(ids), "looked": 0, "stored": 0,
                 "refused": 0, "gone": 0, "reasons": {}, "examples": [], "more": False, "detail": "",
                 "asked": asked, "ids": ids}  # fmt: skip
        fake.rounds.insert(0, begun)
        return begun

    @api.get("/quarantine/replays/{id}")
    def round(id: str) -> Any:
        found = next(r for r in fake.rounds if r["id"] == id)
        while found["looked"] < min(fake.judged, found["total"]) and found["state"] == "running":
            answer = replay(found["ids"][found["looked"]])
            found["looked"] += 1
            found["stored"] += answer["stored"]
            if not answer["stored"]:
                found["refused"] += 1
                found["reasons"][answer["reason"]] = found["reasons"].get(answer["reason"], 0) + 1
                found["examples"].append(answer)
        found["state"] = "done" if found["looked"] == found["total"] else found["state"]
        return found

    @api.delete("/quarantine/replays/{id}")
    def stop(id: str) -> Any:
        found = next(r for r in fake.rounds if r["id"] == id)
        return found.update(state="stopped") or found

    @api.post("/quarantine/{id:path}/replay")
    def replay(id: str) -> Any:
        found = next(q for q in fake.held if q["id"] == id)
        fake.replays.append(id)
        if found["reason"] not in fake.mended:
            return {"id": id, "stored": False, "reason": found["reason"], "detail": found["detail"]}
        found["replayed"] = fake.now()
        return {"id": id, "stored": True, "reason": "", "detail": ""}

    @api.get("/quarantine/{id:path}")
    def one(id: str) -> Any:
        found = next((q for q in fake.held if q["id"] == id), None)
        return found or JSONResponse({"detail": f"no message {id!r}"}, 404)


def series_of(fake: Any, request: Request) -> Response | dict[str, Any]:
    """/series asked with an aggregate, by the API's own rules of time and bucket, in every format."""
    q = request.query_params
    machines, signals = q.getlist("machine"), q.getlist("signal")
    machines = machines * len(signals) if len(machines) == 1 else machines
    first, last = limits.span(q["start"], q["stop"], fake.now())
    agg: Any = q["agg"]
    assert agg in _AGGS
    every = limits.duration(q["every"]) if "every" in q else limits.bucket_for(first, last, 500)
    every = None if agg == "raw" else every
    if every and (last - first) // every > limits.MAX_POINTS:
        detail = f"{(last - first) // every} buckets of {every} us are more than {limits.MAX_POINTS}"
        return JSONResponse({"title": "The question is beyond a limit", "status": 422, "detail": detail}, 422)
    fake.series_asked.append({"start": first, "stop": last, "signal": signals, "machine": machines, "agg": agg,
                              "every": every, "accept": request.headers["accept"]})  # fmt: skip
    step, found, units = every or SECOND, [], []
    for path, name in zip(machines, signals, strict=True):
        spec = next(s for s in fake.machines[path]["signals"] if s["name"] == name)
        times = [] if fake.empty else list(range(-(-first // step) * step, last, step))
        values = [step / SECOND if agg == "count" else value_at(path, spec, t) for t in times]
        found.append(Series(path, name, times, values, every, agg, "raw"))
        units.append(spec["unit"])
    kind = preferred(request, CSV, tables.PARQUET)
    if kind == tables.PARQUET:
        return tables.parquet(found, units)
    if kind == CSV:
        rows = ((s.machine, s.signal, u, t, iso(t), v) for s, u in zip(found, units, strict=True)
                for t, v in zip(s.times, s.values, strict=True))  # fmt: skip
        return as_csv(("machine", "signal", "unit", "t", "time", "value"), rows, "series")
    rows = [
        {"machine": s.machine, "signal": s.signal, "unit": u, "every": s.every, "agg": s.agg, "source": s.source,
         "truncated": False, "times": s.times, "values": s.values} for s, u in zip(found, units, strict=True)
    ]  # fmt: skip
    return {"start": first, "stop": last, "series": rows}


def _complete(m: dict[str, Any], s: dict[str, Any]) -> dict[str, Any]:
    """A press misses an eighth of one signal; a machine that is away has nothing, and one that is new was not due."""
    due = round(86_400 * s["rate_hz"])
    share = 0.875 if m["name"] == "press-1" and s["name"] == "oil_temperature" else 1.0
    if m["name"] == "bend-1":
        return {"values": 0, "expected": 0, "completeness": None}
    return {"values": round(due * share), "expected": due, "completeness": share}


def _entry(m: dict[str, Any], s: dict[str, Any]) -> dict[str, Any]:
    return {
        "machine": m["id"], "signal": s["name"], "title": s["title"] or s["name"], "description": s["description"],
        "unit": s["unit"], "minimum": s["minimum"], "maximum": s["maximum"], "low_limit": s["low_limit"],
        "high_limit": s["high_limit"], "rate_hz": s["rate_hz"], "class": s["role"], "origin": m["origin"],
        "source": m["source"] or m["type"], "owner": m["enterprise"], "raw_days": 7.0, "minute_days": 90.0,
        **_complete(m, s),
    }  # fmt: skip
