"""Two `andon run ingest` with lines of their own, on a real Mosquitto and a real InfluxDB, and `andon run api` on both.

Every message once whichever of them is killed, each machine told, and the API speaks of both as of one.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from andon_cli.access import admin_token
from andon_cli.doctor.finding import Finding, Place
from andon_cli.doctor.hops import through_the_api
from andon_cli.processes.ports import free_port
from andon_contracts.codec import encode
from andon_contracts.messages import Sample, Telemetry
from support.broker import BrokerUnderTest, running_broker
from support.influx import InfluxUnderTest, running_influx
from support.platform_stack import ingest_process
from support.sender import Sender
from support.stores import SECOND, T0
from support.waiting import wait_until

pytestmark = pytest.mark.integration

LINES = ("polaris/north/cabinets/cabinets-1", "polaris/north/assembly/assembly-1")
PRESS, BEND, PACK = f"{LINES[0]}/press-1", f"{LINES[0]}/bend-1", f"{LINES[1]}/pack-1"
#: On a line that no ingest takes.
OVEN = "polaris/north/lab/lab-1/oven-1"
STEP, STEPS = 200, 5
COUNT = STEP * STEPS


@dataclass
class Stack:
    """Broker and store, and what was started on them."""

    broker: BrokerUnderTest
    influx: InfluxUnderTest
    folder: Path
    around: ExitStack
    running: dict[str, Any] = field(default_factory=dict)
    status: dict[str, int] = field(default_factory=dict)
    starts: Iterator[int] = field(default_factory=itertools.count)

    def _start(self, process: str, name: str, **more: Any) -> None:
        settings = {
            "mqtt_host": self.broker.host,
            "mqtt_port": self.broker.port,
            "store": "influxdb",
            "influx_url": self.influx.url,
            "secrets_dir": self.broker.secrets(process),
            "data_dir": self.folder / name,
            "machines_dir": self.folder / "machines",
            "plants_dir": self.folder / "plants",
        }
        log = self.folder / f"{name}-{next(self.starts)}.log"
        self.running[name] = self.around.enter_context(ingest_process({**settings, **more}, log, process))

    def ingest(self, id: str, *lines: str, name: str = "") -> None:
        """Start one, or start it again, on the port it had."""
        port = self.status.setdefault(name or id, free_port())
        self._start("ingest", name or id, ingest_id=id, partition=",".join(lines), status_port=port)

    def flow(self, name: str) -> dict[str, Any]:
        """An ingest's own figures; nothing where it does not answer, or has no broker yet."""
        token = (self.broker.secrets("ingest") / "control-token").read_text().strip()
        try:
            url = f"http://127.0.0.1:{self.status[name]}/flow"
            answer = httpx.get(url, headers={"Authorization": f"Bearer {token}"}, trust_env=False)
        except httpx.HTTPError:
            return {}
        found: dict[str, Any] = answer.json()
        return found if found["connected"] else {}

    def kill(self, name: str) -> None:
        self.running[name].kill()
        self.running[name].wait()

    @contextmanager
    def api(self, *names: str) -> Iterator[httpx.Client]:
        """The API, told of these ingests."""
        port = free_port()
        urls = ",".join(f"http://127.0.0.1:{self.status[name]}" for name in names)
        self._start("api", "api", listen_host="127.0.0.1", listen_port=port, ingest_url=urls)
        token = admin_token(self.broker.secrets("api") / "signing-key")
        url, headers = f"http://127.0.0.1:{port}/api/v1", {"Authorization": f"Bearer {token}"}
        with httpx.Client(base_url=url, headers=headers, trust_env=False, timeout=20) as client:
            wait_until(lambda: answers(client), 120, "the API's first answer")
            yield client


def answers(client: httpx.Client) -> bool:
    try:
        return client.get("/health").status_code == 200
    except httpx.HTTPError:
        return False


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    with ExitStack() as around:
        broker = around.enter_context(running_broker("mosquitto", tmp_path / "broker", [PRESS, BEND, PACK, OVEN]))
        influx = around.enter_context(running_influx(tmp_path / "influx"))
        for service in ("ingest", "api"):
            (broker.secrets(service) / "influx-token").write_text(influx.token)
        yield Stack(broker, influx, tmp_path, around)


