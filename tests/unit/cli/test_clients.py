"""What `andon credential add` prints for other programs."""

from __future__ import annotations

import json
import shlex
import tomllib
from dataclasses import replace

import pytest
from andon_cli.clients import Client, mosquitto, node_red, telegraf, telemetry

CLIENT = Client(
    "reader", "s3-cret_", "127.0.0.1", 8883, "/home/a user/ca.pem", ("andon/v1/acme/#",), ("andon/v1/acme/+/command",)
)
#: From the sample configuration of Telegraf's mqtt_consumer and the README of its JSON parser.
TELEGRAF = {
    "servers", "topics", "username", "password", "tls_ca", "data_format", "json_query", "json_time_key",
    "json_time_format", "topic_parsing",
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
    (parsing,) = section["topic_parsing"]
    assert len(parsing["topic"].split("/")) == len(parsing["tags"].split("/")) and "/machine/" in parsing["tags"]
    nothing = Client("w", "p", "h", 1, "ca", (), ("a/b",))
    assert telegraf(nothing) == "" and "mosquitto_sub" not in "".join(mosquitto(nothing))


def test_node_red_imports_a_flow_with_all_that_it_needs() -> None:
    """The nodes' types and fields are those of Node-RED 4.1, whose editor took such a line and connected."""
    line = node_red(replace(CLIENT, pem="-----BEGIN"))
    assert "\n" not in line
    nodes = {node["type"]: node for node in json.loads(line)}
    assert list(nodes) == ["tls-config", "mqtt-broker", "debug", "mqtt in", "mqtt out", "inject"]
    tls, broker, read, write = (nodes[name] for name in ("tls-config", "mqtt-broker", "mqtt in", "mqtt out"))
    assert tls["credentials"] == {"cadata": "-----BEGIN"} and tls["verifyservercert"] and tls["ca"] == ""
    assert (broker["broker"], broker["port"], broker["usetls"], broker["tls"]) == ("127.0.0.1", "8883", True, tls["id"])
    assert broker["credentials"] == {"user": "reader", "password": "s3-cret_"}
    assert (read["topic"], read["broker"], read["datatype"]) == ("andon/v1/acme/#", broker["id"], "json")
    assert (write["topic"], write["broker"]) == ("andon/v1/acme/NAME/command", broker["id"])
    assert read["wires"] == [[nodes["debug"]["id"]]] and nodes["inject"]["wires"] == [[write["id"]]]
    assert len({node["id"] for node in json.loads(line)}) == 6


def test_node_red_is_told_the_certificates_path_where_its_text_is_not_at_hand() -> None:
    tls = json.loads(node_red(CLIENT))[0]
    assert tls["ca"] == "/home/a user/ca.pem" and "credentials" not in tls
