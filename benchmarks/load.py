"""A cheap load: pre-encoded telemetry over raw sockets, MQTT 3.1.1 QoS 1, in a process of its own.

    python benchmarks/load.py PORT MACHINES RATE SECONDS [HOST] [SECRETS]

Publishes RATE messages a second of 6 values each (0: as fast as the window allows), spread over MACHINES, and
prints one JSON line: what was sent and acknowledged. With SECRETS (``ca.pem`` and ``mqtt.json``, a user that may
publish for all of them) it takes TLS and that credential; else neither.
"""

from __future__ import annotations

import json
import selectors
import socket
import ssl
import sys
import time
from pathlib import Path

SIGNALS = ("hydraulic_pressure", "oil_temperature", "ram_speed", "motor_current", "vibration", "buffer_out")
#: Unacknowledged messages at most; bounds what piles up in the broker for the sender.
WINDOW = 2_000


def machine(n: int) -> str:
    """The n-th machine's path."""
    return f"bench/north/hall/line-{n // 50}/machine-{n}"


def varint(n: int) -> bytes:
    """MQTT's length."""
    out = bytearray()
    while True:
        n, low = divmod(n, 128)
        out.append(low | 128 if n else low)
        if not n:
            return bytes(out)


def packet(first: int, body: bytes) -> bytes:
    """A packet."""
    return bytes((first,)) + varint(len(body)) + body


def text(s: str) -> bytes:
    """A length-prefixed string."""
    return len(s).to_bytes(2, "big") + s.encode()


def connect(host: str, port: int, client_id: str, secrets: Path | None = None) -> socket.socket:
    """A connected session, clean."""
    sock = socket.create_connection((host, port))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    flags, who = b"\x02", b""
    if secrets is not None:
        from andon_security.mqtt import load_credential, tls_context

        credential = load_credential(secrets / "mqtt.json")
        sock = tls_context(secrets).wrap_socket(sock, server_hostname=host)
        flags, who = b"\xc2", text(credential.username) + text(credential.password)
    sock.sendall(packet(0x10, text("MQTT") + b"\x04" + flags + b"\x00\x78" + text(client_id) + who))
    answer = sock.recv(4)
    if answer[:1] != b"\x20" or answer[3:] != b"\x00":
        raise SystemExit(f"the broker refuses the load: {answer!r}")
    return sock


def birth(path: str) -> bytes:
    """A birth that names the signals."""
    signals = [{"name": s, "unit": "1", "minimum": 0, "maximum": 1, "rate_hz": 1} for s in SIGNALS]
    document = {
        "v": 1, "kind": "birth", "machine": path, "session": 1, "t": 1, "epoch": 1, "type": "bench",
        "signals": signals,
    }  # fmt: skip
    return json.dumps(document).encode()


def main() -> None:
    """Publish."""
    port, machines, rate, seconds = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4])
    secrets = Path(sys.argv[6]) if len(sys.argv) > 6 else None
    sock = connect(sys.argv[5] if len(sys.argv) > 5 else "127.0.0.1", port, "load", secrets)
    for n in range(machines):
        sock.sendall(packet(0x31, text(f"andon/v1/{machine(n)}/birth") + birth(machine(n))))
    epoch = time.time_ns() // 1000
    head, tail = [], b',"values":{' + ",".join(f'"{s}":%s' for s in SIGNALS).encode() + b"}}]}"
    for n in range(machines):
        topic = text(f"andon/v1/{machine(n)}/telemetry")
        head.append((topic, f'{{"v":1,"machine":"{machine(n)}","epoch":{epoch},"seq":'.encode()))
    values = [
        tail % tuple(b"%.2f" % (100 + 7 * ((i * 31 + k * 17) % 97) / 9.7) for k in range(len(SIGNALS)))
        for i in range(97)
    ]
    sock.setblocking(False)
    selector = selectors.DefaultSelector()
    selector.register(sock, selectors.EVENT_READ | selectors.EVENT_WRITE)
    sent = acked = 0
    out, rest = bytearray(), b""
    started = time.perf_counter()
    while True:
        elapsed = time.perf_counter() - started
        if elapsed >= seconds and (sent == acked or elapsed > seconds + 30):
            break
        due = int(rate * min(elapsed, seconds)) if rate else (1 << 60 if elapsed < seconds else sent)
        todo = min(due - sent, WINDOW - (sent - acked), 500)
        if todo > 0 and len(out) < 1 << 18:
            now = time.time_ns() // 1000
            for _ in range(todo):
                m, seq = sent % machines, sent // machines + 1
                topic, start = head[m]
                sent += 1
                payload = b'%b%d,"journaled":%d,"samples":[{"t":%d%b' % (
                    start, seq, now, now + sent % 500 - 500, values[sent % 97],
                )  # fmt: skip
                out += packet(0x32, topic + (sent % 65535 + 1).to_bytes(2, "big") + payload)
        want = selectors.EVENT_READ | (selectors.EVENT_WRITE if out else 0)
        selector.modify(sock, want)
        for _, events in selector.select(0.002):
            try:
                if events & selectors.EVENT_WRITE:
                    del out[: sock.send(out)]
                if events & selectors.EVENT_READ:
                    data = rest + sock.recv(1 << 16)
                    acked += len(data) // 4
                    rest = data[len(data) // 4 * 4 :]
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                continue
    took = time.perf_counter() - started
    cpu = time.process_time()
    print(json.dumps({"sent": sent, "acknowledged": acked, "seconds": took, "cpu_s": cpu}))


if __name__ == "__main__":
    main()
