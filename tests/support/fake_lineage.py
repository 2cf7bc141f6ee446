"""Where figures come from without the API: the figures as they are described, with counts made up."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from andon_platform.analytics.lineage.figures import FIGURES, SUMMED
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from support.fake_plant import SECOND

HOUR = 3600 * SECOND


def _entry(name: str) -> dict[str, Any]:
    return {k: v for k, v in asdict(FIGURES[name]).items() if k != "elements"} | {"summed": name in SUMMED}


def add_lineage_routes(api: FastAPI, fake: Any) -> None:
    """The routes; ``fake`` has ``machines`` and ``now``, and gets ``lineage_asked``
    and ``lineage_earlier``: values from before the machine was known."""
    fake.lineage_asked = []
    fake.lineage_earlier = 0

    @api.get("/lineage/figures")
    def figures() -> Any:
        return {"figures": [_entry(name) for name in FIGURES]}

    @api.get("/lineage/sum")
    def together(request: Request, figure: str, place: str, start: int, stop: int) -> Any:
        """Of the energy that `/energy` tells of; one machine has no meter."""
        fake.lineage_asked.append(dict(request.query_params))
        carbon, per_piece = figure.startswith("carbon"), figure.endswith("_per_piece")

        def added(by_state: dict[str, float]) -> float:
            useful = ("producing", "setup") if figure == "idle_kwh" else ()
            return sum(v for s, v in by_state.items() if s not in useful) * (0.363 if carbon else 1)

        values = {m: added(by_state) for m, (by_state, _) in fake.energy.used.items()}
        total = sum(values.values())
        parts = [{"machine": m, "title": "", "value": v, "share": v / total, "meters": ["power"]}
                 for m, v in sorted(values.items(), key=lambda item: -item[1])]  # fmt: skip
        end = [{"machine": "polaris/north/assembly/assembly-1/pack-1", "good": 75}]
        return {"figure": _entry(figure), "place": place, "start": start, "stop": stop, "formula": "sum of all",
                "value": total / 75 if per_piece else total, "sum": total, "unit": "kg" if carbon else "kW.h",
                "parts": parts, "unmetered": ["polaris/north/lab/bench/press-9"], "ends": end if per_piece else [],
                "pieces": 75 if per_piece else None, "carbon_g_per_kwh": 363.0 if carbon else None}  # fmt: skip

    @api.get("/lineage")
    def lineage(request: Request, figure: str, machine: str, signal: str | None = None) -> Any:
        fake.lineage_asked.append(dict(request.query_params))
        view = fake.machines[machine]
        if figure == "nee":
            return JSONResponse({"detail": "more than 31 days at once", "status": 422}, 422)
        names = [signal] if signal else [s["name"] for s in view["signals"]]
        named: dict[str, list[str]] = {
            "signal:*": [f"signal:{n}" for n in names],
            "signal:electricity": [],
            "signal:air": [],
        }
        named["signal:all"] = named["signal:*"]
        found = FIGURES[figure].elements
        elements = [asdict(e) | {"sources": [i for s in e.sources for i in named.get(s, [s])]} for e in found]
        ids = list(dict.fromkeys(i for e in elements for i in e["sources"]))
        start, stop = fake.now() - 8 * HOUR, fake.now()
        sources = [_source(view, i, start, stop) for i in ids]
        for row in sources:
            row["earlier"] = fake.lineage_earlier if row["kind"] == "signal" else None
        return {"figure": _entry(figure), "start": start, "stop": stop, "elements": elements, "gaps": 2, "voids": 0,
                "machine": {"path": machine, "title": view["title"], "type": view["type"], "origin": view["origin"],
                            "source": view["source"], "session": 7},
                "sources": sources, "store": "duckdb",
                "journals": [{"epoch": start, "messages": 57_600, "stored": 57_590, "quarantined": 3, "voided": 0,
                              "missing": 7, "updated": stop}]}  # fmt: skip


def _source(view: dict[str, Any], id: str, start: int, stop: int) -> dict[str, Any]:
    kind, _, name = id.partition(":")
    row: dict[str, Any] = {"id": id, "kind": kind, "name": name, "unit": "", "topic": "", "count": None, "kept": [],
                           "expected": None, "earlier": None, "completeness": None, "first": None, "last": None,
                           "read_from": None}  # fmt: skip
    home = f"andon/v1/{view['id']}"
    if kind == "signal":
        unit = next((s["unit"] for s in view["signals"] if s["name"] == name), "")
        kept = [{"kept": "minute", "start": start, "stop": start + 2 * HOUR},
                {"kept": "raw", "start": start + 2 * HOUR, "stop": stop}]  # fmt: skip
        return row | {"topic": f"{home}/telemetry", "unit": unit, "count": 27_821, "expected": 28_800,
                      "completeness": 0.966, "first": start, "last": stop, "read_from": "minute",
                      "kept": kept}  # fmt: skip
    if kind == "event":
        return row | {"topic": f"{home}/event", "count": 214, "first": start, "last": stop}
    if kind == "people":
        return row
    return row | {"topic": f"{home}/birth", "count": 3}
