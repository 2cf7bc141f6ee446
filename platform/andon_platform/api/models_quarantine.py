"""Questions and answers of replaying many quarantined messages."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from andon_platform.api.models import ReplayResult, Time


class HeldCount(BaseModel):
    """How many messages match; at most ``counted`` were counted where ``more`` says so."""

    messages: int
    waiting: int = Field(description="Not replayed yet.")
    reasons: dict[str, int] = Field(description="Of those that wait.")
    more: bool


class ReplayMany(BaseModel):
    """Which messages: what is left out does not matter."""

    model_config = ConfigDict(extra="forbid")
    machine: str | None = Field(None, max_length=64, description="A machine, or all below a line, a site, a plant.")
    reason: str | None = Field(None, max_length=64)
    start: str | None = Field(None, max_length=40, description="Received from then on, as in queries.")
    stop: str | None = Field(None, max_length=40, description="Received before.")


class ReplayRound(BaseModel):
    """A replay of many. ``looked`` of ``total``: ``stored``, ``refused`` (back in quarantine, by ``reasons``), ``gone``
    (replayed by somebody else, or dropped, meanwhile)."""

    id: str
    by: str
    machine: str | None
    reason: str | None
    start: Time | None
    stop: Time | None
    state: Literal["counting", "running", "done", "stopped", "interrupted"]
    started: Time
    ended: Time = Field(description="0: it is under way.")
    total: int
    looked: int
    stored: int
    refused: int
    gone: int
    reasons: dict[str, int]
    examples: list[ReplayResult] = Field(description="The first of those that were refused.")
    more: bool = Field(description="Others match: ask again.")
    detail: str = Field(description="Why it was interrupted.")


class ReplayRounds(BaseModel):
    """Newest first; since the API started."""

    rounds: list[ReplayRound]
