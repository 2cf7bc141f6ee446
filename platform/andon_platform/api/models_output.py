"""The answer of ``/output``: what was made today, and what the plan asked for."""

from __future__ import annotations

from pydantic import BaseModel, Field

from andon_platform.api.models import Time


class LineOutput(BaseModel):
    """A line: good pieces at its end, and the pieces due by its takt; null without a takt."""

    line: str
    title: str
    takt_s: float | None
    planned_s: float = Field(description="Planned busy time so far, seconds of plant time.")
    planned_day_s: float = Field(description="Planned busy time of the whole day.")
    good: int
    due: int | None = Field(description="Whole takts of the planned busy time so far.")
    due_day: int | None


class PlantOutput(BaseModel):
    """The plant: what left it, and what was due at the ends where products leave."""

    good: int
    due: int | None
    due_day: int | None


class OutputReport(BaseModel):
    """Today, in the plant's own time."""

    enterprise: str
    day: str = Field(examples=["2026-11-24"])
    start: Time = Field(description="Where the plan begins: the plant's midnight, or later if the plant began later.")
    stop: Time
    lines: list[LineOutput]
    together: PlantOutput
