"""The doctor inside the API's container: it sees no other process, but asks them all over the network."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import httpx

from andon_cli.access import Access
from andon_cli.doctor.finding import Finding, Place
from andon_cli.doctor.hops import broker, through_the_api


def examine_container(access: Access) -> Iterator[Finding]:
    """The findings, hop by hop; of the processes and of the edge's own account `docker compose` tells more."""
    # on the embedded store one container holds ingest and API, and its secrets lie in a folder each
    both = "ANDON_INGEST_URL" not in os.environ or os.environ.get("ANDON_STORE") == "duckdb"
    place = Place(
        lambda name: f"look at: docker compose ps; docker compose logs {name}", ingest="api" if both else "ingest"
    )
    secrets = Path(os.environ["ANDON_SECRETS_DIR"])
    folder = secrets if (secrets / "ca.pem").exists() else secrets / "api"
    host, port = os.environ.get("ANDON_MQTT_HOST", "broker"), int(os.environ.get("ANDON_MQTT_PORT", "8883"))
    yield broker(os.environ.get("ANDON_BROKER", "broker"), host, port, folder, place)
    with httpx.Client(base_url=access.url, trust_env=False, timeout=10, headers=access.headers) as client:
        yield from through_the_api(client, place)
