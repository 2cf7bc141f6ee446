"""Energy for pages under test: figures that a real platform gave, or could."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.responses import JSONResponse

_LINE = "polaris/north/cabinets/cabinets-1"
#: Machine to (kWh by state, good pieces).
_USED: dict[str, tuple[dict[str, float], int]] = {
    f"{_LINE}/thermo-1": ({"producing": 190.0, "blocked": 21.0, "setup": 6.0}, 78),
    f"{_LINE}/paint-1": ({"producing": 160.0, "starved": 48.0}, 76),
    "polaris/north/utilities/supply/compressor-1": ({"producing": 202.0}, 0),
    f"{_LINE}/press-1": ({"producing": 96.0, "setup": 4.0, "starved": 5.0, "down": 3.2}, 80),
    f"{_LINE}/foam-2": ({"producing": 61.0, "down": 8.0, "starved": 4.0}, 38),
    "polaris/north/assembly/assembly-1/pack-1": ({"producing": 15.0, "idle": 0.4, "starved": 4.2}, 75),
}


class Energy:
    """What the routes answer; a test changes it."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.shift = True
        self.leak = 1.7
        self.problem = ""
        self.used = dict(_USED)


#: The plant is younger than its shift of five hours.
_HOURS = {"producing": 2.0, "starved": 0.5}


def _figures(by_state: dict[str, float], good: int) -> dict[str, Any]:
    kwh = sum(by_state.values())
    idle = kwh - by_state.get("producing", 0.0) - by_state.get("setup", 0.0)
    return {
        "kwh": kwh, "by_state": by_state, "hours": _HOURS, "idle_kwh": idle, "idle_share": idle / kwh if kwh else None,
        "mean_kw": kwh / sum(_HOURS.values()), "good": good, "kwh_per_piece": kwh / good if good else None,
        "carbon_kg": kwh * 0.363,
        "carbon_kg_per_piece": kwh * 0.363 / good if good else None,
    }  # fmt: skip


def add_energy_routes(api: FastAPI, fake: Any) -> None:
    """``/energy`` and ``/energy/air``."""

    @api.get("/energy")
    def energy(place: str, shift: str = "", start: str = "", stop: str = "") -> Any:
        told: Energy = fake.energy
        told.asked.append({"place": place, "shift": shift, "start": start})
        if shift and not told.shift:
            body = {"type": "about:blank", "title": "Not found", "status": 404, "detail": "there is no such shift now"}
            return JSONResponse(body, 404, media_type="application/problem+json")
        now = fake.now()
        together: dict[str, float] = {}
        for by_state, _ in told.used.values():
            for state, kwh in by_state.items():
                together[state] = together.get(state, 0.0) + kwh
        name = {"name": "Late", "day": "2026-11-27", "start": 0, "stop": 0, "plant_start": 0, "plant_stop": 0}
        return {
            "start": now - 18_000_000_000, "stop": now, "plant_s": 18_000.0, "every": 60_000_000,
            "shift": name if shift else None, "carbon_g_per_kwh": 363.0,
            "machines": [{"machine": m, "meters": ["power"], **_figures(*of)} for m, of in told.used.items()],
            "unmetered": [] if told.used else [f"{_LINE}/press-1"],
            "together": _figures(together, 75 if told.used else 0),
            "formulas": {},
        }  # fmt: skip

    @api.get("/energy/air")
    def air(place: str, start: str, stop: str) -> Any:
        told: Energy = fake.energy
        now, found = fake.now(), not told.problem
        supplied = 5.4 + told.leak
        return {
            "start": now - 3_600_000_000, "stop": now, "reference_start": 0, "reference_stop": 0,
            "suppliers": ["polaris/north/utilities/supply/compressor-1"],
            "problem": told.problem, "supplied": supplied if found else None, "expected": 5.4 if found else None,
            "excess": told.leak if found else None, "error": 0.08 if found else None,
            "leak": told.leak if found else None, "leak_share": told.leak / supplied if found else None,
            "leak_kwh": told.leak * 60 * 0.11 if found else None, "kwh_per_m3": 0.11 if found else None,
        }  # fmt: skip
