"""Catalogue and quality over the API."""

from __future__ import annotations

import csv
import io

import pytest
from andon_contracts.messages import Sample, Telemetry
from andon_platform.api.models_catalogue import CatalogueList, QualityReport
from andon_platform.data.port import Batch
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
    async with api.client("viewer") as client:
        asked = {"machine": PRESS, "start": start, "stop": start + 10 * MIN}
        found = QualityReport.model_validate((await client.get("/api/v1/quality", params=asked)).json())
        temperature = next(s for s in found.signals if s.signal == "oil_temperature")
        assert temperature.completeness == pytest.approx(0.8)
        assert [(g.start - start, g.stop - start) for g in temperature.gaps] == [(3 * MIN, 5 * MIN)]
        pressure = next(s for s in found.signals if s.signal == "hydraulic_pressure")
        assert (pressure.completeness, pressure.validity) == (0.0, None)
        too_long = await client.get("/api/v1/quality", params={"machine": PRESS, "start": "-8d"})
        assert too_long.status_code == 422
