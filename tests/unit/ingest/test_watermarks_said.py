"""What watermarks ask for, and when: after the grace, or soon where the broker had no session."""

from __future__ import annotations

import pytest
from andon_contracts.codec import decode_watermark
from andon_contracts.messages import Span
from andon_platform.data.port import Mark
from andon_platform.ingest.watermarks import LOST_S, Watermarks

PRESS = "acme/north/hall/line-1/press-1"
GRACE_S = 12.0


class Ear:
    """Collects what is published; ``at`` is the time."""

    def __init__(self) -> None:
        self.at = 100.0
        self.missing: list[list[Span]] = []
        self.watermarks = Watermarks(
            {}, self.publish, interval_s=1.0, gap_grace_s=GRACE_S, now=lambda: 1, clock=lambda: self.at
        )

    def publish(self, topic: str, payload: bytes) -> None:
        self.missing.append([span for mark in decode_watermark(payload).epochs for span in mark.missing])

    def later(self, seconds: float) -> list[Span]:
        """What the watermark says that is due then."""
        self.at += seconds
        self.missing.clear()
        self.watermarks.tick()
        return self.missing[-1] if self.missing else []


@pytest.mark.parametrize(("kept", "wait"), [(True, GRACE_S), (False, LOST_S)])
def test_what_came_before_the_session_is_asked_for_soon(kept: bool, wait: float) -> None:
    ear = Ear()
    ear.watermarks.again(kept=kept)
    ear.watermarks.changed([((PRESS, 1), Mark(0, above=(Span(6, 9),)))])
    assert ear.later(wait - 0.1) == []
    ear.watermarks.changed([((PRESS, 1), Mark(0, above=(Span(6, 10),)))])
    assert ear.later(1.1) == [Span(1, 5)]


def test_a_later_gap_has_its_grace_even_in_a_new_session() -> None:
    ear = Ear()
    ear.watermarks.again(kept=False)
    ear.watermarks.changed([((PRESS, 1), Mark(3))])
    ear.watermarks.changed([((PRESS, 1), Mark(3, above=(Span(6, 9),)))])
    assert ear.later(GRACE_S - 0.1) == []
    ear.watermarks.changed([((PRESS, 1), Mark(3, above=(Span(6, 10),)))])
    assert ear.later(1.1) == [Span(4, 5)]
