"""The document holds every channel of the grammar, and its schemas fit what the codec writes."""

from __future__ import annotations

import json
import re

import jsonschema
from andon_contracts.asyncapi import document
from andon_contracts.codec import encode
from andon_contracts.identity import Identity
from andon_contracts.messages import Birth, CharacteristicSpec, Death, Sample, SignalSpec, Telemetry
from andon_contracts.topics import MACHINE_CHANNELS, PLANT_CHANNELS, MachineTopic, PlantTopic, Topic

MACHINE = Identity.parse("acme/north/hall/line-1/press-1")


def test_every_channel_of_the_grammar_is_in_the_document_and_no_other() -> None:
    topics: list[Topic] = [MachineTopic(MACHINE, c) for c in MACHINE_CHANNELS]
    topics += [PlantTopic("acme", c) for c in PLANT_CHANNELS]
    addresses = [c["address"] for c in document()["channels"].values()]
    patterns = [re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(a)) + r"\Z") for a in addresses]
    for topic in topics:
        assert sum(bool(p.match(str(topic))) for p in patterns) == 1, topic
    assert len(addresses) == len(topics)


def test_messages_on_the_wire_fit_the_documents_schemas() -> None:
    components = document()["components"]["schemas"]
    messages = [
        Telemetry(machine=MACHINE.path, epoch=1, seq=1, samples=[Sample(t=1, values={"a": 1.5}, q={"a": "bad"})]),
        Birth(
            machine=MACHINE.path,
            session=1,
            t=1,
            epoch=1,
            type="press",
            signals=[SignalSpec(name="a", unit="bar", minimum=0, maximum=1, rate_hz=1)],
            characteristics=[
                CharacteristicSpec(name="gap", unit="mm", lower=2.2, upper=3.8, target=3),
                CharacteristicSpec(name="leak", upper=1),
            ],
        ),
        Death(machine=MACHINE.path, session=1),
    ]
    for message in messages:
        schema = {"$ref": f"#/components/schemas/{type(message).__name__}", "components": {"schemas": components}}
        jsonschema.validate(json.loads(encode(message)), schema)


def test_the_document_says_which_revision_it_is_and_what_may_be_left_out() -> None:
    found = document()
    assert found["info"]["version"] == "1.1.0"
    schemas = found["components"]["schemas"]
    assert schemas["CharacteristicSpec"]["required"] == ["name"]
    assert {"lower", "upper", "target", "unit"} <= schemas["CharacteristicSpec"]["properties"].keys()
    assert "characteristics" not in schemas["Birth"]["required"]
