"""Specifications of quality characteristics come with the birth, and SPC, registry and catalogue know no other."""

from __future__ import annotations

from typing import Any

from andon_contracts.messages import CharacteristicSpec, Event, OperationFinished, SignalSpec
from andon_platform.api.models import MachineView
from andon_platform.api.models_catalogue import CatalogueList
from andon_platform.api.models_spc import CapabilityView, Characteristics
from andon_platform.data.port import Batch
from support.api_stack import BEND, EPOCH, Api, machine_on_the_wire, now_us
from support.waiting import until

GAP = CharacteristicSpec(name="gap", unit="mm", title="Door gap", lower=2.2, upper=3.8, target=2.9)
LEAK = CharacteristicSpec(name="leak", upper=1)
SIGNALS = [
    SignalSpec(name="force", unit="kN", minimum=0, maximum=9, rate_hz=1, low_limit=2, high_limit=8),
    SignalSpec(name="heat", unit="Cel", minimum=0, maximum=90, rate_hz=1, title="Heat", high_limit=80),
]
#: A signal may have a specification that is narrower than the limits at which it alarms.
HEAT = CharacteristicSpec(name="heat", lower=40, upper=60)


async def answers(api: Api, path: str, **params: Any) -> Any:
    async with api.client() as client:
        answer = await client.get(f"/api/v1{path}", params=params)
        return answer.json() | {"status": answer.status_code}


async def test_a_foreign_machine_that_speaks_mqtt_alone_brings_its_specification(api: Api) -> None:
    async with machine_on_the_wire(api.broker, BEND) as bend:
        await bend.born(signals=SIGNALS, characteristics=[GAP, LEAK, HEAT])
        await until(lambda: api.services.registry.get(BEND), what="the birth in the registry")

        machine = MachineView.model_validate(await answers(api, f"/machines/{BEND}"))
        assert [(c.name, c.unit, c.lower, c.upper, c.target) for c in machine.characteristics] == [
            ("gap", "mm", 2.2, 3.8, 2.9), ("leak", "", None, 1, None), ("heat", "", 40, 60, None),
        ]  # fmt: skip

        found = Characteristics.model_validate(await answers(api, "/spc/characteristics", machine=BEND))
        rows = {c.name: (c.kind, c.title, c.unit, c.lower, c.upper, c.target) for c in found.characteristics}
        assert rows["gap"] == ("measured", "Door gap", "mm", 2.2, 3.8, 2.9)
        assert rows["leak"] == ("measured", "", "", None, 1, None)
        assert rows["force"] == ("signal", "", "kN", 2, 8, None)
        assert rows["heat"] == ("signal", "Heat", "Cel", 40, 60, None)
        assert [c.name for c in found.characteristics].count("heat") == 1

        catalogue = CatalogueList.model_validate(await answers(api, "/catalogue", place=BEND))
        assert {(c.characteristic, c.title, c.upper, c.owner) for c in catalogue.characteristics} == {
            ("gap", "Door gap", 3.8, "polaris"), ("leak", "leak", 1, "polaris"), ("heat", "heat", 60, "polaris"),
        }  # fmt: skip
        named = CatalogueList.model_validate(await answers(api, "/catalogue", place=BEND, text="door mm"))
        assert [c.characteristic for c in named.characteristics] == ["gap"] and named.signals == []
        await bend.publish("birth", b"", retain=True)


async def test_capability_is_of_the_announced_specification_unless_another_is_asked_for(api: Api) -> None:
    start = now_us() - 60_000_000
    async with machine_on_the_wire(api.broker, BEND) as bend:
        await bend.born(signals=SIGNALS, characteristics=[GAP, LEAK])
        await until(lambda: api.services.registry.get(BEND), what="the birth in the registry")
        # announced, and no unit was made yet: that is few values, and no unknown characteristic
        none = await answers(api, "/spc/chart", machine=BEND, characteristic="gap", start=start)
        assert none["status"] == 400 and "no limits can be estimated" in none["detail"]
        events: list[Event] = [
            OperationFinished(
                machine=BEND, epoch=EPOCH, seq=i + 1, t=start + i * 1_000_000, operation="bend",
                measured={"gap": 3 + (i % 5 - 2) / 10, "leak": 0.5 + i % 3 / 10, "depth": 1.0 + i % 2},
            )
            for i in range(30)
        ]  # fmt: skip
        await api.store.write(Batch(events=events))

        async def capability(**more: Any) -> Any:
            return await answers(
                api, "/spc/capability", machine=BEND, start=start, **({"characteristic": "gap"} | more)
            )

        found = CapabilityView.model_validate(await capability())
        assert (found.lower, found.upper, found.target) == (2.2, 3.8, 2.9)
        middle = CapabilityView.model_validate(await capability(target=3))
        assert middle.target == 3 and (middle.cpm.value or 0) > (found.cpm.value or 0)
        own = CapabilityView.model_validate(await capability(lower=2.5, upper=3.5))
        assert (own.lower, own.upper, own.target) == (2.5, 3.5, None) and own.cpm.value == own.cp.value
        leak = CapabilityView.model_validate(await capability(characteristic="leak"))
        assert (leak.lower, leak.upper) == (None, 1) and leak.cp.value is None and leak.cpk.value
        none = await capability(characteristic="depth")
        assert none["status"] == 400 and "no specification limit" in none["detail"]
        chart = await answers(api, "/spc/chart", machine=BEND, characteristic="gap", start=start)
        assert chart["unit"] == "mm"
        await bend.publish("birth", b"", retain=True)
