"""What other MQTT programs need to reach the broker, in the words of each: texts to copy."""

from __future__ import annotations

import json
import secrets
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from andon_contracts.topics import every_machine


@dataclass(frozen=True, slots=True)
class Client:
    """A program's access: where the broker is, whom it trusts (the certificate's path and text), what it may do."""

    name: str
    password: str
    host: str
    port: int
    authority: str
    read: Sequence[str]
    write: Sequence[str]
    pem: str = ""


def telemetry(topic: str) -> str | None:
    """The telemetry within a topic filter, or None where there is none: ``andon/v1/acme/#`` is
    ``andon/v1/acme/+/+/+/+/telemetry``."""
    levels = topic.split("/")
    known = every_machine("telemetry").split("/")
    if levels[-1] == "#":
        levels = [*levels[:-1], *known[len(levels) - 1 :]]
    if len(levels) != len(known) or not all(a == b or "+" in (a, b) for a, b in zip(levels, known, strict=True)):
        return None
    return "/".join(b if a == "+" else a for a, b in zip(levels, known, strict=True))


def mosquitto(client: Client) -> list[str]:
    """A command for each topic filter, as a shell takes it."""
    common = ["-h", client.host, "-p", str(client.port), "--cafile", client.authority]
    common += ["-u", client.name, "-P", client.password]
    lines = [shlex.join(["mosquitto_sub", *common, "-t", topic, "-v"]) for topic in client.read]
    for topic in client.write:
        lines.append(shlex.join(["mosquitto_pub", *common, "-q", "1", "-t", one_topic(topic), "-m", "TEXT"]))
    return lines


def one_topic(topic: str) -> str:
    """One publishes to a topic, not to a filter: what has to be filled in is ``NAME``."""
    return "/".join("NAME" if level in ("+", "#") else level for level in topic.split("/"))


def telegraf(client: Client) -> str:
    """The section of its file: telemetry as it was measured, one metric a sample; empty where none may be read."""
    topics = [found for topic in client.read if (found := telemetry(topic))]
    if not topics:
        return ""
    listed = ", ".join(f'"{topic}"' for topic in topics)
    return "\n".join(
        [
            "[[inputs.mqtt_consumer]]",
            f'  servers = ["ssl://{client.host}:{client.port}"]',
            f"  topics = [{listed}]",
            f'  username = "{client.name}"',
            f'  password = "{client.password}"',
            f'  tls_ca = "{client.authority}"',
            '  data_format = "json"',
            '  json_query = "samples"',
            '  json_time_key = "t"',
            '  json_time_format = "unix_us"',
            "  [[inputs.mqtt_consumer.topic_parsing]]",
            f'    topic = "{every_machine("telemetry")}"',
            '    tags = "_/_/enterprise/site/area/line/machine/_"',
        ]
    )


def node_red(client: Client) -> str:
    """A flow to import, in one line: a server that has all it needs, a node for each topic filter, and what to try it
    with. The certificate is within, since Node-RED often runs in a container that sees no files of this computer."""
    nodes: list[dict[str, Any]] = []

    def add(kind: str, name: str = "", **fields: Any) -> str:
        nodes.append({"id": secrets.token_hex(8), "type": kind, "name": name, **fields})
        return str(nodes[-1]["id"])

    trust: dict[str, Any] = {"ca": client.authority}
    if client.pem:
        trust = {"ca": "", "caname": "andon-ca.pem", "credentials": {"cadata": client.pem}}
    tls = add("tls-config", "Andon", cert="", key="", verifyservercert=True, **trust)
    login = {"user": client.name, "password": client.password}
    server: dict[str, Any] = {
        "broker": client.host,
        "port": str(client.port),
        "usetls": True,
        "tls": tls,
        "credentials": login,
    }
    # 3.1.1, which both of our brokers speak
    session: dict[str, Any] = {
        "clientid": "",
        "protocolVersion": "4",
        "keepalive": "60",
        "cleansession": True,
        "autoConnect": True,
    }
    broker = add("mqtt-broker", f"Andon ({client.name})", **server, **session)
    y = 80
    for topic in client.read:
        heard = add("debug", active=True, complete="true", x=420, y=y, wires=[])
        wanted: dict[str, Any] = {"topic": topic, "qos": "1", "datatype": "json", "rap": True, "rh": 0, "inputs": 0}
        add("mqtt in", **wanted, broker=broker, x=160, y=y, wires=[[heard]])
        y += 60
    for topic in client.write:
        said = add("mqtt out", topic=one_topic(topic), qos="1", retain="false", broker=broker, x=420, y=y, wires=[])
        text: dict[str, Any] = {"payload": "TEXT", "payloadType": "str", "props": [{"p": "payload"}]}
        add("inject", **text, repeat="", crontab="", once=False, onceDelay=0.1, x=160, y=y, wires=[[said]])
        y += 60
    return json.dumps(nodes)
