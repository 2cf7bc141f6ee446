"""How a process of ours opens its TLS connection to the broker: its credential and the authority's certificate."""

from __future__ import annotations

import json
import ssl
from dataclasses import dataclass
from pathlib import Path

from andon_security.errors import SecretMissing

#: Users of the broker that are no service and no device; nobody else may be called so.
NAMES_OF_OUR_OWN = ("admin", "health", "system")


@dataclass(frozen=True, slots=True)
class MqttCredential:
    """A name and a password that the broker knows."""

    username: str
    password: str

    def __repr__(self) -> str:
        return f"MqttCredential({self.username!r}, ...)"


def load_credential(path: Path) -> MqttCredential:
    """Read a credential's file (JSON with ``username`` and ``password``).

    Raises:
        SecretMissing: there is no such file, or it cannot be read.
    """
    try:
        found = json.loads(path.read_text())
        return MqttCredential(found["username"], found["password"])
    except (OSError, ValueError, KeyError) as error:
        raise SecretMissing(f"no credential at {path} ({error}); `andon setup` makes what is missing") from error


def tls_context(secrets_dir: Path) -> ssl.SSLContext:
    """A client's TLS context that trusts Andon's own authority alone, strictly.

    Raises:
        SecretMissing: ``ca.pem`` is not in the folder.
    """
    authority = secrets_dir / "ca.pem"
    if not authority.is_file():
        raise SecretMissing(f"no {authority}; `andon setup` makes what is missing")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    context.load_verify_locations(authority)
    return context
