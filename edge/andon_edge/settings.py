"""The edge's settings, on top of those that every process has. Prefix ``ANDON_``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from andon_security.settings import ServiceSettings
from pydantic import Field, field_validator
from pydantic_settings import NoDecode


class EdgeSettings(ServiceSettings):
    """What the edge must know beside the broker and its folders."""

    #: The name under which this edge meets the broker. Of several on one broker each has its own, which never changes,
    #: and a data folder of its own; a name that two have would cut one off whenever the other connects.
    edge_name: str = Field(default="edge", pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")
    #: The plants (enterprises, with commas between) that this edge runs; empty: all. A plant has one edge, since it has
    #: one clock.
    edge_plants: Annotated[list[str], NoDecode] = Field(default_factory=list)
    #: The pace with which a plant begins that has no stored clock: plant seconds a second.
    pace: float = Field(default=1.0, ge=0.1, le=3600.0)
    #: Fixes what machines do (not when).
    seed: int = 1
    #: The journal drops its oldest messages beyond this and declares them void.
    journal_max_bytes: int = Field(default=1_000_000_000, ge=200_000)
    #: Seconds that the stop waits for the platform to settle what is pending.
    drain_s: float = Field(default=10.0, ge=0.0)
    #: Seconds that an edge with a new journal tries to ask the broker for the clocks of its plants before it begins.
    recall_s: float = Field(default=30.0, ge=0.0)
    #: Messages a second, over all machines, that are sent again or were held back.
    resend_rate: float = Field(default=3_000.0, gt=0)
    #: Seconds between two looks at the machines' and plants' files.
    poll_s: float = Field(default=2.0, gt=0)
    #: False only in tests against a broker without TLS.
    mqtt_tls: bool = True

    @field_validator("edge_plants", mode="before")
    @classmethod
    def _plants(cls, given: object) -> object:
        """Commas."""
        return [name.strip() for name in given.split(",") if name.strip()] if isinstance(given, str) else given

    @property
    def client_id(self) -> str:
        """As the broker knows the service's connection; no other service can have it."""
        return "edge" if self.edge_name == "edge" else f"edge-{self.edge_name}"

    @property
    def journal_file(self) -> Path:
        """The journal's file."""
        return self.data_dir / "journal.db"
