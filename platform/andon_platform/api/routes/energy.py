"""Electricity per machine, unit and state, with its carbon; and compressed air that leaks."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

from andon_contracts.messages import LayoutMessage
from andon_contracts.plant_clock import PlantClock
from fastapi import APIRouter, Query
from fastapi.responses import Response

from andon_platform.analytics.energy.air import air_balance, air_baseline
from andon_platform.analytics.energy.meters import AIR, ELECTRICITY, Kind, meters
from andon_platform.analytics.energy.use import EnergyUse, energy_use
from andon_platform.analytics.oee.report import states_of
from andon_platform.analytics.oee.states import OFFLINE, Interval
from andon_platform.api import limits
from andon_platform.api.answers import PROBLEMS, json
from andon_platform.api.auth import DataReader, Have, check_tenant, tenant_filter
from andon_platform.api.models_energy import AirReport, EnergyReport
from andon_platform.api.people_said import counted
from andon_platform.api.problems import BadQuestion, NotFound, TooMuch
from andon_platform.api.routes.common import MachineNames, Start, Stop, known_machine
from andon_platform.api.routes.oee import OrRange, Place, Shift, asked_range, pasts_of, plant_of, shift_view
from andon_platform.api.services import Services
from andon_platform.data.aggregate import ceil, floor
from andon_platform.data.port import CountQuery, SeriesQuery
from andon_platform.registry.record import Machine

router = APIRouter(prefix="/energy", tags=["analytics"], responses=PROBLEMS)
MAX_MACHINES: Final = 50
#: Buckets of power over a range: a shift at one a minute.
_BUCKETS: Final = 500
_MINUTE_US: Final = 60_000_000
#: A bucket has room for so many readings, and lasts so long at least: one that lies between two readings would count
#: as time in which nothing was measured.
_READINGS: Final = 4
_SHORTEST_US: Final = 10_000_000
_REFERENCE_US: Final = 6 * 3_600_000_000
FORMULAS: Final = {
    "kwh": "mean power of each bucket x plant time in it, summed",
    "idle_kwh": "kWh in every state but producing and setup",
    "kwh_per_piece": "kWh / good pieces",
    "carbon_kg": "kWh x carbon_g_per_kwh / 1000",
    "carbon_kg_per_piece": "carbon_kg / good pieces",
}


@router.get("", response_model=EnergyReport)
async def energy(
    who: DataReader,
    have: Have,
    machine: MachineNames = None,
    place: Place = None,
    start: Start = "-8h",
    stop: Stop = "now",
    shift: Shift = None,
    or_range: OrRange = False,
    carbon: Annotated[
        float | None, Query(ge=0, le=2_000, description="Grams of CO2 a kWh; else the platform's setting.")
    ] = None,
) -> Response:
    """Electricity of each machine that has a meter (a signal with the role `electricity`), by state and per good piece,
    and the carbon it causes. Energy is power over plant time."""
    machines = machines_of(have, who, machine, place)
    clock, calendar = plant_of(have, machines[0])
    first, last, run = asked_range(have, clock, calendar, start, stop, shift, or_range)
    used = await measured(have, machines, clock, first, last)
    factor = have.settings.carbon_g_per_kwh if carbon is None else carbon
    return json(
        {
            "start": first,
            "stop": last,
            "plant_s": (clock.plant(last) - clock.plant(first)) / 1e6,
            "every": used.every,
            "shift": shift_view(run, clock) if run else None,
            "carbon_g_per_kwh": factor,
            "machines": [
                {
                    "machine": m.path,
                    "meters": [meter.signal for meter in meters(m.birth.signals, ELECTRICITY)],
                    **_figures(use, used.good.get(m.path, 0), factor),
                }
                for m, use in used.uses
            ],
            "unmetered": used.unmetered,
            "together": _figures(used.together, used.left, factor),
            "formulas": FORMULAS,
        }
    )


@router.get("/air", response_model=AirReport)
async def air(
    who: DataReader,
    have: Have,
    place: Annotated[str, Query(max_length=64, description="The plant whose air it is.", examples=["polaris"])],
    start: Start = "-1h",
    stop: Stop = "now",
    reference_start: Annotated[str | None, Query(max_length=40, description="Else 6 h before the range.")] = None,
    reference_stop: Annotated[str | None, Query(max_length=40, description="Else where the range begins.")] = None,
) -> Response:
    """What the compressors (signals with the role `air`) supply beyond what the machines' work explains, by a model of
    the reference time: a leak that came since. Leaks that were there in the reference time are part of it."""
    first, last = limits.so_far(start, stop, have.now())
    before = limits.moment(reference_stop, have.now(), "reference_stop") if reference_stop else first
    since = limits.moment(reference_start, have.now(), "reference_start") if reference_start else before - _REFERENCE_US
    if not since < before <= first:
        raise BadQuestion("the reference time must end before the range begins, and not before it began itself")
    machines = machines_of(have, who, None, place)
    clock, _ = plant_of(have, machines[0])
    suppliers = [m for m in machines if meters(m.birth.signals, AIR)]
    workers = [m for m in machines if m.birth.operations]
    answer: dict[str, Any] = dict.fromkeys(
        ("supplied", "expected", "excess", "error", "leak", "leak_share", "leak_kwh", "kwh_per_m3")
    )
    answer |= {"start": first, "stop": last, "reference_start": since, "reference_stop": before, "problem": ""}
    answer["suppliers"] = [m.path for m in suppliers]
    if not suppliers:
        return json(answer | {"problem": "no machine here measures the compressed air that it supplies (role: air)"})
    learned = await _air(have, suppliers, workers, clock, since, before)
    seen = await _air(have, suppliers, workers, clock, first, last)
    baseline = air_baseline(learned.flow, learned.producing)
    if baseline is None:
        need = f"{len(learned.flow)} minutes of it are known, {30 + len(workers)} are needed"
        return json(answer | {"problem": f"the reference time is too short: {need}"})
    balance = air_balance(baseline, seen.flow, seen.producing)
    if balance is None:
        return json(answer | {"problem": "no compressed air was measured in the range"})
    power = await asyncio.gather(*(_metered(have, m, ELECTRICITY, first, last, _MINUTE_US) for m in suppliers))
    kw = sum(sum(p.values()) / max(1, len(p)) for _, p in power)
    per_m3 = kw / 60 / balance.supplied if balance.supplied > 0 else None
    minutes = (clock.plant(last) - clock.plant(first)) / 6e7
    answer |= {
        "supplied": balance.supplied,
        "expected": balance.expected,
        "excess": balance.excess,
        "error": balance.error,
        "leak": balance.leak,
        "leak_share": balance.share,
        "leak_kwh": balance.leak * minutes * per_m3 if per_m3 is not None else None,
        "kwh_per_m3": per_m3,
    }
    return json(answer)


@dataclass(frozen=True, slots=True)
class Used:
    """What machines with a meter used in a range, each and together. ``good``: pieces by machine, and ``ends`` the
    machines that hand on to no other of them: what they made left the end of a line."""

    every: int
    uses: list[tuple[Machine, EnergyUse]]
    unmetered: list[str]
    good: dict[str, int]
    ends: list[str]

    @property
    def together(self) -> EnergyUse:
        return sum((use for _, use in self.uses), start=EnergyUse())

    @property
    def left(self) -> int:
        """Good pieces that left the end of a line."""
        return sum(self.good.get(path, 0) for path in self.ends)


async def measured(have: Services, machines: Sequence[Machine], clock: PlantClock, start: int, stop: int) -> Used:
    """Of machines of one plant in the wall range [start, stop), us UTC. Raises ``StoreError``."""
    metered = [m for m in machines if meters(m.birth.signals, ELECTRICITY)]
    every = _bucket(metered, start, stop)
    states = await _states(have, metered, clock, start, stop)
    used = await asyncio.gather(*(_used(have, m, states[m.path], clock, start, stop, every) for m in metered))
    good = await _good(have, machines, start, stop)
    ends = _ends(have.hub.layouts.get(machines[0].identity.enterprise), [m.path for m in machines])
    unmetered = [m.path for m in machines if m not in metered]
    return Used(every, list(zip(metered, used, strict=True)), unmetered, good, ends)


def _bucket(metered: Sequence[Machine], start: int, stop: int) -> int:
    """How long a bucket is: so many for the range, and none shorter than the slowest meter has it filled."""
    rates = [s.rate_hz for m in metered for s in m.birth.signals if s.role == ELECTRICITY and s.rate_hz > 0]
    least = max(_SHORTEST_US, round(_READINGS / min(rates) * 1e6)) if rates else _SHORTEST_US
    return max(limits.bucket_for(start, stop, _BUCKETS), limits.bucket_for(0, least, 1))


@dataclass(frozen=True, slots=True)
class _Air:
    flow: list[float]
    producing: list[list[float]]


async def _air(
    have: Services, suppliers: Sequence[Machine], workers: Sequence[Machine], clock: PlantClock, start: int, stop: int
) -> _Air:
    """Whole minutes in which every supplier was measured."""
    start, stop = -(-start // _MINUTE_US) * _MINUTE_US, stop // _MINUTE_US * _MINUTE_US
    if stop <= start:
        return _Air([], [])
    read = await asyncio.gather(*(_metered(have, m, AIR, start, stop, _MINUTE_US) for m in suppliers))
    rows = [row for every, row in read if every == _MINUTE_US]
    if len(rows) < len(suppliers):
        return _Air([], [])  # so long ago that only hours are left
    times = sorted(set.intersection(*(set(row) for row in rows)))
    states = await _states(have, workers, clock, start, stop)
    edges = [(clock.plant(t), clock.plant(t + _MINUTE_US)) for t in times]
    shares = [_shares(states[m.path], edges) for m in workers]
    return _Air([sum(row[t] for row in rows) for t in times], [[s[i] for s in shares] for i in range(len(times))])


def _shares(states: Sequence[Interval], edges: Sequence[tuple[int, int]]) -> list[float]:
    """Of each stretch of plant time, the share that the machine produced."""
    made = [(s.start, s.stop) for s in states if s.state == "producing"]
    found, at = [], 0
    for low, high in edges:
        while at < len(made) and made[at][1] <= low:
            at += 1
        i, us = at, 0
        while i < len(made) and made[i][0] < high:
            us += min(made[i][1], high) - max(made[i][0], low)
            i += 1
        found.append(us / (high - low))
    return found


async def _metered(
    have: Services, machine: Machine, kind: Kind, start: int, stop: int, every: int
) -> tuple[int, dict[int, float]]:
    """Buckets of ``every`` (longer where raw data is gone), and the mean kW (or m3/min) of each in which all of the
    machine's meters were read. Those that the range cuts are read whole: of an edge there may be no reading."""
    found = meters(machine.birth.signals, kind)
    low, high, most = floor(start, every), ceil(stop, every), limits.MAX_POINTS
    rows = await asyncio.gather(
        *(have.store.series(SeriesQuery(machine.path, m.signal, low, high, every, "mean", most)) for m in found)
    )
    longest = max((row.every or every for row in rows), default=every)
    if any(row.every != longest for row in rows) and longest > every:
        return await _metered(have, machine, kind, start, stop, longest)
    values = [dict(zip(row.times, row.values, strict=True)) for row in rows]
    times = set.intersection(*map(set, values)) if values else set()
    return longest, {int(t): sum(v[t] * m.factor for v, m in zip(values, found, strict=True)) for t in sorted(times)}


