"""What edges say of themselves, as OpenAPI describes it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from andon_platform.api.models import Time


class EdgeProblem(BaseModel):
    """Why something does not run: a file with its line and the remedy, or what keeps ``count`` machines from the broker
    (the first of them in ``machines``)."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(max_length=1_000, examples=["machines/press-1.yaml:4: there is no type 'pres' (use press)"])
    count: int = Field(default=0, ge=0)
    machines: list[Annotated[str, Field(max_length=200)]] = Field(default_factory=list, max_length=20)


class EdgeAccount(BaseModel):
    """An edge's account of itself: machines that it runs, how many of them the broker has, messages that its journal
    holds, bytes of the journal. ``ended``: it was stopped, and is not taken for silent."""

    model_config = ConfigDict(extra="forbid")

    machines: int = Field(ge=0)
    connected: int = Field(ge=0)
    pending: int = Field(ge=0)
    journal_bytes: int = Field(ge=0)
    problems: list[EdgeProblem] = Field(default_factory=list, max_length=50)
    ended: bool = False


class EdgeView(BaseModel):
    """An edge by what it said last, at ``t``. ``silent``: it said nothing for half a minute, and did not say that it
    ends."""

    name: str
    t: Time
    state: Literal["here", "ended", "silent"]
    machines: int
    connected: int
    pending: int
    journal_bytes: int
    problems: list[EdgeProblem]
