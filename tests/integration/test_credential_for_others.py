"""`andon credential add`, and the real mosquitto_sub and mosquitto_pub with what it prints, on both brokers."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.demo import DemoUnderTest, running_demo

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(shutil.which("mosquitto_sub") is None, reason="mosquitto-clients is not installed"),
]


@pytest.fixture(scope="module", params=["mosquitto", "nats"])
def demo(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoUnderTest]:
    with running_demo(tmp_path_factory.mktemp("demo") / request.param, "--broker", request.param) as running:
        yield running


def run(words: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)


def credential(demo: DemoUnderTest, *words: str) -> str:
    done = run([sys.executable, "-m", "andon_cli", "credential", *words, "--data-dir", str(demo.home.root)])
    assert done.returncode == 0, done.stderr
    return done.stdout


def printed(text: str, program: str) -> list[str]:
    """The command as printed, as a shell reads it."""
    (line,) = [line.strip() for line in text.splitlines() if line.strip().startswith(f"{program} ")]
    return shlex.split(line)


def messages(words: list[str], count: int = 3, wait_s: int = 20) -> list[tuple[str, dict[str, Any]]]:
    """What mosquitto_sub -v printed: topic and payload."""
    done = run([*words, "-C", str(count), "-W", str(wait_s)])
    assert done.returncode == 0 and done.stderr == "", done.stderr
    pairs = [line.split(" ", 1) for line in done.stdout.splitlines()]
    assert len(pairs) == count
    return [(topic, json.loads(payload)) for topic, payload in pairs]


def test_a_reader_reads_with_the_printed_command(demo: DemoUnderTest) -> None:
    text = credential(demo, "add", "reader", "--read", "andon/v1/polaris/#")
    words = printed(text, "mosquitto_sub")
    assert all(topic.startswith("andon/v1/polaris/") for topic, _ in messages(words))
    # and what Telegraf is told: its topic, and where in a message samples and stamps are
    section = text[text.index("[[inputs") : text.index("Node-RED")]
    (telegraf,) = tomllib.loads(section)["inputs"]["mqtt_consumer"]
    words[words.index("-t") + 1] = telegraf["topics"][0]
    for topic, message in messages(words):
        assert topic.endswith("/telemetry")
        for sample in message[telegraf["json_query"]]:
            assert isinstance(sample[telegraf["json_time_key"]], int) and sample["values"]


def test_the_flow_that_is_printed_for_node_red_holds_all_that_it_takes(demo: DemoUnderTest, tmp_path: Path) -> None:
    """Its server's fields, the certificate among them, given to another client."""
    text = credential(demo, "add", "flow", "--read", "andon/v1/#")
    (line,) = [line for line in text.splitlines() if line.startswith("[{")]
    nodes = {node["type"]: node for node in json.loads(line)}
    authority = tmp_path / "ca.pem"
    authority.write_text(nodes["tls-config"]["credentials"]["cadata"])
    server = nodes["mqtt-broker"]
    words = ["mosquitto_sub", "-h", server["broker"], "-p", server["port"], "--cafile", str(authority), "-v"]
    words += ["-u", server["credentials"]["user"], "-P", server["credentials"]["password"]]
    assert messages([*words, "-t", nodes["mqtt in"]["topic"]])


def test_a_writer_writes_what_it_may_and_no_more(demo: DemoUnderTest) -> None:
    reader = printed(credential(demo, "add", "ear", "--read", "lab/#"), "mosquitto_sub")
    text = credential(demo, "add", "mouth", "--write", "lab/+/note")
    assert "mosquitto_sub" not in text and "[[inputs" not in text
    writer = printed(text, "mosquitto_pub")
    with subprocess.Popen(
        [*reader, "-C", "1", "-W", "20"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as ear:
        try:
            for _ in range(40):  # until the ear has subscribed; what the mouth may not say never comes
                for topic in ("lab/NAME/secret", "lab/NAME/note"):
                    writer[writer.index("-t") + 1] = topic
                    run([word if word != "TEXT" else topic for word in writer])
                if ear.poll() is not None:
                    break
            heard, wrong = ear.communicate(timeout=30)
        finally:
            ear.kill()
    assert heard == "lab/NAME/note lab/NAME/note\n", wrong


def test_an_old_password_and_a_removed_user_are_refused(demo: DemoUnderTest) -> None:
    old = printed(credential(demo, "add", "guest", "--read", "andon/v1/#"), "mosquitto_sub")
    new = printed(credential(demo, "add", "guest", "--read", "andon/v1/#"), "mosquitto_sub")
    refused = run([*old, "-C", "1", "-W", "5"])
    assert refused.returncode != 0 and refused.stdout == ""
    assert messages(new, 1)
    assert "removed guest" in credential(demo, "remove", "guest")
    gone = run([*new, "-C", "1", "-W", "5"])
    assert gone.returncode != 0 and gone.stdout == ""
