"""Catalogue and quality over the API."""

from __future__ import annotations

import csv
import io

import pytest
from andon_client import AsyncAndon
from andon_contracts.messages import Sample, Telemetry
from andon_platform.api.models_catalogue import CatalogueList, QualityReport
from andon_platform.data.port import Batch
from andon_platform.ingest.delays import DelayCounter
from andon_platform.ingest.judge import Sound
from andon_platform.registry.record import Machine
from support.api_stack import EPOCH, OTHER, PRESS, Api, birth_of, now_us

MIN = 60_000_000


async def test_every_signal_is_in_the_catalogue_and_words_find_it(api: Api) -> None:
    for path in (PRESS, OTHER):
        api.services.registry.birth(birth_of(path))
    async with api.client("viewer") as client:
        found = CatalogueList.model_validate((await client.get("/api/v1/catalogue")).json()).signals
        assert len(found) == 4
        one = next(s for s in found if s.machine == PRESS and s.signal == "oil_temperature")
        assert (one.unit, one.maximum, one.rate_hz, one.owner, one.origin) == ("Cel", 120, 1, "polaris", "simulated")
        assert one.raw_days == api.services.settings.raw_days
        some = (await client.get("/api/v1/catalogue", params={"text": "bar pressure", "place": "polaris"})).json()
        assert [s["signal"] for s in some["signals"]] == ["hydraulic_pressure"]
        table = await client.get("/api/v1/catalogue", headers={"Accept": "text/csv"})
        assert len(list(csv.reader(io.StringIO(table.text)))) == 5
    async with api.client("viewer", tenant="acme") as client:
        own = (await client.get("/api/v1/catalogue")).json()["signals"]
        assert {s["machine"] for s in own} == {OTHER}
        assert (await client.get("/api/v1/catalogue", params={"place": "polaris"})).status_code == 404


async def test_quality_of_what_came(api: Api) -> None:
    api.services.registry.birth(birth_of(PRESS))
    start = now_us() // MIN * MIN - 10 * MIN
    telemetry = [
        Telemetry(
            machine=PRESS, epoch=EPOCH, seq=i + 1,
            samples=[Sample(t=start + i * 1_000_000, values={"oil_temperature": 40.0 + i % 7})],
        )
        for i in range(600)
        if not 180 <= i < 300
    ]  # fmt: skip
    await api.store.write(Batch(telemetry=telemetry))
    known_since(api, PRESS, start)
    async with api.client("viewer") as client:
        asked = {"machine": PRESS, "start": start, "stop": start + 10 * MIN}
        found = QualityReport.model_validate((await client.get("/api/v1/quality", params=asked)).json())
        temperature = next(s for s in found.signals if s.signal == "oil_temperature")
        assert temperature.completeness == pytest.approx(0.8)
        listed = (await client.get("/api/v1/catalogue", params={"place": PRESS})).json()["signals"]
        assert {s.signal: s.title for s in found.signals} == {s["signal"]: s["title"] for s in listed}
        assert [(g.start - start, g.stop - start) for g in temperature.gaps] == [(3 * MIN, 5 * MIN)]
        pressure = next(s for s in found.signals if s.signal == "hydraulic_pressure")
        assert (pressure.completeness, pressure.validity) == (0.0, None)
        too_long = await client.get("/api/v1/quality", params={"machine": PRESS, "start": "-8d"})
        assert too_long.status_code == 422


