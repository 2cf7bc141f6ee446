"""Settings that every process has; each package adds its own on top. Prefix ``ANDON_``."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic_settings import BaseSettings, SettingsConfigDict

BrokerKind = Literal["mosquitto", "nats"]


class ServiceSettings(BaseSettings):
    """What a process must know to find its state, its own secrets and the broker."""

    model_config = SettingsConfigDict(env_prefix="ANDON_", extra="ignore")

    #: This process's own state: journal, store file, registry's database.
    data_dir: Path
    #: This process's own secrets and nobody else's: ``ca.pem``, ``mqtt.json``, ``token`` ...
    secrets_dir: Path
    broker: BrokerKind = "mosquitto"
    mqtt_host: str = "127.0.0.1"
    mqtt_port: int = 8883
    #: Where the API listens, for processes that are its clients.
    api_url: str = "http://127.0.0.1:8080"
    machines_dir: Path = Path("machines")
    plants_dir: Path = Path("plants")
    log_level: str = "info"
