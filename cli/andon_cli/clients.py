"""What other MQTT programs need to reach the broker, in the words of each: texts to copy."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from andon_contracts.topics import every_machine


@dataclass(frozen=True, slots=True)
class Client:
    """A program's access: where the broker is, whom it trusts, and what it may do."""

    name: str
    password: str
    host: str
    port: int
    authority: str
    read: Sequence[str]
    write: Sequence[str]


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
        # one publishes to a topic, not to a filter
        one = "/".join("NAME" if level in ("+", "#") else level for level in topic.split("/"))
        lines.append(shlex.join(["mosquitto_pub", *common, "-q", "1", "-t", one, "-m", "TEXT"]))
    return lines


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
        ]
    )


def node_red(client: Client) -> list[str]:
    """What to fill in, tab by tab."""
    lines = [
        f"Connection: Server {client.host}, Port {client.port}, Use TLS",
        f"TLS configuration: CA Certificate {client.authority}, Verify server certificate",
        f"Security: Username {client.name}, Password {client.password}",
    ]
    lines += [f"mqtt in: Topic {topic}, Output: a parsed JSON object" for topic in client.read]
    return [*lines, *(f"mqtt out: Topic within {topic}" for topic in client.write)]
