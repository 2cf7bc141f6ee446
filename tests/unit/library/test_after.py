"""`after:`: a machine stands behind a station, or behind one that does, whatever the order of the files."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from andon_contracts.identity import Identity
from andon_edge.library import Library, load_library
from andon_edge.library.model import StationModel
from andon_edge.library.read_plants import insert
from hypothesis import given
from hypothesis import strategies as st
from support.small_library import SAW, TWO_SAWS, plant_text, write_library


def who(name: str) -> Identity:
    return Identity("acme", "north", "hall", "line-1", name)


def library(folder: Path, **afters: str) -> Library:
    """A line saw-1, saw-2 and machines ``name=after`` (``_`` stands for ``-``)."""
    lines = {
        name.replace("_", "-"): f"line-1\nafter: {after}" if after else "line-1"
        for name, after in {"saw_1": "", "saw_2": "", **afters}.items()
    }
    plants = {"acme": plant_text(*TWO_SAWS)}
    return load_library(*write_library(folder, types={"saw": SAW}, machines=lines, plants=plants))


def line_of(found: Library) -> list[str]:
    """The machines from saw-1 on, as units pass them."""
    plant = found.worlds["plant:acme"].plant
    assert plant is not None
    feeds = {s.identity: s.feeds for s in plant.stations}
    here, passed = who("saw-1"), ["saw-1"]
    while feeds[here]:
        (here,) = feeds[here]
        passed.append(here.machine)
    return passed


@pytest.mark.parametrize("names", [("a", "b", "c"), ("c", "b", "a"), ("b", "c", "a")])
def test_a_chain_stands_in_its_order_whatever_the_files_are_called(tmp_path: Path, names: tuple[str, ...]) -> None:
    first, second, third = names
    found = library(tmp_path, **{first: "saw-1", second: first, third: second})
    assert found.problems == [] and line_of(found) == ["saw-1", first, second, third, "saw-2"]


def test_a_machine_with_another_mistake_keeps_the_place_of_what_stands_behind_it(tmp_path: Path) -> None:
    found = library(tmp_path, b="saw-1", a="b")
    assert line_of(found) == ["saw-1", "b", "a", "saw-2"]
    (tmp_path / "machines" / "b.yaml").write_text("type: swa\nline: line-1\nafter: saw-1\n")
    found = load_library(tmp_path / "machines", tmp_path / "plants")
    assert [p.text for p in found.problems] == ["there is no type 'swa'"]
    assert line_of(found) == ["saw-1", "a", "saw-2"]


def test_circles_and_chains_from_nowhere_are_refused_each_in_its_words(tmp_path: Path) -> None:
    found = library(tmp_path, a="b", b="c", c="a", d="d", e="a", f="saw-9", g="f", h="saw-2")
    told = {p.file.stem: (p.line, p.text) for p in found.problems}
    assert told == {
        "a": (3, "`after: b` makes a circle: a behind b behind c behind a"),
        "b": (3, "`after: c` makes a circle: b behind c behind a behind b"),
        "c": (3, "`after: a` makes a circle: c behind a behind b behind c"),
        "d": (3, "`after: d` makes a circle: d behind d"),
        "e": (3, "`after: a`: a has no place on line line-1 itself"),
        "f": (3, "`after: saw-9`: there is no such station on line line-1"),
        "g": (3, "`after: f`: f has no place on line line-1 itself"),
    }
    assert all(p.remedy for p in found.problems)
    assert line_of(found) == ["saw-1", "saw-2", "h"]


NAMES = [f"{letter}-{n}" for letter in "abc" for n in range(4)]


@given(
    st.permutations(NAMES), st.lists(st.integers(0, 99), min_size=12, max_size=12), st.randoms(use_true_random=False)
)
def test_the_order_of_the_files_does_not_matter(order: list[str], parents: list[int], dice: random.Random) -> None:
    """Machines in any tree behind stations s-1 and s-2: each is behind its own, and the line is always the same."""
    stations = ["s-1", "s-2"]
    behind: dict[str, str] = {}
    for i, name in enumerate(order):
        known = [*stations, *order[:i]]
        behind[name] = known[parents[i] % len(known)]

    def walk() -> list[str]:
        names = list(behind)
        dice.shuffle(names)
        places = {
            "s-1": (who("s-1"), StationModel(machine="s-1", feeds=["s-2"])),
            "s-2": (who("s-2"), StationModel(machine="s-2")),
        }
        assert insert(places, "line-1", {who(n): behind[n] for n in names}, {}) == []
        here, passed = "s-1", ["s-1"]
        while places[here][1].feeds:
            (here,) = places[here][1].feeds
            passed.append(here)
        return passed

    passed = walk()
    assert sorted(passed) == sorted([*stations, *NAMES])
    assert all(passed.index(after) < passed.index(name) for name, after in behind.items())
    assert all(walk() == passed for _ in range(3))
