"""Work instructions in a type's file: read, announced, and their mistakes told with line and remedy."""

from __future__ import annotations

from pathlib import Path

from andon_contracts.codec import decode_birth, encode
from andon_contracts.messages import Birth, InstructionSpec
from andon_edge.library.read_types import read_type
from support.simulated import Driver, shipped

_SAW = """\
title: Saw
operations:
  cut: {title: Cut, cycle_s: 10, instructions: [
    {text: Clamp the bar, note: Both sides},
    {text: Long stop, only: [family]}]}
signals:
  current: {unit: A, range: [0, 60], value: "running * 20"}
"""


def test_the_shipped_stations_with_people_say_how_each_product_is_made() -> None:
    library = shipped()
    products = {"slim", "classic", "family"}
    working = [name for name, found in library.types.items() if found.model.operations]
    assert len(working) == 10
    for name in working:
        (operation,) = library.types[name].model.operations.values()
        assert {p for step in operation.instructions for p in step.only} <= products, name
        for product in products:
            steps = [s for s in operation.instructions if not s.only or product in s.only]
            assert len(steps) >= 4, (name, product)


def test_a_birth_announces_the_steps() -> None:
    plant = Driver.of_plant(library=shipped())
    again = decode_birth(encode(plant.world.birth(plant.machine("pack-1"))))
    assert isinstance(again, Birth)
    steps = again.operations[0].instructions
    assert steps[0] == InstructionSpec(
        text="Wipe the front and look for scratches", note="A scratch: book scrap, reason scratch"
    )
    assert InstructionSpec(text="Put on four corner posts", products=["slim", "classic"]) in steps


def test_mistakes_are_told_where_they_are(tmp_path: Path) -> None:
    types = tmp_path / "types"
    types.mkdir()
    (types / "saw.yaml").write_text(_SAW)
    found, problems = read_type(tmp_path, "saw")
    assert found is not None and problems == []
    wrong = _SAW.replace("note: Both sides", "nota: Both sides").replace("text: Long stop, ", "")
    (types / "saw.yaml").write_text(wrong.replace('value: "running', 'value: "runing'))
    found, problems = read_type(tmp_path, "saw")
    assert found is None
    said = [(p.line, p.text, p.remedy) for p in problems]
    assert any(line == 4 and "note" in remedy for line, _, remedy in said), said
    assert any(line == 5 and "text" in text for line, text, _ in said), said
    assert any("runing" in text for _, text, _ in said), "a mistake in the steps hides no other one"
