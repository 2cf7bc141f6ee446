"""What a first start makes: the authority, a certificate per server, a credential per device and service.

Each service has a folder of its own and reads no other. Only what is missing is made, so that the function is
run before every start. In the demo the folders lie side by side; in compose each is a volume that is mounted
in one service alone, and this runs in a container of its own.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from andon_contracts.identity import Identity

from andon_security import grants, tokens
from andon_security.authority import Authority, serves
from andon_security.brokers import mosquitto
from andon_security.brokers.nats_users import NatsGrants
from andon_security.errors import TokenRefused
from andon_security.files import new_password, secret_text, write_json, write_secret
from andon_security.grants import Grant
from andon_security.mqtt import load_credential

#: The folders below the root, one a service.
FOLDERS = ("authority", "broker", "edge", "ingest", "api", "apps", "store", "welcome")
#: Reads the broker's own uptime, nothing of ours: the container's health check.
HEALTH = Grant("health", subscribe=("$SYS/broker/uptime",))

#: What our own services may do at the API.
_SERVICE_SCOPES = {
    "edge": ["device:enrol"],
    "apps": ["data:read", "live:read"],
    # prints the first link, and ends; nobody can hand on more than they hold
    "welcome": sorted(tokens.ROLE_SCOPES["engineer"] | {"link:create"}),
}


@dataclass(frozen=True, slots=True)
class Stock:
    """The folders of one installation."""

    root: Path

    def folder(self, service: str) -> Path:
        """The folder of a service, one of :data:`FOLDERS`."""
        assert service in FOLDERS, service
        return self.root / service

    @property
    def dynamic_security(self) -> Path:
        """Mosquitto's file of users; the broker rewrites it."""
        return self.folder("broker") / "dynamic-security.json"

    @property
    def nats(self) -> Path:
        """The folder of NATS's users."""
        return self.folder("broker")


def prepare(
    root: Path,
    machines: Iterable[Identity],
    *,
    broker_names: Iterable[str] = ("localhost", "127.0.0.1"),
    web_names: Iterable[str] = ("localhost", "127.0.0.1"),
    now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
) -> list[str]:
    """Make what is missing below ``root``; returns what was made, in words."""
    stock = Stock(root)
    made: list[str] = []
    for name in FOLDERS:
        stock.folder(name).mkdir(parents=True, exist_ok=True, mode=0o700)
    if not (stock.folder("authority") / "ca.key").exists():
        made.append("a certificate authority")
    authority = Authority.open(stock.folder("authority"), now())
    for name in FOLDERS:
        _same(stock.folder(name) / "ca.pem", authority.pem)
    made += _server(authority, stock.folder("broker"), list(broker_names), now(), "broker")
    made += _server(authority, stock.folder("api"), list(web_names), now(), "web")
    made += _tokens(stock)
    users = _credentials(stock, machines, made)
    _broker_users(stock, users, made)
    return made


def _same(path: Path, content: bytes) -> None:
    if not path.exists() or path.read_bytes() != content:
        write_secret(path, content, 0o644)


def _server(authority: Authority, folder: Path, given: list[str], now: dt.datetime, what: str) -> list[str]:
    names = list(dict.fromkeys(given))  # what people type may be a name that it has anyway
    if serves(folder / "server.pem", names, now):
        return []
    certificate, key = authority.issue_server(names, now)
    write_secret(folder / "server.key", key)
    write_secret(folder / "server.pem", certificate, 0o644)
    return [f"a certificate for the {what} server ({', '.join(names)})"]


def _tokens(stock: Stock) -> list[str]:
    """The API's keys, and the tokens it will accept from our own services."""
    api, made = stock.folder("api"), []
    key = secret_text(api / "signing-key").encode()
    secret_text(api / "audit-key")
    control = secret_text(api / "control-token")
    influx = secret_text(api / "influx-token")
    for name, text in (("control-token", control), ("influx-token", influx)):
        _same_secret(stock.folder("ingest") / name, text)
    for service, scopes in _SERVICE_SCOPES.items():
        path = stock.folder(service) / "token"
        if not _accepted(path, key):
            write_secret(path, tokens.issue(key, service, "service", scopes=scopes))
            made.append(f"a token for {service}")
    return made


def _same_secret(path: Path, text: str) -> None:
    if not path.exists() or path.read_text() != text:
        write_secret(path, text)


def _accepted(path: Path, key: bytes) -> bool:
    try:
        tokens.verify(key, path.read_text().strip())
    except (OSError, TokenRefused):
        return False
    return True


def _credentials(stock: Stock, machines: Iterable[Identity], made: list[str]) -> list[tuple[Grant, str]]:
    """A password for every service and device; what is there already is kept."""
    users: list[tuple[Grant, str]] = []
    for name, grant in grants.SERVICES.items():
        users.append((grant, _password(stock.folder(name) / "mqtt.json", name, made)))
    users.append((HEALTH, secret_text(stock.folder("broker") / "health-password")))
    new: list[str] = []
    devices = {m.path: m for m in machines}
    # devices that enrolled while the stack ran have a file too: they stay known if the broker's file is lost
    for file in (stock.folder("edge") / "devices").glob("*/*/*/*/*.json"):
        path = file.relative_to(stock.folder("edge") / "devices").with_suffix("").as_posix()
        devices.setdefault(path, Identity.parse(path))
    for path, machine in sorted(devices.items()):
        password = _password(stock.folder("edge") / "devices" / f"{path}.json", path, new)
        users.append((grants.device(machine), password))
    if new:
        made.append(f"credentials for {len(new)} machines")
    return users


def _password(path: Path, name: str, made: list[str]) -> str:
    if path.exists():
        return load_credential(path).password
    password = new_password()
    write_json(path, {"username": name, "password": password})
    made.append(f"a credential for {name}")
    return password


def _broker_users(stock: Stock, users: list[tuple[Grant, str]], made: list[str]) -> None:
    """The users' files of both brokers, and the administrator's credential for the API."""
    admin_file = stock.folder("api") / "broker-admin.json"
    if admin_file.exists():
        admin = json.loads(admin_file.read_text())["password"]
    else:
        admin = new_password()
        write_json(admin_file, {"username": mosquitto.ADMIN, "password": admin})
    secret_text_system = stock.folder("broker") / "nats-system-password"
    _same_secret(secret_text_system, admin)
    if not stock.dynamic_security.exists():
        write_secret(stock.dynamic_security, mosquitto.dynamic_security(users, admin))
        made.append(f"the broker's {len(users)} users")
    nats = NatsGrants(stock.nats)
    known = nats.read()
    wanted = known | {grant.name: (grant, password) for grant, password in users}
    if wanted != known:
        nats.write(wanted)
