"""The answers of ``/energy`` and ``/energy/air``. Times are stamps, energy is kWh over plant time."""

from __future__ import annotations

from pydantic import BaseModel, Field

from andon_platform.api.models import Time
from andon_platform.api.models_oee import ShiftView


class EnergyFigures(BaseModel):
    """What one machine used, or several together."""

    kwh: float
    by_state: dict[str, float] = Field(description="kWh by the machine's state; `offline`: its state is not known.")
    hours: dict[str, float] = Field(description="Plant hours that were measured, by state.")
    idle_kwh: float = Field(description="Used while nothing was produced or set up.")
    idle_share: float | None
    mean_kw: float | None
    good: int = Field(description="Good pieces; of several machines, those that left the end of a line.")
    kwh_per_piece: float | None
    carbon_kg: float
    carbon_kg_per_piece: float | None


class MachineEnergy(EnergyFigures):
    """What one machine used."""

    machine: str
    meters: list[str] = Field(description="The signals that measure it.")


class EnergyReport(BaseModel):
    """Electricity of a range."""

    start: Time
    stop: Time
    plant_s: float
    every: int = Field(description="Microseconds of a bucket of power.")
    shift: ShiftView | None
    carbon_g_per_kwh: float
    machines: list[MachineEnergy]
    unmetered: list[str] = Field(description="Machines there without a meter of electricity.")
    together: EnergyFigures
    formulas: dict[str, str]


class AirReport(BaseModel):
    """Compressed air supplied, what the machines' work explains of it, and what leaks. m3/min of free air."""

    start: Time
    stop: Time
    reference_start: Time
    reference_stop: Time
    suppliers: list[str]
    supplied: float | None = Field(description="On average over the range.")
    expected: float | None = Field(description="What the reference time's model expects for the work that was done.")
    excess: float | None
    error: float | None = Field(description="Standard error of the excess.")
    leak: float | None = Field(description="The excess, where it is certain: else 0.")
    leak_share: float | None
    leak_kwh: float | None = Field(description="Electricity that the leak took in the range.")
    kwh_per_m3: float | None
    problem: str = Field(description="Why there is no figure; empty where there is one.")
