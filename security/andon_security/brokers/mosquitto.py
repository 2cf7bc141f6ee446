"""Mosquitto: its configuration and the first file of its dynamic-security plugin.

Only options that both 2.0.11 (Debian 12) and 2.1.2 know, and that neither calls deprecated. The plugin's file is
written once, before the broker starts; from then on it belongs to the broker, which rewrites it at each change.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from andon_security.grants import Grant

ADMIN = "admin"
#: What Mosquitto itself writes. Our passwords are 256 random bits, so stretching adds nothing.
_ITERATIONS = 101


@dataclass(frozen=True, slots=True)
class MosquittoPaths:
    """Where the broker finds its files."""

    certificate: Path
    key: Path
    authority: Path
    dynamic_security: Path
    plugin: Path
    data: Path


def configuration(paths: MosquittoPaths, *, host: str, port: int, user: str | None) -> str:
    """``mosquitto.conf``. ``user``: whom the broker becomes if started as root; None where it is not root."""
    lines = [
        "# Made by `andon setup`; made again at each start, so change the code and not this file.",
        f"listener {port} {host}",
        f"cafile {paths.authority}",
        f"certfile {paths.certificate}",
        f"keyfile {paths.key}",
        "allow_anonymous false",
        f"plugin {paths.plugin}",
        f"plugin_opt_config_file {paths.dynamic_security}",
        "persistence true",
        f"persistence_location {paths.data}/",
        "autosave_interval 60",
        "persistent_client_expiration 7d",
        "max_inflight_messages 1000",
        "max_queued_messages 50000",
        # the edge refuses more than 256 kB; a packet over 1 MB can only be an attack or a mistake
        "max_packet_size 1048576",
        "log_dest stdout",
        "log_type error",
        # no notices: 2.1 makes one of each TLS connection, and a health check connects every two seconds
        "log_type warning",
        "connection_messages false",
    ]
    if user:
        lines.append(f"user {user}")
    return "\n".join(lines) + "\n"


def dynamic_security(users: Iterable[tuple[Grant, str]], admin_password: str) -> str:
    """The plugin's first file: every user with its role, and ``admin`` who may change them."""
    clients = [_client(ADMIN, admin_password, "dynamic-security-admin")]
    roles: list[dict[str, Any]] = [
        {
            "rolename": "dynamic-security-admin",
            "acls": [
                _acl("publishClientSend", "$CONTROL/dynamic-security/#"),
                _acl("publishClientReceive", "$CONTROL/dynamic-security/#"),
                _acl("subscribePattern", "$CONTROL/dynamic-security/#"),
            ],
        }
    ]
    for grant, password in users:
        clients.append(_client(grant.name, password, grant.name))
        roles.append({"rolename": grant.name, "acls": acls(grant)})
    return json.dumps(
        {
            "defaultACLAccess": {
                "publishClientSend": False,
                "publishClientReceive": True,
                "subscribe": False,
                "unsubscribe": True,
            },
            "clients": clients,
            "groups": [],
            "roles": roles,
        },
        indent=1,
    )


def acls(grant: Grant) -> list[dict[str, Any]]:
    """The grant as a role of the plugin: topics with wildcards are patterns, the others literal."""
    found = [_acl("publishClientSend", topic) for topic in grant.publish]
    for topic in grant.subscribe:
        wild = "+" in topic or "#" in topic
        found.append(_acl("subscribePattern" if wild else "subscribeLiteral", topic))
    return found


def _acl(kind: str, topic: str) -> dict[str, Any]:
    return {"acltype": kind, "topic": topic, "priority": 0, "allow": True}


def _client(name: str, password: str, role: str) -> dict[str, Any]:
    salt = secrets.token_bytes(12)
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _ITERATIONS)
    return {
        "username": name,
        "password": base64.b64encode(digest).decode(),
        "salt": base64.b64encode(salt).decode(),
        "iterations": _ITERATIONS,
        "roles": [{"rolename": role, "priority": 0}],
    }
