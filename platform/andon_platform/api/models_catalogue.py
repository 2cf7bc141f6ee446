"""The answers of ``/catalogue`` and ``/quality``."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from andon_platform.api.models import Time


class SignalEntry(BaseModel):
    """A signal as the catalogue has it; ``unit`` is UCUM."""

    model_config = ConfigDict(populate_by_name=True)
    machine: str
    signal: str
    title: str
    description: str
    unit: str
    minimum: float
    maximum: float
    low_limit: float | None
    high_limit: float | None
    rate_hz: float
    class_: str = Field(alias="class", description="What kind of data: process, energy, condition, count.")
    origin: str = Field(description="simulated, recorded or physical.")
    source: str
    owner: str = Field(description="The enterprise.")
    raw_days: float
    minute_days: float


class CatalogueList(BaseModel):
    """Signals by machine."""

    signals: list[SignalEntry]


class GapView(BaseModel):
    """Too few values in this time."""

    start: Time
    stop: Time
    values: int
    expected: int


class SignalQuality(BaseModel):
    """Quality of one signal; shares between 0 and 1, null where there is nothing to judge."""

    signal: str
    unit: str
    values: int
    expected: int
    completeness: float | None
    validity: float | None
    excess: float | None = Field(description="Values beyond the expected number, of all.")
    stuck: bool = Field(description="It usually moves, and has not for five minutes or more.")
    stuck_s: float
    gaps: list[GapView]


class QualityReport(BaseModel):
    """Quality of a machine's data."""

    machine: str
    start: Time
    stop: Time
    completeness: float | None
    validity: float | None
    signals: list[SignalQuality]
