"""The users of NATS on disk: the file that the server includes, and the register that it is written from."""

from __future__ import annotations

import json
from pathlib import Path

from andon_security.brokers.nats import users
from andon_security.files import write_secret
from andon_security.grants import Grant


class NatsGrants:
    """The users with their passwords in ``grants.json``, and the file that the server includes."""

    def __init__(self, folder: Path) -> None:
        self._register = folder / "grants.json"
        self._users = folder / "users.conf"

    def read(self) -> dict[str, tuple[Grant, str]]:
        """Name to (grant, password)."""
        if not self._register.exists():
            return {}
        return {
            name: (Grant(name, tuple(row["publish"]), tuple(row["subscribe"])), row["password"])
            for name, row in json.loads(self._register.read_text()).items()
        }

    def write(self, found: dict[str, tuple[Grant, str]]) -> None:
        """Write both files."""
        rows = {
            name: {"publish": grant.publish, "subscribe": grant.subscribe, "password": password}
            for name, (grant, password) in found.items()
        }
        write_secret(self._register, json.dumps(rows))
        write_secret(self._users, users(found.values()))
