"""OEE, the detector's opinion and control charts for pages under test: figures that a real platform gave, or could."""

from __future__ import annotations

import asyncio
import math
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

SECOND = 1_000_000
_LOSSES = (
    ("down", "seal worn", 2100.0),
    ("starved", "", 1500.0),
    ("setup", "panel set L", 900.0),
    ("blocked", "", 600.0),
)
FORMULAS = {
    "availability": "APT / PBT",
    "effectiveness": "sum of PRI * PQ over operations / APT",
    "quality_ratio": "GQ / PQ",
    "oee": "availability * effectiveness * quality ratio",
    "mtbf_s": "AUPT / number of failures",
    "throughput_per_h": "PQ / AOET, with AOET = AUBT",
}


class Analysis:
    """What the routes answer; a test changes it."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.charts: list[dict[str, str]] = []
        self.capabilities: list[dict[str, str]] = []
        #: While this is not set, the answer of /spc/chart, made when it was asked, does not leave.
        self.charts_leave = asyncio.Event()
        self.charts_leave.set()
        self.forgotten: list[str] = []
        self.shift = True
        self.planned = True
        self.away = False
        self.bottleneck: str | None = "polaris/north/cabinets/cabinets-1/foam-1"
        self.certainty = 0.5
        self.opinions: list[dict[str, Any]] = []
        self.kept: list[dict[str, Any]] = []


def figures(planned: bool = True) -> dict[str, Any]:
    """A shift of five hours: 17 820 s planned, 12 720 s produced, 290 of 300 pieces good at 36 s each."""
    pbt = 17_820.0 if planned else 0.0
    apt, run = (pbt - sum(s for _, _, s in _LOSSES), 10_800.0) if planned else (0.0, 0.0)
    good = 10_440.0 if planned else 0.0
    level, steps = 18_900.0, [("calendar", 18_900.0, 18_900.0, True)]
    lost = [("offline", 0.0), ("unplanned", 180.0 if planned else 18_900.0), ("breaks", 900.0 if planned else 0.0),
            ("planned-busy", None), ("idle", 0.0)]  # fmt: skip
    lost += [(s, next((t for n, _, t in _LOSSES if n == s), 0.0) if planned else 0.0) for s in ("starved", "blocked")]
    lost += [(s, next((t for n, _, t in _LOSSES if n == s), 0.0) if planned else 0.0) for s in ("down", "setup")]
    lost += [("producing", None), ("slow", apt - run), ("scrap", run - good), ("good", None)]
    for name, s in lost:
        if s is None:
            steps.append((name, level, level, True))
        else:
            level -= s
            steps.append((name, -s, level, False))
    whole, so_far, losses = sum(s for _, _, s in _LOSSES), 0.0, []
    for state, reason, s in _LOSSES if planned else ():
        so_far += s
        losses.append({"state": state, "reason": reason, "s": s, "share": s / whole, "cumulative": so_far / whole})
    known = dict.fromkeys(("nee", "utilisation", "allocation", "technical_efficiency", "setup_ratio", "scrap_ratio"))
    ratios = (apt / pbt, run / apt, 290 / 300, good / pbt) if planned else (None, None, None, None)
    return {
        "kpis": {**known, "availability": ratios[0], "effectiveness": ratios[1], "quality_ratio": ratios[2],
                 "oee": ratios[3], "throughput_per_h": 65.7 if planned else None, "mtbf_s": 6360.0, "mttr_s": 1050.0},
        "times_s": {"APT": apt, "PBT": pbt, "AUBT": 16_440.0},
        "pieces": {"PQ": 300, "GQ": 290, "SQ": 10},
        "failures": 2,
        "waterfall": [{"name": n, "s": s, "level_s": at, "total": total} for n, s, at, total in steps],
        "losses": losses,
    }  # fmt: skip


def chart_of(now: int, kind: str, characteristic: str, unit: str) -> dict[str, Any]:
    """Forty points; the 31st lies beyond the limit, and the last of nine on one side completes a pattern."""
    times = [now - (40 - i) * 60 * SECOND for i in range(40)]
    values = [150 + 2.2 * math.sin(i * 2.399) for i in range(40)]
    values[30] = 163.4
    values[12:21] = [151.2 + 0.3 * math.sin(i) for i in range(9)]
    flat = lambda v: [v] * 40  # noqa: E731
    broken = [
        {"rule": "nelson-2", "index": 20, "points": list(range(12, 21)),
         "text": "9 points in a row on one side of the centre"},
        {"rule": "nelson-1", "index": 30, "points": [30], "text": "a point beyond 3 sigma"},
    ]  # fmt: skip
    panel = {"name": "value", "times": times, "values": values, "lower": flat(142.0), "upper": flat(158.0),
             "centre": flat(150.0), "violations": broken}  # fmt: skip
    return {"machine": "", "characteristic": characteristic, "unit": unit, "chart": kind, "phase": 1,
            "limits_id": None, "limits": [], "panels": [panel]}  # fmt: skip


def _problem(status: int, detail: str) -> JSONResponse:
    return JSONResponse({"title": "Problem", "status": status, "detail": detail}, status)


def add_analysis_routes(api: FastAPI, fake: Any) -> None:
    """The routes; ``fake`` has ``analysis``, ``machines``, ``role`` and ``now``."""
    have: Analysis = fake.analysis

    @api.get("/oee")
    def oee(request: Request) -> Any:
        q = dict(request.query_params)
        have.asked.append(q)
        if have.away:
            return _problem(503, "The store does not answer")
        if q.get("shift") and not have.shift and not q.get("or_range"):
            return _problem(404, "no shift runs now")
        now = fake.now()
        found = figures(have.planned)
        start = now - 18_900 * SECOND
        shift = {"name": "early", "day": "2026-11-24", "start": start, "stop": now + 9_900 * SECOND,
                 "plant_start": start, "plant_stop": now + 9_900 * SECOND}  # fmt: skip
        neck = {"machine": have.bottleneck, "waiting": 0.04, "certainty": have.certainty}
        shown = shift if q.get("shift") and have.shift else None
        return {"start": start, "stop": now, "plant_s": 18_900.0, "shift": shown, "product": None, "machines": [],
                "together": found, "formulas": FORMULAS,
                "bottleneck": neck if "place" in q and have.bottleneck else None}  # fmt: skip

    @api.get("/detection")
    def detection(machine: str) -> Any:
        if have.away:
            return _problem(503, "The store does not answer")
        return {"opinions": [{"machine": machine, "t": fake.now(), **o} for o in have.opinions]}

    @api.delete("/detection/{path:path}", status_code=204)
    def forget(path: str) -> Response:
        have.forgotten.append(path)
        have.opinions = [{**o, "learned": 0.0, "score": 0.0, "alarm": False, "because": {}} for o in have.opinions]
        return Response(status_code=204)

    @api.get("/spc/characteristics")
    def characteristics(machine: str) -> Any:
        if have.away:
            return _problem(503, "The store does not answer")
        of_values = ["individuals", "xbar-r", "xbar-s", "ewma", "cusum"]

        def row(name: str, kind: str, charts: list[str], lower: Any = None, upper: Any = None, **more: Any) -> Any:
            nothing = {"title": "", "unit": "", "target": None}
            return {"name": name, "kind": kind, "charts": charts, "lower": lower, "upper": upper, **nothing, **more}

        signals = [s for s in fake.machines[machine]["signals"] if s["name"] != "buffer_out"]
        rows = [row(s["name"], "signal", of_values, s["low_limit"], s["high_limit"]) for s in signals]
        rows += [
            row("flatness_mm", "measured", of_values, 0.1, 0.8, target=0.2, title="Deviation from flat", unit="mm"),
            row("weight_kg", "measured", of_values), row("scrap", "counted", ["p", "np"]),
            row("stops", "counted", ["u", "c"]), row("*", "together", ["t2"]),
        ]  # fmt: skip
        return {"characteristics": rows}

    @api.get("/spc/limits")
    def kept(machine: str, characteristic: str) -> Any:
        return {"limits": [k for k in have.kept if (k["machine"], k["characteristic"]) == (machine, characteristic)]}

    @api.post("/spc/limits", status_code=201)
    def keep(body: dict[str, Any]) -> Any:
        basis = {"count": 40, "every": body["every"] or "16m"}
        have.kept.append({"id": f"kept-{len(have.kept)}", "made": fake.now(), "limits": [{"basis": basis}], **body})
        return have.kept[-1]

    @api.delete("/spc/limits/{id}", status_code=204)
    def drop(id: str) -> Response:
        have.kept = [k for k in have.kept if k["id"] != id]
        return Response(status_code=204)

    @api.get("/spc/capability")
    def capability(request: Request) -> Any:
        q = dict(request.query_params)
        have.capabilities.append(q)
        index = {"value": 1.234, "low": 1.1, "high": 1.37}
        both = index if "lower" in q and "upper" in q else dict.fromkeys(index)
        return {"count": 60, "cp": both, "cpk": index, "pp": both, "ppk": index, "cpm": both, "below": 0.0,
                "above": 0.05, "expected_below": 0.0, "expected_above": 0.0021}  # fmt: skip

    @api.get("/spc/chart")
    async def spc(machine: str, characteristic: str, request: Request, chart: str = "individuals") -> Any:
        have.charts.append(dict(request.query_params))
        await have.charts_leave.wait()
        if have.away:
            return _problem(503, "The store does not answer")
        signals = fake.machines[machine]["signals"]
        unit = next((s["unit"] for s in signals if s["name"] == characteristic), "1")
        if chart == "cusum":
            return _problem(400, "no limits can be estimated: 3 values, at least 8")
        found = chart_of(fake.now(), chart, characteristic, unit)
        if "limits" in request.query_params:
            found |= {"phase": 2, "limits_id": request.query_params["limits"]}
        return found
