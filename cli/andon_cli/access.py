"""How the command reaches the API of a stack that runs: its address, and a token signed with the API's own key.

Only who can read the API's secrets can do so: the owner of the demo's folder, or somebody inside the container.
"""

from __future__ import annotations

import getpass
import os
from dataclasses import dataclass
from pathlib import Path

from andon_security.tokens import issue

from andon_cli.demo.home import CONTAINERS, Home, default_home
from andon_cli.refusal import refuse

_LIFE_S = 3600.0


@dataclass(frozen=True, slots=True)
class Access:
    """An address (``http://127.0.0.1:8080``) and a bearer token."""

    url: str
    token: str

    @property
    def headers(self) -> dict[str, str]:
        """For an HTTP request."""
        return {"Authorization": f"Bearer {self.token}"}


def find_access(data_dir: Path | None = None) -> Access:
    """The stack that runs here: in a container by its settings, else the demo on ``data_dir``.

    Raises:
        typer.Exit: none runs, or its key cannot be read; what to do is said.
    """
    secrets = os.environ.get("ANDON_SECRETS_DIR")
    key = None if data_dir else _key_in_container()
    if key:
        # the plain listener for our own, where there is one: the published port may speak TLS under other names
        port = os.environ.get("ANDON_INTERNAL_PORT") or os.environ.get("ANDON_LISTEN_PORT", "8080")
        return Access(f"http://127.0.0.1:{port}", admin_token(key))
    if data_dir is None and secrets and (Path(secrets) / "token").exists():
        # a service's container: its own token, which may be good for less
        return Access(os.environ["ANDON_API_URL"], _read(Path(secrets) / "token").decode())
    home = used_home(data_dir)
    url = home.read_running().get("url")
    if not isinstance(url, str):
        refuse(f"no demo runs on {home.root} now. Start it with `{home.typed('andon demo')}`. {CONTAINERS}")
    return Access(url, admin_token(home.secrets / "api" / "signing-key"))


def signing_key(data_dir: Path | None = None) -> bytes:
    """The API's key, in a container or of the demo on ``data_dir``."""
    key = None if data_dir else _key_in_container()
    if key:
        return _read(key)
    return _read(used_home(data_dir).secrets / "api" / "signing-key")


def used_home(data_dir: Path | None) -> Home:
    """The folder of a demo that has run.

    Raises:
        typer.Exit: none has run there; what to do is said.
    """
    home = Home((data_dir or default_home()).resolve())
    if not home.used:
        refuse(home.unused)
    return home


def in_api_container() -> bool:
    """Whether this is the API's container, which may ask everything."""
    return _key_in_container() is not None


def _key_in_container() -> Path | None:
    """The API's key where this is its container; below `api` where one process is ingest and API."""
    secrets = Path(os.environ.get("ANDON_SECRETS_DIR", "/nowhere"))
    return next((key for key in (secrets / "signing-key", secrets / "api" / "signing-key") if key.exists()), None)


def _read(key: Path) -> bytes:
    try:
        return key.read_text().strip().encode()
    except OSError as error:
        refuse(f"cannot read {key}: {error.strerror}; run this as who started Andon")


def admin_token(key: Path) -> str:
    """A token for an hour, in the name of who runs the command."""
    secret = _read(key)
    try:
        who = getpass.getuser()
    except (KeyError, OSError):
        who = "container"
    return issue(secret, f"{who} (command line)", "admin", life_s=_LIFE_S)
