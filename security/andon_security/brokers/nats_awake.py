"""When NATS has its retained messages at hand.

It reads them back with the first MQTT client that comes after a start, and answers that client's subscriptions while
it still reads: who asks first may be told that nothing is kept. So one client comes before all others, and the server
is ready when it has read what it keeps.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import threading
from typing import Any, Final

import paho.mqtt.client as mqtt
from nats.errors import Error as NatsError
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from andon_security.brokers.nats_system import ask_server
from andon_security.mqtt import MqttCredential

#: The stream in which the server keeps retained messages.
_RETAINED: Final = "$MQTT_rmsgs"
_CLIENT_ID: Final = "andon-awake"
_TIMEOUT_S: Final = 5.0
_DETAILS: Final = json.dumps({"accounts": True, "streams": True, "consumer": True}).encode()


async def is_awake(
    host: str, mqtt_port: int, client_port: int, password: str, who: MqttCredential, tls: ssl.SSLContext
) -> bool:
    """Whether the server answers and has read its retained messages; ``password`` is the system user's."""
    try:
        await asyncio.to_thread(_come, host, mqtt_port, who, tls)
        return _has_read(await _streams(f"tls://{host}:{client_port}", password, tls))
    except (NatsError, OSError, TimeoutError):
        return False


def _come(host: str, port: int, who: MqttCredential, tls: ssl.SSLContext) -> None:
    """Connect as an MQTT client and go again; raises OSError where that fails."""
    answered, codes = threading.Event(), list[ReasonCode]()
    client = mqtt.Client(CallbackAPIVersion.VERSION2, _CLIENT_ID, protocol=mqtt.MQTTv311)
    client.username_pw_set(who.username, who.password)
    client.tls_set_context(tls)

    def connected(_client: Any, _data: Any, _flags: Any, code: ReasonCode, _properties: Any) -> None:
        codes.append(code)
        answered.set()

    client.on_connect = connected
    client.connect(host, port)
    client.loop_start()
    try:
        if not answered.wait(_TIMEOUT_S) or codes[0].is_failure:
            raise ConnectionError(f"MQTT at {host}:{port}: {codes[0] if codes else 'no answer'}")
    finally:
        client.disconnect()
        client.loop_stop()


async def _streams(url: str, password: str, tls: ssl.SSLContext) -> list[dict[str, Any]]:
    """What the server tells of its streams and of who reads them."""
    answer = await ask_server(url, password, tls, "JSZ", _DETAILS, _TIMEOUT_S)
    accounts = answer.get("data", {}).get("account_details") or []
    return [stream for account in accounts for stream in account.get("stream_detail") or []]


def _has_read(streams: list[dict[str, Any]]) -> bool:
    """The reader made last is this start's; one of an earlier start may linger for minutes."""
    readers = [r for stream in streams if stream["name"] == _RETAINED for r in stream.get("consumer_detail") or []]
    return bool(readers) and max(readers, key=lambda r: str(r["created"]))["num_pending"] == 0
