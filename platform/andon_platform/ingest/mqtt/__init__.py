"""MQTT for ingest's hot path: what a subscriber needs of 3.1.1 and 5, and no more.

Ingest reads thousands of small messages a second and acknowledges them in bulk after a write.
``benchmarks/bench_transports.py`` shows what the general client libraries cost for that; this reads a
whole segment of the socket in one loop and acknowledges a batch with one write.
"""

from andon_platform.ingest.mqtt.connection import MqttTransport

__all__ = ["MqttTransport"]
