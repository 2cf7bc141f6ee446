"""Questions and answers of ``/alarms``."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from andon_platform.api.models import Time


class AlarmView(BaseModel):
    """An alarm; times are 0 where it never was."""

    id: str
    machine: str
    code: str
    source: Literal["machine", "detector"]
    severity: Literal["critical", "warning", "information"]
    text: str
    state: Literal["normal", "unacknowledged", "acknowledged", "returned", "shelved", "out-of-service"] = Field(
        description="After ISA-18.2; `returned`: over, and nobody has acknowledged it."
    )
    active: bool
    acknowledged: bool
    raised: Time
    cleared: Time
    count: int = Field(description="How often it came.")
    acknowledged_at: Time
    acknowledged_by: str
    shelved_until: Time
    out_of_service: bool


class AlarmList(BaseModel):
    """Alarms, the most urgent first."""

    alarms: list[AlarmView]


class AlarmEntry(BaseModel):
    """A line of an alarm's history."""

    machine: str
    code: str
    t: Time
    what: str
    by: str
    text: str


class AlarmHistory(BaseModel):
    """What happened to an alarm, newest first."""

    history: list[AlarmEntry]


class AlarmPeriod(BaseModel):
    """Ten minutes of plant time, and how many alarms were annunciated in them."""

    start: Time
    alarms: int


class AlarmShare(BaseModel):
    """One of the most frequent alarms, and its share of all."""

    id: str
    alarms: int
    share: float


class AlarmChatter(BaseModel):
    """An alarm that came three times or more within a minute of plant time."""

    id: str
    most: int


class AlarmStale(BaseModel):
    """An alarm that has been there for more than a day of plant time."""

    id: str
    s: float


class AlarmMeasures(BaseModel):
    """What the alarms of a plant ask of people, after ISA-18.2 and IEC 62682. Durations are plant time."""

    start: Time
    stop: Time
    plant_s: float
    alarms: int = Field(description="Annunciated: neither shelved nor out of service when they came.")
    per_hour: float | None
    peak: int = Field(description="The most in any ten minutes.")
    flood_s: float = Field(description="From more than ten in ten minutes until fewer than five.")
    flood_share: float
    peak_share: float | None = Field(description="Of the whole ten minutes, those with more than ten.")
    periods: list[AlarmPeriod] = Field(description="Whole ten minutes, oldest first; the last one ends at `stop`.")
    by_severity: dict[str, int]
    top: list[AlarmShare] = Field(description="The most frequent.")
    top_share: float | None = Field(description="Of all alarms, the ten most frequent together.")
    chattering: list[AlarmChatter]
    stale: list[AlarmStale] = Field(description="Now, whatever the range.")
    bounds: dict[str, float] = Field(description="What one operating position can do with, per figure.")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")
    id: str = Field(max_length=129, examples=["polaris/north/cabinets/cabinets-1/press-1:E-12"])


class AlarmNamed(_Strict):
    """Which alarm, and a word to it."""

    text: str = Field("", max_length=1_000)


class AlarmComment(_Strict):
    """A comment is not empty."""

    text: str = Field(min_length=1, max_length=1_000)


class AlarmShelf(AlarmNamed):
    """For how long."""

    length: str = Field("1h", max_length=20, description="`30m`, `2h`; at most twelve hours.")


class AlarmService(AlarmNamed):
    """Out of service, or back."""

    out: bool
