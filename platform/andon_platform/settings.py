"""Settings of the platform's processes; prefix ``ANDON_``, on top of what every process has."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal

from andon_contracts.identity import check_level
from andon_security.settings import ServiceSettings
from pydantic import Field, field_validator
from pydantic_settings import NoDecode, SettingsConfigDict


class PlatformSettings(ServiceSettings):
    """Store, registry, ingest, and how the API is reached."""

    # compose hands settings that nobody chose on as empty text
    model_config = SettingsConfigDict(env_prefix="ANDON_", extra="ignore", env_ignore_empty=True)

    # --- the store ---
    store: Literal["duckdb", "influxdb", "memory"] = "duckdb"
    influx_url: str = "http://127.0.0.1:8086"
    influx_org: str = "andon"
    #: Days that raw values and minute values are kept; hour values stay for ever.
    raw_days: float = 7.0
    minute_days: float = 90.0
    #: Bytes on disk beyond which the oldest raw data is dropped, with units: ``4GB``, ``500MB``.
    max_disk: str = "4GB"

    # --- ingest ---
    #: ``enterprise/site/area/line`` of the lines that this ingest takes, with commas between; empty: all of them.
    #: Each ingest of a stack has lines of its own, and an ``ingest_id`` of its own that never changes.
    partition: Annotated[list[str], NoDecode] = Field(default_factory=list)
    ingest_id: str = "ingest"
    #: Where a separate ingest answers for its figures and replays, and where the API finds it.
    status_host: str = "127.0.0.1"
    status_port: int = 8090
    #: With several ingests all of theirs, with commas between.
    ingest_url: str = "http://127.0.0.1:8090"

    # --- registry ---
    #: SQLAlchemy's URL; empty: ``registry.db`` in the data folder. PostgreSQL, with the extra ``andon[postgres]``:
    #: ``postgresql://user:password@host/name``.
    registry_url: str = ""

    # --- the published origin ---
    #: The address that is published. In a container the process listens wider than what is published.
    bind: str = "127.0.0.1"
    listen_host: str = ""
    listen_port: int = 8080
    #: What people type; with it links are printed. Required beyond loopback.
    public_url: str = ""
    #: The port of what is printed where no ``public_url`` is set; 0: the one the process listens on.
    public_port: int = 0
    tls_cert: Path | None = None
    tls_key: Path | None = None
    #: A second listener, plain HTTP and never published, for our own processes, so that they do not depend on the
    #: names in the certificate; 0: none.
    internal_host: str = "127.0.0.1"
    internal_port: int = 0
    #: Where the pages come from; every path that is not the API's is handed on to it.
    apps_url: str = "http://127.0.0.1:8081"

    # --- the broker's administrator ---
    #: NATS: its users' folder and the port of its own protocol.
    nats_folder: Path | None = None
    nats_port: int = 4222

    # --- data quality ---
    #: Values that are stored within so many seconds of their stamp are timely; 0: three publish intervals of the
    #: machine, after which a silent one counts as offline.
    timely_s: float = Field(0.0, ge=0, le=86_400)

    # --- energy ---
    #: Grams of CO2 that a kWh of electricity causes. 363: Germany 2024, estimate of its environment agency (UBA).
    carbon_g_per_kwh: float = Field(363.0, ge=0, le=2_000)

    # --- people ---
    #: Hours that a browser's session lives.
    session_hours: float = 12.0

    @field_validator("partition", mode="before")
    @classmethod
    def _lines(cls, given: object) -> object:
        """Commas or a JSON list."""
        if not isinstance(given, str):
            return given
        if given.lstrip().startswith("["):
            return json.loads(given)
        return [line.strip() for line in given.split(",") if line.strip()]

    @field_validator("partition")
    @classmethod
    def _each_a_line(cls, given: list[str]) -> list[str]:
        """Each once. Raises ``ValueError``: one is no line."""
        for line in given:
            levels = line.split("/")
            if len(levels) != 4:
                raise ValueError(f"{line!r} is no line: write enterprise/site/area/line")
            for level in levels:
                check_level(level)
        return list(dict.fromkeys(given))

    @property
    def ingest_urls(self) -> list[str]:
        """Where the API finds each ingest; at least one."""
        return [url.strip() for url in self.ingest_url.split(",") if url.strip()] or ["http://127.0.0.1:8090"]

    @property
    def registry_database(self) -> str:
        """The registry's database as SQLAlchemy takes it."""
        return self.registry_url or f"sqlite+aiosqlite:///{self.data_dir / 'registry.db'}"
