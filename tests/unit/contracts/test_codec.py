"""Messages survive the wire, and everything else is refused with a stable reason."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import pytest
from andon_contracts import MessageError
from andon_contracts.codec import (
    MAX_BYTES,
    decode_birth,
    decode_event,
    decode_telemetry,
    encode,
    recover_identity,
)
from andon_contracts.messages import Birth, CharacteristicSpec, Sample, Span, StateChanged, Telemetry, Voided, Watermark
from hypothesis import given
from hypothesis import strategies as st

MACHINE = "acme/north/hall/line-1/press-1"
FINITE = st.floats(allow_nan=False, allow_infinity=False)
SAMPLES = st.lists(
    st.tuples(st.integers(1, 10**6), st.dictionaries(st.from_regex(r"[a-z0-9_]{1,12}", fullmatch=True), FINITE)),
    min_size=1,
    max_size=5,
)


@given(SAMPLES, st.integers(1, 2**53 - 1), st.integers(1, 2**53 - 1))
def test_telemetry_survives_the_wire(steps: list[tuple[int, dict[str, float]]], epoch: int, seq: int) -> None:
    t, samples = 0, []
    for step, values in steps:
        t += step
        samples.append(Sample(t=t, values=values))
    message = Telemetry(machine=MACHINE, epoch=epoch, seq=seq, samples=samples)
    assert decode_telemetry(encode(message)) == message


def test_events_are_told_apart_by_kind() -> None:
    for event in (
        StateChanged(machine=MACHINE, epoch=1, seq=1, t=5, state="down", reason="hydraulic-pressure-low"),
        Voided(machine=MACHINE, epoch=1, seq=2, t=6, of_epoch=1, first=3, last=4, reason="dropped"),
    ):
        assert decode_event(encode(event)) == event


def test_a_span_is_a_pair_on_the_wire() -> None:
    mark = {"epoch": 1, "settled": 4, "missing": [[5, 7]]}
    payload = encode(Watermark(machine=MACHINE, t=1, epochs=[]))
    assert json.loads(payload)["v"] == 1
    assert Span(5, 7) == Span(*mark["missing"][0])  # type: ignore[index]


def telemetry(**changes: Any) -> dict[str, Any]:
    return {
        "v": 1,
        "machine": MACHINE,
        "epoch": 1,
        "seq": 1,
        "samples": [{"t": 1, "values": {"a": 1.0}}],
    } | changes


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "malformed-json"),
        (b"{", "malformed-json"),
        (b"\xff\xfe", "malformed-json"),
        (b"[" * 100_000, "wrong-shape"),
        (b"[]", "wrong-shape"),
        (json.dumps(telemetry(v=2)).encode(), "unknown-version"),
        (json.dumps(telemetry(seq=0)).encode(), "bad-sequence"),
        (json.dumps(telemetry(seq=2**60)).encode(), "bad-sequence"),
        (json.dumps(telemetry(seq="1")).encode(), "wrong-shape"),
        (json.dumps(telemetry(samples=[])).encode(), "wrong-shape"),
        (json.dumps(telemetry(samples=[{"t": 1, "values": {"a": "x"}}])).encode(), "wrong-shape"),
        (json.dumps(telemetry(samples=[{"t": 1, "values": {"a": None}}])).encode(), "wrong-shape"),
        (json.dumps(telemetry(samples=[{"t": 1, "values": {"a": True}}])).encode(), "wrong-shape"),
        (json.dumps(telemetry(samples=[{"t": 1.5, "values": {}}])).encode(), "wrong-shape"),
        (json.dumps(telemetry(samples=[{"t": -1, "values": {}}])).encode(), "bad-time"),
        (json.dumps(telemetry(samples=[{"t": 2, "values": {}}, {"t": 2, "values": {}}])).encode(), "bad-time"),
        (json.dumps(telemetry(samples=[{"t": 1, "values": {"a": math.nan}}])).encode(), "malformed-json"),
        (json.dumps(telemetry(samples=[{"t": 1, "values": {"a": math.inf}}])).encode(), "malformed-json"),
        (json.dumps(telemetry()).replace("1.0", "1e999").encode(), "not-finite|malformed-json|wrong-shape"),
        (b" " * (MAX_BYTES + 1), "too-large"),
    ],
    ids=lambda v: v if isinstance(v, str) else None,
)
def test_bad_input_is_refused_with_a_stable_reason(payload: bytes, reason: str) -> None:
    with pytest.raises(MessageError) as caught:
        decode_telemetry(payload)
    assert caught.value.reason in reason.split("|")


@given(st.binary(max_size=200))
def test_no_bytes_break_the_decoder(payload: bytes) -> None:
    try:
        decode_telemetry(payload)
    except MessageError as error:
        assert error.reason


def test_who_sent_it_is_recovered_where_it_can_be() -> None:
    assert recover_identity(json.dumps(telemetry(samples="no")).encode()) == (MACHINE, 1, 1)
    assert recover_identity(b"{") is None
    assert recover_identity(b'{"machine": "x"}') is None


BIRTH = {"v": 1, "kind": "birth", "machine": MACHINE, "session": 1, "t": 1, "epoch": 1, "type": "press"}


def test_a_birth_of_a_program_that_knows_no_characteristics_is_read_and_so_is_one_of_a_later_program() -> None:
    old = decode_birth(json.dumps(BIRTH).encode())
    assert isinstance(old, Birth) and old.characteristics == []
    later = BIRTH | {"characteristics": [{"name": "gap", "upper": 3.8, "of_a_later_day": 1}], "of_a_later_day": {}}
    new = decode_birth(json.dumps(later).encode())
    assert isinstance(new, Birth) and new.characteristics == [CharacteristicSpec(name="gap", upper=3.8)]
    # what is not specified is left out, so that an older reader meets no more than a field that it does not know
    assert json.loads(encode(new))["characteristics"] == [{"name": "gap", "upper": 3.8}]
    assert decode_birth(encode(new)) == new


@pytest.mark.parametrize("odd", [{"name": "gap", "lower": "2"}, {"lower": 2}, {"name": "gap", "upper": True}, "gap"])
def test_a_specification_that_is_no_number_is_refused_with_its_birth(odd: Any) -> None:
    with pytest.raises(MessageError, match="characteristics"):
        decode_birth(json.dumps(BIRTH | {"characteristics": [odd]}).encode())


def test_the_birth_that_the_document_shows_is_a_good_one() -> None:
    document = (Path(__file__).parents[3] / "docs" / "connect-your-own-tool.md").read_text()
    (shown,) = re.findall(r"```json\n(.*?)```", document, re.S)
    birth = decode_birth(shown.encode())
    assert isinstance(birth, Birth) and birth.characteristics[0].target == 20
    assert json.loads(encode(birth)).items() >= json.loads(shown).items()