async def test_a_past_that_was_filled_in_is_neither_complete_nor_missing(api: Api) -> None:
    """As after a back-fill: two values a minute, from before the registry heard of the machine."""
    api.services.registry.birth(birth_of(PRESS))
    start = now_us() // MIN * MIN - 20 * MIN
    known_since(api, PRESS, start + 9 * MIN + 1)
    filled = [Sample(t=start + i * MIN // 2, values={"oil_temperature": 40.0 + i % 7}) for i in range(20)]
    lived = [Sample(t=start + 10 * MIN + i * 1_000_000, values={"oil_temperature": 41.0 + i % 7}) for i in range(300)]
    message = [Telemetry(machine=PRESS, epoch=EPOCH, seq=i + 1, samples=[s]) for i, s in enumerate(filled + lived)]
    await api.store.write(Batch(telemetry=message))
    async with AsyncAndon(api.url, api.token("viewer")) as client:
        whole = await client.quality(PRESS, start=start, stop=start + 20 * MIN)
        oil = next(s for s in whole.signals if s.signal == "oil_temperature")
        assert (oil.values, oil.expected, oil.earlier, oil.completeness) == (300, 600, 20, 0.5)
        assert [(g.start - start, g.stop - start, g.expected) for g in oil.gaps] == [(15 * MIN, 20 * MIN, 300)]
        assert whole.completeness == 0.1  # the other signal sent nothing, four times a second
        before = await client.quality(PRESS, start=start, stop=start + 10 * MIN)
        oil = next(s for s in before.signals if s.signal == "oil_temperature")
        assert (oil.values, oil.expected, oil.earlier, oil.completeness, oil.gaps) == (0, 0, 20, None, [])
        assert (before.completeness, oil.validity, before.validity) == (None, 1.0, 1.0)


def known_since(api: Api, path: str, t: int) -> Machine:
    machine = api.services.registry.get(path)
    assert machine is not None
    machine.first_seen = t
    return machine


async def test_the_catalogue_says_how_complete_each_signal_was_over_the_last_day(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = now_us() // MIN * MIN + 30_000_000
    monkeypatch.setattr(api.services.completeness, "_now", lambda: now)
    for path in (PRESS, OTHER):
        api.services.registry.birth(birth_of(path))
        known_since(api, path, now - 10 * MIN - 30_000_000)
    start = now - 30_000_000 - 10 * MIN
    samples = [
        Sample(t=start + i * 1_000_000, values={"oil_temperature": 40.0} | half)
        for i in range(600)
        for half in ({"hydraulic_pressure": 1.0} if i < 300 else {},)
    ]  # fmt: skip
    message = [Telemetry(machine=PRESS, epoch=EPOCH, seq=i + 1, samples=[s]) for i, s in enumerate(samples)]
    await api.store.write(Batch(telemetry=message))
    asked = 0
    read = api.store.value_counts

    async def counting(query: object) -> dict[tuple[str, str], int]:
        nonlocal asked
        asked += 1
        return await read(query)  # type: ignore[arg-type]

    monkeypatch.setattr(api.services.completeness._store, "value_counts", counting)
    async with AsyncAndon(api.url, api.token("viewer")) as client:
        found = await client.catalogue(place="polaris")
        by_name = {s.signal: s for s in found.signals}
        assert found.stop == now - 30_000_000 and found.stop - found.start >= 24 * 60 * MIN
        oil, pressure = by_name["oil_temperature"], by_name["hydraulic_pressure"]
        assert (oil.values, oil.expected, oil.completeness) == (600, 600, 1.0)
        assert (pressure.values, pressure.expected, pressure.completeness) == (300, 2400, 0.125)
        assert [s.completeness for s in (await client.catalogue(place="acme")).signals] == [0.0, 0.0]
        assert asked == 2  # the day, and since the machines are known: all who look within a minute get the same answer
    async with api.client("viewer") as http:
        table = await http.get("/api/v1/catalogue", headers={"Accept": "text/csv"})
        rows = list(csv.DictReader(io.StringIO(table.text)))
        assert [r["completeness"] for r in rows if r["signal"] == "oil_temperature"] == ["0.0", "1.0"]
    # in the middle of the second minute: from the third on values are due, and of those before none is counted
    known_since(api, PRESS, start + 90_000_000)
    async with AsyncAndon(api.url, api.token("viewer")) as client:
        later = {s.signal: s for s in (await client.catalogue(place=PRESS)).signals}["hydraulic_pressure"]
    assert (later.values, later.expected, later.completeness) == (180, 1920, 180 / 1920)
    known_since(api, PRESS, now)  # so young that nothing was due
    async with AsyncAndon(api.url, api.token("viewer")) as client:
        young = (await client.catalogue(place=PRESS)).signals
    assert {(s.expected, s.completeness) for s in young} == {(0, None)}


async def test_a_link_loss_of_ten_minutes_is_untimely_and_complete(api: Api) -> None:
    api.services.registry.birth(birth_of(PRESS))
    start = now_us() // MIN * MIN - 20 * MIN
    known_since(api, PRESS, start)
    counter = DelayCounter(now_us)
    for i in range(20 * 60):
        t = start + i * 1_000_000
        sent = Telemetry(
            machine=PRESS, epoch=EPOCH, seq=i + 1, samples=[Sample(t=t, values={"oil_temperature": 40.0 + i % 7})]
        )
        await api.store.write(Batch(telemetry=[sent]))
        sound = Sound(sent, (PRESS, EPOCH), i + 1, t, t, 1)
        counter.stored([sound], start + 15 * MIN + 1 if 300 <= i < 900 else t + 400_000)
    await counter.write(api.store)
    async with AsyncAndon(api.url, api.token("viewer")) as client:
        found = await client.quality(PRESS, start=start, stop=start + 20 * MIN)
        oil = next(s for s in found.signals if s.signal == "oil_temperature")
        assert (oil.completeness, oil.gaps) == (1.0, [])
        timely = found.timeliness
        assert (timely.within_s, timely.timed) == (3.0, 1200)  # three publish intervals of a second
        assert timely.share == oil.timeliness == pytest.approx(0.5, abs=0.005)
        assert [(s.start, s.stop, s.values) for s in timely.late] == [(start + 5 * MIN, start + 15 * MIN, 600)]
        assert timely.longest_s == pytest.approx(600, abs=1)
        lenient = (await client.quality(PRESS, start=start, stop=start + 20 * MIN, within="10m")).timeliness
        assert (lenient.within_s, lenient.late) == (600.0, [])
        other = next(s for s in found.signals if s.signal == "hydraulic_pressure")
        assert other.timeliness is None
        # part of a minute is not judged
        assert (await client.quality(PRESS, start=start + 1, stop=start + MIN)).timeliness.timed == 0
    api.services.settings.timely_s = 3600.0
    async with AsyncAndon(api.url, api.token("viewer")) as client:
        assert (await client.quality(PRESS, start=start, stop=start + 20 * MIN)).timeliness.share == 1.0
