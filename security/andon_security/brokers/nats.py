"""NATS: its configuration with MQTT on JetStream, from the same grants as Mosquitto's.

MQTT topics are NATS subjects: ``/`` is ``.``, ``+`` is ``*``, ``#`` is ``>``. Passwords stand in clear in a file of
mode 0600, since they are random and made for this one server; hashing them (bcrypt) would cost each of a thousand
machines a slow check at every connect.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from andon_security.grants import Grant

SYSTEM_USER = "system"


@dataclass(frozen=True, slots=True)
class NatsPaths:
    """Where the server finds its files."""

    certificate: Path
    key: Path
    authority: Path
    users: Path
    data: Path


def configuration(paths: NatsPaths, *, host: str, mqtt_port: int, client_port: int, system_password: str) -> str:
    """``nats.conf``; the users stand in a file of their own, so that a reload needs no more than that file."""
    tls = f"cert_file: {_q(paths.certificate)}, key_file: {_q(paths.key)}, ca_file: {_q(paths.authority)}"
    return f"""# Made by `andon`; made again at each start, so change the code and not this file.
server_name: andon
listen: {_q(f"{host}:{client_port}")}
max_payload: 1MB
tls {{ {tls} }}
jetstream {{ store_dir: {_q(paths.data)} }}
accounts {{
  SYS {{ users: [ {{ user: {_q(SYSTEM_USER)}, password: {_q(system_password)} }} ] }}
  ANDON {{ jetstream: enabled, include {_q(paths.users.name)} }}
}}
system_account: SYS
mqtt {{
  listen: {_q(f"{host}:{mqtt_port}")}
  tls {{ {tls} }}
  # what was not acknowledged comes back after this, repeatedly and out of order
  ack_wait: "10s"
  max_ack_pending: 5000
}}
"""


def users(grants: Iterable[tuple[Grant, str]]) -> str:
    """The file of users. Empty lists of permissions would allow all, so nothing is denied by name."""
    rows = [_user(grant, password) for grant, password in grants]
    return "users: [\n" + "\n".join(rows) + "\n]\n"


def _user(grant: Grant, password: str) -> str:
    # QoS 1 deliveries come on $MQTT.sub.*, which the client's own session subscribes
    publish = [s for t in grant.publish for s in _subjects(t)] or ["andon.nothing"]
    subscribe = ["$MQTT.sub.>", *(s for t in grant.subscribe for s in _subjects(t))]
    return (
        f"  {{ user: {_q(grant.name)}, password: {_q(password)}, permissions: {{"
        f" publish: {{ allow: {json.dumps(publish)} }}, subscribe: {{ allow: {json.dumps(subscribe)} }} }} }}"
    )


def _subjects(topic: str) -> list[str]:
    """MQTT's ``a/#`` means ``a`` as well, which the server asks for in a subject of its own; ``a.>`` does not."""
    subject = topic.translate(_SIGNS)
    return [subject, topic.removesuffix("/#").translate(_SIGNS)] if topic.endswith("/#") else [subject]


#: A dot in a topic is no level: the server writes it so.
_SIGNS = str.maketrans({"/": ".", ".": "//", "+": "*", "#": ">"})


def _q(text: object) -> str:
    return json.dumps(str(text))
