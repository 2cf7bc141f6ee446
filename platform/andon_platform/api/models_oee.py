"""The answers of ``/oee`` and ``/shifts``. Times in seconds of plant time unless they are stamps."""

from __future__ import annotations

from pydantic import BaseModel, Field

from andon_platform.api.models import Time


class KpiView(BaseModel):
    """Ratios (1 is 100 %); null where nothing was planned or made."""

    availability: float | None
    effectiveness: float | None
    quality_ratio: float | None
    oee: float | None
    nee: float | None
    throughput_per_h: float | None = Field(description="Pieces an hour of busy time.")
    utilisation: float | None
    allocation: float | None
    technical_efficiency: float | None
    setup_ratio: float | None
    scrap_ratio: float | None
    mtbf_s: float | None
    mttr_s: float | None


class StepView(BaseModel):
    """A bar of the waterfall from calendar time to good pieces."""

    name: str
    s: float
    level_s: float
    total: bool


class LossView(BaseModel):
    """A bar of the Pareto of losses."""

    state: str
    reason: str
    s: float
    share: float
    cumulative: float


class OeeFigures(BaseModel):
    """Figures of one machine, or of several together."""

    kpis: KpiView
    times_s: dict[str, float] = Field(description="Time elements of ISO 22400-2 by their acronym, and their parts.")
    pieces: dict[str, int] = Field(description="PQ produced, GQ good, SQ scrap.")
    failures: int
    waterfall: list[StepView]
    losses: list[LossView]


class MachineOee(OeeFigures):
    """Figures of one machine."""

    machine: str


class BottleneckView(BaseModel):
    """The station that others wait for."""

    machine: str
    waiting: float = Field(description="Share of its own busy time that it was starved or blocked.")
    certainty: float = Field(description="Distance to the next candidate, 0 to 1.")


class ShiftView(BaseModel):
    """A shift of one day; wall stamps, and the same in plant time."""

    name: str
    day: str
    start: Time
    stop: Time
    plant_start: Time
    plant_stop: Time


class OeeReport(BaseModel):
    """OEE of a range."""

    start: Time
    stop: Time
    plant_s: float
    shift: ShiftView | None
    product: str | None
    machines: list[MachineOee]
    together: OeeFigures
    bottleneck: BottleneckView | None
    formulas: dict[str, str] = Field(description="How each ratio is computed, in the standard's terms.")


class ShiftList(BaseModel):
    """Shifts, oldest first."""

    shifts: list[ShiftView]
