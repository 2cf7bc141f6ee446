"""The administrator of whichever broker runs."""

from __future__ import annotations

import json
from pathlib import Path

from andon_security.errors import SecretMissing
from andon_security.grants import BrokerAdmin
from andon_security.mqtt import tls_context
from andon_security.settings import BrokerKind


def broker_admin(kind: BrokerKind, secrets_dir: Path, host: str, port: int, nats_folder: Path | None) -> BrokerAdmin:
    """The adapter for the broker at ``host:port`` (NATS: the port of its own protocol, not MQTT's).

    ``secrets_dir`` holds ``broker-admin.json`` and ``ca.pem``; ``nats_folder`` the users' file of NATS.

    Raises:
        SecretMissing: a file is not there.
    """
    try:
        password = json.loads((secrets_dir / "broker-admin.json").read_text())["password"]
    except (OSError, ValueError, KeyError) as error:
        raise SecretMissing(f"no broker-admin.json in {secrets_dir} ({error}); `andon setup` makes it") from error
    tls = tls_context(secrets_dir)
    # the client of the other broker is not imported: a start has little time
    if kind == "mosquitto":
        from andon_security.brokers.mosquitto_admin import MosquittoAdmin

        return MosquittoAdmin(host, port, password, tls)
    if nats_folder is None:
        raise SecretMissing("NATS keeps its users in a folder, and no ANDON_NATS_FOLDER is set")
    from andon_security.brokers.nats_admin import NatsAdmin

    return NatsAdmin(host, port, password, tls, nats_folder)
