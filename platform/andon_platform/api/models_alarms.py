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
