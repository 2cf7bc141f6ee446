"""What `andon credential add` prints for other programs."""

from __future__ import annotations

import shlex
import tomllib

import pytest
from andon_cli.clients import Client, mosquitto, node_red, telegraf, telemetry

CLIENT = Client(
    "reader", "s3-cret_", "127.0.0.1", 8883, "/home/a user/ca.pem", ("andon/v1/acme/#",), ("andon/v1/acme/+/command",)
)
#: From the sample configuration of Telegraf's mqtt_consumer and the README of its JSON parser.
TELEGRAF = {
    "servers", "topics", "username", "password", "tls_ca", "data_format", "json_query", "json_time_key",
    "json_time_format",
}  # fmt: skip


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("andon/v1/#", "andon/v1/+/+/+/+/+/telemetry"),
        ("#", "andon/v1/+/+/+/+/+/telemetry"),
        ("andon/v1/acme/#", "andon/v1/acme/+/+/+/+/telemetry"),
        ("andon/v1/acme/+/hall/#", "andon/v1/acme/+/hall/+/+/telemetry"),
        ("andon/v1/a/b/c/d/press-1/#", "andon/v1/a/b/c/d/press-1/telemetry"),
        ("andon/v1/a/b/c/d/press-1/telemetry", "andon/v1/a/b/c/d/press-1/telemetry"),
        ("andon/v1/a/b/c/d/press-1/+", "andon/v1/a/b/c/d/press-1/telemetry"),
        ("andon/v1/a/b/c/d/press-1/event", None),
        ("andon/v1/a/clock", None),
        ("andon/v1/a/b/c/d/press-1/telemetry/#", "andon/v1/a/b/c/d/press-1/telemetry"),
        ("andon/v1/a/b/c/d/press-1/telemetry/x/#", None),
        ("other/#", None),
    ],
)
def test_the_telemetry_within_a_filter(given: str, found: str | None) -> None:
    assert telemetry(given) == found


def test_mosquittos_commands_survive_a_shell() -> None:
    read, write = (shlex.split(line) for line in mosquitto(CLIENT))
    assert read[0] == "mosquitto_sub" and read[read.index("--cafile") + 1] == "/home/a user/ca.pem"
    assert read[read.index("-t") + 1] == "andon/v1/acme/#"
    assert write[0] == "mosquitto_pub" and write[write.index("-t") + 1] == "andon/v1/acme/NAME/command"


def test_telegrafs_section_is_toml_with_options_that_it_has() -> None:
    (section,) = tomllib.loads(telegraf(CLIENT))["inputs"]["mqtt_consumer"]
    assert section.keys() == TELEGRAF
    assert section["servers"] == ["ssl://127.0.0.1:8883"] and section["tls_ca"] == "/home/a user/ca.pem"
    assert section["topics"] == ["andon/v1/acme/+/+/+/+/telemetry"]
    nothing = Client("w", "p", "h", 1, "ca", (), ("a/b",))
    assert telegraf(nothing) == "" and "mosquitto_sub" not in "".join(mosquitto(nothing))


def test_node_red_is_told_every_field() -> None:
    text = "\n".join(node_red(CLIENT))
    for part in ("Server 127.0.0.1", "Port 8883", "CA Certificate /home/a user/ca.pem", "Username reader", "s3-cret_"):
        assert part in text
    assert "Topic andon/v1/acme/#" in text and "mqtt out: Topic within andon/v1/acme/+/command" in text
