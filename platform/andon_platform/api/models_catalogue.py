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
    values: int = Field(description="That came from `start` to `stop`, since the machine is known.")
    expected: int = Field(description="That were due then, since the machine is known.")
    completeness: float | None = Field(description="The first of the second; null where nothing was due.")


class CharacteristicEntry(BaseModel):
    """A quality characteristic as its machine announces it, with its specification (null: none); ``unit`` is UCUM,
    and empty where it is not said."""

    machine: str
    characteristic: str
    title: str
    description: str
    unit: str
    lower: float | None
    upper: float | None
    target: float | None
    origin: str
    owner: str = Field(description="The enterprise.")


class CatalogueList(BaseModel):
    """Signals by machine; how complete they are is said of [start, stop)."""

    signals: list[SignalEntry]
    characteristics: list[CharacteristicEntry]
    start: Time
    stop: Time


class GapView(BaseModel):
    """Too few values in this time."""

    start: Time
    stop: Time
    values: int
    expected: int


class LateView(BaseModel):
    """A stretch of minutes most of whose values were not in time."""

    start: Time
    stop: Time
    values: int
    late: int
    longest_s: float


class TimelinessView(BaseModel):
    """How soon after their stamps values were in the store; null without values that were timed."""

    within_s: float = Field(description="What is timely: as asked, up to the next edge that is counted by.")
    timed: int = Field(description="Values whose delay is known.")
    share: float | None = Field(description="Of these, in time.")
    p50_s: float | None
    p99_s: float | None
    longest_s: float | None
    late: list[LateView]


class SignalQuality(BaseModel):
    """Quality of one signal; shares between 0 and 1, null where there is nothing to judge."""

    signal: str
    title: str
    unit: str
    values: int = Field(description="That came since the machine is known.")
    expected: int = Field(description="That were due since the machine is known.")
    earlier: int = Field(description="Values from before the machine was known, when none was due: a past filled in.")
    completeness: float | None = Field(description="Of the values that were due; no minute makes up for another.")
    validity: float | None
    timeliness: float | None = Field(description="Of the values whose delay is known, in time.")
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
    timeliness: TimelinessView
    signals: list[SignalQuality]