async def _used(
    have: Services, machine: Machine, states: list[Interval], clock: PlantClock, start: int, stop: int, every: int
) -> EnergyUse:
    every, power = await _metered(have, machine, ELECTRICITY, start, stop, every)
    # a device that never says its state is measured all the same
    silent = all(s.state == OFFLINE for s in states)
    return energy_use(list(power.items()), every, states, clock.plant, start, stop, offline_too=silent)


async def _states(
    have: Services, machines: Sequence[Machine], clock: PlantClock, start: int, stop: int
) -> dict[str, list[Interval]]:
    pasts = await pasts_of(have, machines, clock, start, stop)
    return {path: states_of(past, clock, start, stop) for path, past in pasts.items()}


async def _good(have: Services, machines: Sequence[Machine], start: int, stop: int) -> dict[str, int]:
    rows = await counted(have, CountQuery(start, stop, tuple(m.path for m in machines)))
    return {row.machine: row.good for row in rows}


def _ends(layout: LayoutMessage | None, paths: Sequence[str]) -> list[str]:
    """Of these machines, those that hand on to no other of them: what leaves there is made."""
    if layout is None:
        return list(paths)
    stations = {s.machine: s for site in layout.sites for line in site.lines for s in line.stations}
    return [p for p in paths if p in stations and not set(stations[p].feeds) & set(paths)] or list(paths)


