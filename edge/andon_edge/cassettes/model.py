"""What a cassette's file may hold."""

from __future__ import annotations

from typing import Annotated, Literal

from andon_contracts.errors import UnitError
from andon_contracts.units import check_unit
from pydantic import AfterValidator, BaseModel, ConfigDict, Field


def _unit(text: str) -> str:
    try:
        check_unit(text)
    except UnitError as error:
        raise ValueError(str(error)) from error
    return text


class CassetteSignal(BaseModel):
    """A column as a signal: ``column`` is its name in the original file."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    unit: Annotated[str, AfterValidator(_unit)] = "1"
    title: str = ""
    column: str = ""
    description: str = ""
    low_limit: float | None = None
    high_limit: float | None = None


class CassetteConfig(BaseModel):
    """``machines/NAME.yaml`` with ``type: cassette``. ``recording`` is a path beside the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    type: Literal["cassette"]
    line: str
    title: str = ""
    description: str = ""
    recording: str
    speed: Annotated[float, Field(gt=0, le=100_000)] = 1.0
    source: str = ""
    licence: str = ""
    recorded_from: str = ""
    signals: Annotated[
        dict[Annotated[str, Field(pattern=r"^[a-z0-9_]{1,32}$")], CassetteSignal], Field(min_length=1, max_length=200)
    ]
