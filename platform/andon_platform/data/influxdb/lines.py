"""A batch as line protocol (precision: microseconds; quarantine: nanoseconds), built for speed."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping

import msgspec
from andon_contracts.messages import Event, PiecesCounted, Span, Telemetry

from andon_platform.data.influxdb.text import field, pieces, plain
from andon_platform.data.port import Mark, MarkKey, Quarantined

_json = msgspec.json.Encoder().encode


class RawLines:
    """Telemetry as lines. The first sample of a message carries its seq in ``@seq``, the others in ``@more``."""

    def __init__(self) -> None:
        self._templates: dict[tuple[str, str, int, tuple[str, ...]], str] = {}

    def build(self, messages: Iterable[Telemetry], series: str = "raw", number: str = "@seq") -> tuple[str, int]:
        """The lines and the number of values. ``series``: measurement and tags besides; ``number``: the field of the
        first sample's seq. Raises ``StoreRefused`` for a name that is none."""
        templates = self._templates
        lines: list[str] = []
        add = lines.append
        values = 0
        for message in messages:
            machine, epoch, seq = message.machine, message.epoch, message.seq
            first = True
            for sample in message.samples:
                found = sample.values
                key = (series, machine, epoch, tuple(found))
                template = templates.get(key)
                if template is None:
                    template = self._template(key)
                values += len(found)
                if first and not sample.q:
                    add(template % (*found.values(), number, seq, sample.t))
                else:
                    name = number if first else "@more"
                    if sample.q:
                        name = f"@q={field(_json(sample.q).decode())},{name}"
                    add(template % (*found.values(), name, seq, sample.t))
                first = False
        return "\n".join(lines), values

    def _template(self, key: tuple[str, str, int, tuple[str, ...]]) -> str:
        series, machine, epoch, names = key
        fields = "".join(f"{plain(name)}=%r," for name in names)
        if len(self._templates) > 50_000:  # epochs come and go
            self._templates.clear()
        found = self._templates[key] = f"{series},machine={plain(machine)},epoch={epoch:d} {fields}%s=%di %d"
        return found


def event_lines(events: Iterable[Event], series: str = "event") -> list[str]:
    """Events; the message itself stands as JSON in ``p0`` ... ``series``: measurement and tags besides."""
    return [
        f"{series},machine={plain(e.machine)},epoch={e.epoch},kind={plain(str(e.__struct_config__.tag))} "
        f"seq={e.seq}i,{_pieces_of_work(e)}{pieces(_ascii(_json(e)))} {e.t}"
        for e in events
    ]


def _pieces_of_work(event: Event) -> str:
    """Counts as fields of their own, so that the server can sum them."""
    return f"good={event.good}i,scrap={event.scrap}i," if isinstance(event, PiecesCounted) else ""


def _ascii(document: bytes) -> str:
    return json.dumps(json.loads(document))


def quarantine_lines(found: Iterable[Quarantined], writer: str, used: dict[int, int]) -> list[str]:
    """Quarantine, stamped in nanoseconds: those that a writer received in one microsecond get one nanosecond each, and
    a further page for each thousand of them. ``used`` counts them by microsecond, over all batches."""
    lines = []
    for q in found:
        n = used[q.received] = used.get(q.received, -1) + 1
        page, at = f"{writer}.{n // 1000}", q.received * 1000 + n % 1000
        document = {
            "topic": q.topic, "payload": base64.b64encode(q.payload).decode(), "detail": q.detail,
            "machine": q.machine, "epoch": q.epoch, "seq": q.seq,
        }  # fmt: skip
        lines.append(
            f"quarantine,page={page},reason={plain(q.reason)} id={field(plain(q.id))},replayed=0i,"
            f"{pieces(json.dumps(document))} {at}"
        )
    return lines


def mark_lines(marks: Mapping[MarkKey, Mark]) -> list[str]:
    """Marks, one point each, which the next one replaces."""
    return [
        f"mark,machine={plain(machine)},epoch={epoch} settled={m.settled}i,stored={m.stored}i,"
        f"quarantined={m.quarantined}i,voided={m.voided}i,updated={m.updated}i,{pieces(spans_text(m.above))} 1"
        for (machine, epoch), m in marks.items()
    ]


def spans_text(spans: Iterable[Span]) -> str:
    """Ranges as ``3-4 7-9``."""
    return " ".join(f"{s.first}-{s.last}" for s in spans)


def spans_from(text: str) -> tuple[Span, ...]:
    """The inverse."""
    return tuple(Span(int(a), int(b)) for a, _, b in (part.partition("-") for part in text.split()))