def says(sender: Sender, first: int, count: int = STEP) -> None:
    for n in range(first, first + count):
        sample = Sample(t=T0 + n * SECOND // 10, values={"force": float(n)})
        sender.publish("telemetry", encode(Telemetry(machine=sender.machine, epoch=1, seq=n, samples=[sample])))


def doctor(client: httpx.Client) -> dict[str, Finding]:
    url = str(client.base_url).removesuffix("/api/v1/")
    with httpx.Client(base_url=url, headers=client.headers, trust_env=False, timeout=20) as plain:
        return {finding.hop: finding for finding in through_the_api(plain, Place(lambda name: name))}


def test_two_share_the_lines_and_one_is_killed(stack: Stack) -> None:
    stack.ingest("ingest-1", LINES[0])
    stack.ingest("ingest-2", LINES[1])
    wait_until(lambda: stack.flow("ingest-1") and stack.flow("ingest-2"), 120, "both connected")
    with (
        stack.api("ingest-1", "ingest-2") as client,
        Sender(stack.broker, PRESS) as press,
        Sender(stack.broker, BEND) as bend,
        Sender(stack.broker, PACK) as pack,
    ):
        senders = (press, bend, pack)
        for sender in senders:
            sender.born("force")
            says(sender, 1)
        for sender in senders:
            sender.settled(1, STEP)
        wait_until(lambda: client.get("/ready").status_code == 200, 60, "the API ready")

        # one is killed while data flows: the other's machines do not notice
        for sender in senders:
            says(sender, STEP + 1)
        stack.kill("ingest-2")
        for sender in senders:
            says(sender, 2 * STEP + 1)
        for sender in (press, bend):
            sender.settled(1, 3 * STEP)
        ready = client.get("/ready")
        address = f"http://127.0.0.1:{stack.status['ingest-2']}"
        assert ready.status_code == 503 and f"ingest cannot be reached: 1 of 2: {address}" in ready.json()["detail"]
        assert client.get("/flow").json()["ingest"] == "away"
        stack.ingest("ingest-2", LINES[1])
        for sender in senders:
            says(sender, 3 * STEP + 1)
        wait_until(lambda: stack.flow("ingest-2"), 120, "it connected again")
        for sender in senders:
            sender.settled(1, 4 * STEP)
        wait_until(lambda: client.get("/ready").status_code == 200, 60, "the API ready again")
        for sender in senders:
            says(sender, 4 * STEP + 1)
        for sender in senders:
            sender.settled(1, COUNT)
            told = [mark.settled for watermark in sender.watermarks for mark in watermark.epochs]
            assert told == sorted(told), "a machine was told less than before"

        # every message once, by the ingest of its line
        first = stack.flow("ingest-1")
        assert (first["messages"], first["redelivered"]) == (2 * COUNT, 0)
        flow = client.get("/flow").json()
        assert (flow["sent"], flow["stored"], flow["pending"], flow["duplicated"]) == (3 * COUNT, 3 * COUNT, 0, 0)
        assert (flow["quarantined"], flow["voided"], flow["store"]["values"]) == (0, 0, 3 * COUNT)
        for sender in senders:
            query: dict[str, Any] = {"machine": sender.machine, "signal": "force", "agg": "raw", "limit": COUNT + 1}
            query |= {"start": T0, "stop": T0 + COUNT * SECOND}
            (series,) = client.get("/series", params=query).json()["series"]
            assert series["values"] == [float(n) for n in range(1, COUNT + 1)]

        both_are_named(client, flow)
        a_replay_finds_its_ingest(client, pack, COUNT)
        a_message_is_followed_through_its_ingest(client, pack, COUNT + 1)


def both_are_named(client: httpx.Client, flow: dict[str, Any]) -> None:
    """By flow, metrics and the doctor."""
    assert [(i["id"], i["lines"], i["all_lines"], i["state"]) for i in flow["ingests"]] == [
        ("ingest-1", [LINES[0]], False, "ready"),
        ("ingest-2", [LINES[1]], False, "ready"),
    ]
    assert flow["ingest"] == "ready" and flow["partition"] == []
    wait_until(lambda: metric(client, 'andon_flow_ingest_messages{ingest="ingest-1"}') == 2 * COUNT, 10, "the metric")
    finding = doctor(client)["lines of each ingest"]
    assert finding.well and finding.seen == "ingest-1: 1 line, ready; ingest-2: 1 line, ready"


def metric(client: httpx.Client, name: str) -> float:
    found = [line for line in client.get("/metrics").text.splitlines() if line.startswith(f"{name} ")]
    return float(found[0].rpartition(" ")[2]) if found else 0.0


def a_replay_finds_its_ingest(client: httpx.Client, sender: Sender, last: int) -> None:
    """What was quarantined by the second is stored after all, by the second, once its machine says what it is."""
    sample = Sample(t=T0 + last * SECOND, values={"speed": 7.0})
    sender.publish("telemetry", encode(Telemetry(machine=sender.machine, epoch=1, seq=last + 1, samples=[sample])))
    held = wait_until(lambda: client.get("/quarantine").json()["messages"], 20, "the message in quarantine")
    assert [(q["reason"], q["machine"]) for q in held] == [("unknown-signal", sender.machine)]
    path = f"/quarantine/{held[0]['id']}"
    assert not client.post(f"{path}/replay").json()["stored"]
    sender.born("force", "speed")
    wait_until(lambda: client.post(f"{path}/replay").json()["stored"], 20, "its replay")
    query = {"machine": sender.machine, "signal": "speed", "agg": "raw", "start": T0, "stop": T0 + last * SECOND * 2}
    assert client.get("/series", params=query).json()["series"][0]["values"] == [7.0]
    assert client.get(path).json()["replayed"]


def a_message_is_followed_through_its_ingest(client: httpx.Client, sender: Sender, last: int) -> None:
    asked = client.post("/follow", json={"machine": sender.machine}).json()
    assert asked["state"] == "waiting"
    says(sender, last + 1, 1)
    found = wait_until(lambda: settled(client, asked["id"]), 20, "the message settled")
    assert (found["seq"], found["outcome"], found["machine"]) == (last + 1, "stored", sender.machine)
    assert all(found["times"][hop] for hop in ("received", "written", "acknowledged", "watermark"))


def settled(client: httpx.Client, id: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/follow/{id}").json()
    return found if found["state"] == "settled" else {}


def test_lines_that_nobody_takes_or_two_take_are_said(stack: Stack) -> None:
    stack.ingest("ingest-1", LINES[0])
    stack.ingest("ingest-2", *LINES)
    stack.ingest("ingest-2", LINES[1], name="twin")
    with stack.api("ingest-1", "ingest-2", "twin") as client, Sender(stack.broker, OVEN) as oven:
        oven.born("force")
        said = wait_until(lambda: all_said(client), 120, "all of it said")
        assert said == [
            "2 ingests are called 'ingest-2', and the broker lets but one of them be connected: give each an "
            "ANDON_INGEST_ID of its own",
            f"{LINES[0]} is taken by 'ingest-1' and by 'ingest-2': take it out of the ANDON_PARTITION of one",
            f"{LINES[1]} is taken by 'ingest-2' and by 'ingest-2': take it out of the ANDON_PARTITION of one",
            "no ingest takes polaris/north/lab/lab-1 (1 machine, whose journal holds what is said): add it to the "
            "ANDON_PARTITION of one, or name its ingest in the API's ANDON_INGEST_URL",
        ]
        finding = doctor(client)["lines of each ingest"]
        assert not finding.well and finding.seen == "; ".join(said)


def all_said(client: httpx.Client) -> list[str]:
    found: list[str] = client.get("/flow").json()["partition"]
    return found if len(found) == 4 else []


def test_a_partition_that_is_no_line_is_refused_with_the_settings_name(stack: Stack) -> None:
    stack.ingest("ingest-1", "polaris/north/cabinets")
    assert stack.running["ingest-1"].wait(120) == 2
    (log,) = stack.folder.glob("ingest-1-*.log")
    assert "ANDON_PARTITION" in log.read_text() and "enterprise/site/area/line" in log.read_text()
