"""Rates from counters that are sampled, and that may begin anew or fall silent."""

from __future__ import annotations

from andon_platform.api.flow import FlowMeter
from andon_platform.api.ports import IngestFlow


def ingest(messages: int) -> IngestFlow:
    return IngestFlow(True, True, messages, messages, 2 * messages, 0, 0, 0, 0, 1.0, batches=messages // 10)


def test_rates_are_those_of_the_last_seconds() -> None:
    at = [0.0]
    meter = FlowMeter(lambda: at[0])
    count = 0
    meter.others = lambda: {"telemetry": count}
    assert (meter.per_second, meter.rate("telemetry"), meter.rate("nothing")) == (0, 0, 0)
    for second in range(20):
        at[0] = float(second)
        count = 30 * second if second < 10 else 300
        meter.sample(ingest(100 * second))
    assert (meter.per_second, meter.rate("values"), meter.rate("batches")) == (100, 200, 10)
    assert meter.rate("telemetry") == 0


def test_an_ingest_that_begins_anew_or_is_away_has_no_wrong_rate() -> None:
    at = [0.0]
    meter = FlowMeter(lambda: at[0])
    for second, messages in enumerate((500, 600, 0, 50)):
        at[0] = float(second)
        meter.sample(ingest(messages))
    assert meter.per_second == 50
    for second in range(4, 12):
        at[0] = float(second)
        meter.sample(None)
    assert meter.per_second == 0
    assert meter.ingest is None