def machines_of(have: Services, who: Any, named: list[str] | None, place: str | None) -> list[Machine]:
    """Those that are named, else those at or below a place.

    Raises:
        NotFound, TooMuch, BadQuestion: there are none, more than :data:`MAX_MACHINES`, or of several plants.
    """
    if named:
        found = [known_machine(have, who, path) for path in dict.fromkeys(named)]
    else:
        if place:
            check_tenant(who, place.strip("/"))
        found = have.registry.find(place=place, enterprise=tenant_filter(who))
    if not found:
        raise NotFound("no machine there; GET /machines lists them")
    if len(found) > MAX_MACHINES:
        raise TooMuch(f"{len(found)} machines; ask for a line", limit="machines", maximum=MAX_MACHINES)
    if len({m.identity.enterprise for m in found}) > 1:
        raise BadQuestion("machines of several plants: each plant has its own clock; ask for one")
    return found


def _figures(use: EnergyUse, good: int, factor: float) -> dict[str, Any]:
    carbon = use.kwh * factor / 1e3
    return {
        "kwh": use.kwh,
        "by_state": dict(use.by_state),
        "hours": dict(use.hours),
        "idle_kwh": use.idle_kwh,
        "idle_share": use.idle_kwh / use.kwh if use.kwh else None,
        "mean_kw": use.mean_kw,
        "good": good,
        "kwh_per_piece": use.kwh / good if good else None,
        "carbon_kg": carbon,
        "carbon_kg_per_piece": carbon / good if good else None,
    }
