"""What ingest must know; ``bootstrap`` fills it from the settings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, slots=True)
class IngestConfig:
    """Times are in seconds, unless the name says otherwise."""

    host: str
    port: int
    #: Holds ``ca.pem`` and ``mqtt.json``. None: no TLS and no user, for a broker in a test.
    secrets_dir: Path | None
    #: Lines ``enterprise/site/area/line`` that this process takes; none: all.
    partition: tuple[str, ...] = ()
    #: Fixed for ever per partition: the broker keeps the session under it.
    client_id: str = "ingest-0"
    #: 5 on Mosquitto (ingest then says itself how much may be in flight), 4 (MQTT 3.1.1) on NATS.
    protocol: Literal[4, 5] = 4
    #: Messages that may wait for their acknowledgement; the broker holds back the others.
    inflight: int = 10_000
    #: A batch is written when it holds so many messages or is so old.
    batch_messages: int = 2_000
    batch_age_s: float = 0.05
    #: A gap is asked for again only after this: a broker redelivers by itself (NATS after 10 s).
    gap_grace_s: float = 12.0
    #: A machine whose birth has not come yet is waited for so long.
    birth_grace_s: float = 5.0
    #: A machine's watermark is published at most this often.
    watermark_s: float = 1.0
    #: Stamps further ahead than this are not believed.
    future_s: float = 3600.0
    #: Nor those older than this: ten years, which no journal keeps and every clock shows that was never set.
    past_days: float = 3_653.0
    roll_up_s: float = 20.0
    retain_s: float = 60.0
