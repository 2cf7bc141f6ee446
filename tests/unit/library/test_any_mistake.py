"""Whatever stands in a file of a type, a plant or a cassette: it is told, with line and remedy, and nothing breaks."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml
from andon_contracts.yaml_file import Problem, parse_yaml
from andon_edge.cassettes.player import CassettePlayer
from andon_edge.library import load_library
from andon_edge.library.mend import read_model
from andon_edge.library.model import PlantModel, TypeModel
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.simulated import ROOT

TYPES = {p.stem: yaml.safe_load(p.read_text()) for p in sorted((ROOT / "machines" / "types").glob("*.yaml"))}
PLANT = yaml.safe_load((ROOT / "plants" / "polaris.yaml").read_text())
CASSETTE = yaml.safe_load((ROOT / "machines" / "nab-temperature.yaml").read_text())
JUNK: list[Any] = [
    None, -1, 10**12, "", "x", "A b/c", "1 +", "laod", [], [[]], {}, {"x": 1}, [1, 2, 3], True, "~", {"~": None}, 0.5,
    ["x", None], {"unit": 3}, "9 ** 9 ** 9",
]  # fmt: skip


def places(data: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [at] if at else []
    rows = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in rows:
        found += places(value, (*at, key))
    return found


def spoil(data: Any, draw: st.DataObject) -> Any:
    """Up to four values replaced, removed, or given a name that nobody knows."""
    spoilt = copy.deepcopy(data)
    for _ in range(draw.draw(st.integers(1, 4))):
        *way, last = draw.draw(st.sampled_from(places(spoilt)))
        around = spoilt
        for key in way:
            around = around[key]
        what = draw.draw(st.sampled_from(["replace", "remove", "rename"]))
        if what == "replace":
            around[last] = copy.deepcopy(draw.draw(st.sampled_from(JUNK)))
        elif what == "remove" or isinstance(around, list):
            del around[last]
        else:
            around[f"{last}-?"] = around.pop(last)
        if not places(spoilt):
            break
    return spoilt


def whole(problems: list[Problem]) -> None:
    assert all(p.text and p.remedy and p.line >= 1 for p in problems), problems


@pytest.mark.parametrize("model", [TypeModel, PlantModel])
@settings(max_examples=150, deadline=None)
@given(draw=st.data())
def test_a_form_is_mended_or_given_up_and_never_breaks(model: type[Any], draw: st.DataObject) -> None:
    data = PLANT if model is PlantModel else draw.draw(st.sampled_from(list(TYPES.values())))
    spoilt = spoil(data, draw)
    file = parse_yaml(Path("x.yaml"), yaml.safe_dump(spoilt))
    found = read_model(file, file.mapping(), model)
    whole(found.problems)
    assert found.sound == (found.model is not None and not found.touched)
    assert found.problems or found.model is not None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(draw=st.data())
def test_a_library_with_any_mistake_is_read(tmp_path: Path, draw: st.DataObject) -> None:
    machines, plants = tmp_path / "machines", tmp_path / "plants"
    (machines / "types").mkdir(parents=True, exist_ok=True)
    plants.mkdir(exist_ok=True)
    name = draw.draw(st.sampled_from(sorted(TYPES)))
    (machines / "types" / f"{name}.yaml").write_text(yaml.safe_dump(spoil(TYPES[name], draw)))
    (plants / "polaris.yaml").write_text(yaml.safe_dump(spoil(PLANT, draw)))
    (machines / "press-1.yaml").write_text(f"type: {name}\nline: cabinets-1\n")
    (machines / "press-8.yaml").write_text(f"type: {name}\nline: cabinets-1\nafter: press-9\n")
    (machines / "press-9.yaml").write_text(f"type: {name}\nline: cabinets-1\nafter: press-1\n")
    (machines / "tape.yaml").write_text(yaml.safe_dump(spoil(CASSETTE, draw)))
    library = load_library(machines, plants)
    whole(library.problems)
    for cassette in library.cassettes:
        player, problems = CassettePlayer.load(cassette.identity, cassette.path, cassette.config)
        whole(problems)
        assert player is None or cassette.identity is not None
