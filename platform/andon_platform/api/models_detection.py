"""The answers of ``/detection``."""

from __future__ import annotations

from pydantic import BaseModel, Field

from andon_platform.api.models import Time


class OpinionView(BaseModel):
    """What the detector thinks of one operation of one machine."""

    machine: str
    mode: str = Field(description="The operation.")
    t: Time
    learned: float = Field(description="Below 1 it is still warming up.")
    score: float = Field(description="1 is the limit of what is usual; a distance, in units of it.")
    alarm: bool
    since: int = Field(description="Stamp of the value that raised the alarm; 0: none.")
    because: dict[str, float] = Field(description="Signals with their share in the alarm, largest first.")


class OpinionList(BaseModel):
    """Opinions by machine and operation."""

    opinions: list[OpinionView]
