"""A machine that publishes what a test tells it to: a small MQTT 3.1.1 client with a connection of its own."""

from __future__ import annotations

import ssl
import threading
from collections import deque
from typing import Self

import paho.mqtt.client as mqtt
from andon_contracts.codec import decode_watermark, encode
from andon_contracts.messages import Birth, SignalSpec, Watermark
from support.broker import BrokerUnderTest
from support.waiting import wait_until


def birth(machine: str, *signals: str) -> Birth:
    """A birth that announces these signals."""
    specs = [SignalSpec(name=s, unit="1", minimum=0, maximum=1, rate_hz=1) for s in signals]
    return Birth(machine=machine, session=1, t=1, epoch=1, type="test", signals=specs)


class Sender:
    """Connects as a device; ``watermarks`` holds those it was sent."""

    def __init__(self, broker: BrokerUnderTest, machine: str) -> None:
        self.machine = machine
        self.watermarks: deque[Watermark] = deque()
        self._client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=machine, protocol=mqtt.MQTTv311)
        credential = broker.device(machine)
        self._client.username_pw_set(credential.username, credential.password)
        context = ssl.create_default_context(cafile=str(broker.secrets("ingest") / "ca.pem"))
        self._client.tls_set_context(context)
        self._client.max_inflight_messages_set(500)
        self._ready = threading.Event()
        self._client.on_connect = self._connected
        self._client.on_subscribe = lambda *_: self._ready.set()
        self._client.on_message = lambda _c, _u, m: self.watermarks.append(decode_watermark(m.payload))
        self._client.connect(broker.host, broker.port)

    def _connected(self, client: mqtt.Client, *_: object) -> None:
        client.subscribe(f"andon/v1/{self.machine}/watermark", 1)

    def __enter__(self) -> Self:
        self._client.loop_start()
        assert self._ready.wait(10), "the device could not connect"
        return self

    def __exit__(self, *exc: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def publish(self, channel: str, payload: bytes, *, retain: bool = False) -> mqtt.MQTTMessageInfo:
        return self._client.publish(f"andon/v1/{self.machine}/{channel}", payload, qos=1, retain=retain)

    def born(self, *signals: str) -> None:
        self.publish("birth", encode(birth(self.machine, *signals)), retain=True).wait_for_publish(10)

    def settled(self, epoch: int, seq: int) -> Watermark:
        """Wait for a watermark that settles the epoch up to ``seq``."""

        def found() -> Watermark | None:
            for w in list(self.watermarks):
                if any(e.epoch == epoch and e.settled >= seq for e in w.epochs):
                    return w
            return None

        result = wait_until(found, what=f"a watermark of {seq}")
        assert result is not None
        return result
