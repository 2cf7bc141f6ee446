"""A real broker with TLS and Andon's own users, for a test: start, kill, start again, stop."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from andon_cli.processes.brokers import BrokerChild, mosquitto_child, nats_child
from andon_cli.processes.ports import free_port
from andon_contracts.identity import Identity
from andon_security.mqtt import MqttCredential, load_credential
from andon_security.settings import BrokerKind
from andon_security.stock import Stock, prepare
from support.waiting import wait_until, wait_until_listening


@dataclass
class BrokerUnderTest:
    """``secrets("edge")`` is the folder of a service, as `andon setup` makes it."""

    child: BrokerChild
    stock: Stock
    log: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def kind(self) -> BrokerKind:
        return self.child.kind

    @property
    def host(self) -> str:
        return self.child.host

    @property
    def port(self) -> int:
        return self.child.port

    def secrets(self, service: str) -> Path:
        return self.stock.folder(service)

    def device(self, path: str) -> MqttCredential:
        return load_credential(self.stock.folder("edge") / "devices" / f"{path}.json")

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.child.command, stdout=log, stderr=log, cwd=self.child.cwd)
        wait_until_listening(self.host, self.port, self.process, self.log)
        # a loop of its own: a test may have one running here
        with ThreadPoolExecutor(1) as thread:
            wait_until(lambda: thread.submit(asyncio.run, self.child.has_read(self.stock.root)).result(), what="awake")

    def kill(self) -> None:
        """SIGKILL: what a power cut leaves."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()


@contextlib.contextmanager
def running_broker(
    kind: BrokerKind, folder: Path, machines: Iterable[Identity | str] = ()
) -> Iterator[BrokerUnderTest]:
    """A broker that knows the services and these machines; everything lies below ``folder``."""
    prepare(folder / "secrets", [m if isinstance(m, Identity) else Identity.parse(m) for m in machines])
    stock = Stock(folder / "secrets")
    data, port = folder / f"{kind}-data", free_port()
    if kind == "mosquitto":
        child = mosquitto_child(stock, data, port)
    else:
        child = nats_child(stock, data, port, free=free_port)
    broker = BrokerUnderTest(child, stock, folder / f"{kind}.log")
    broker.start()
    try:
        yield broker
    finally:
        broker.stop()
