"""`machines/types/SOURCES.md` has a line for every number of the machines, and no line without its number."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from support.shipped import shipped_folders
from support.simulated import ROOT, shipped

FOLDER = shipped_folders()[0] / "types"
SIMULATION = ROOT / "edge" / "andon_edge" / "simulation"
TYPES = shipped().types
#: Keys of a type's file whose numbers one line of the first table explains for all types.
IN_FORMULAS = {"value", "per_hour", "load", "scrap", "when", "limits", "target", "parameters", "uses", "air", "cooling"}


class Row(NamedTuple):
    where: str
    figures: frozenset[float]
    what: str
    rests_on: str


def sections() -> dict[str, str]:
    head, *others = (FOLDER / "SOURCES.md").read_text(encoding="utf-8").split("\n## ")
    return {"": head, **{title: text for title, _, text in (other.partition("\n") for other in others)}}


def cells(text: str) -> Iterator[list[str]]:
    """The rows of a section's table, without its head."""
    rows = [line.strip().strip("|").split("|") for line in text.splitlines() if line.startswith("|")]
    yield from ([cell.strip() for cell in row] for row in rows[2:])


def rows(title: str) -> list[Row]:
    found = []
    for where, figures, what, rests_on in cells(sections()[title]):
        found.append(Row(where.strip("`"), frozenset(float(f) for f in figures.split(",")), what, rests_on))
    return found


def told(title: str) -> dict[str, frozenset[float]]:
    found: dict[str, frozenset[float]] = defaultdict(frozenset)
    for row in rows(title):
        found[row.where] |= row.figures
    return dict(found)


def numbers(node: ast.AST, kinds: tuple[type, ...] = (int, float)) -> frozenset[float]:
    """Literals, but 0, 1 and exponents."""
    powers = {id(n.right) for n in ast.walk(node) if isinstance(n, ast.BinOp) and isinstance(n.op, ast.Pow)}
    values = [n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and id(n) not in powers]
    return frozenset(float(v) for v in values if type(v) in kinds and v not in (0, 1))  # type: ignore[arg-type]


def formulas(kind: str) -> dict[str, str | float]:
    model = TYPES[kind].model
    found: dict[str, str | float] = {"load": model.load, "quality.scrap": model.quality.scrap}
    found |= {f"wear.{name}": wear.per_hour for name, wear in model.wear.items()}
    found |= {f"signals.{name}": signal.value for name, signal in model.signals.items()}
    found |= {f"measured.{name}": measured.value for name, measured in model.quality.measured.items()}
    found |= {f"interlocks.{i}": rule.when for i, rule in enumerate(model.interlocks)}
    found |= {f"uses.{name}": used for name, used in model.uses.items()}
    return found | ({"micro_stops": model.micro_stops.per_hour} if model.micro_stops else {})


def wanted(kind: str) -> dict[str, frozenset[float]]:
    model = TYPES[kind].model
    found = {where: numbers(ast.parse(str(formula), mode="eval")) for where, formula in formulas(kind).items()}
    found |= {f"parameters.{name}": frozenset({value}) for name, value in model.parameters.items()}
    for name, limited in {**model.signals, **model.quality.measured}.items():
        found[f"limits.{name}"] = frozenset(limit for limit in limited.limits if limit is not None)
    for name, measured in model.quality.measured.items():
        found[f"target.{name}"] = frozenset({measured.target} if measured.target is not None else ())
    return {where: figures for where, figures in found.items() if figures}


def same(title: str, found: dict[str, frozenset[float]]) -> None:
    lines = told(title)
    missing = {w: sorted(f - lines.get(w, frozenset())) for w, f in found.items() if f - lines.get(w, frozenset())}
    stale = {w: sorted(f - found.get(w, frozenset())) for w, f in lines.items() if f - found.get(w, frozenset())}
    assert not missing, f"SOURCES.md, {title}: no line says what these rest on: {missing}"
    assert not stale, f"SOURCES.md, {title}: these stand in no formula any more: {stale}"


@pytest.mark.parametrize("kind", sorted(TYPES))
def test_every_number_of_a_type_has_its_line(kind: str) -> None:
    same(kind, wanted(kind))


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.py")), ids=lambda path: path.name)
def test_every_number_of_a_types_code_has_its_line(path: Path) -> None:
    found: dict[str, frozenset[float]] = {}

    def collect(body: Iterable[ast.stmt]) -> None:
        for node in body:
            if isinstance(node, ast.ClassDef):
                collect(node.body)
            elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple):
                assert isinstance(node.value, ast.Tuple)
                for name, value in zip(node.targets[0].elts, node.value.elts, strict=True):
                    found[ast.unparse(name)] = numbers(value)
            elif isinstance(node, ast.Assign | ast.AnnAssign):
                target = node.targets[0] if isinstance(node, ast.Assign) else node.target
                found[ast.unparse(target)] = numbers(node)
            elif isinstance(node, ast.FunctionDef):
                found[node.name] = numbers(node)

    collect(ast.parse(path.read_text(encoding="utf-8")).body)
    same(path.name, {where: figures for where, figures in found.items() if figures})


def test_every_number_with_a_point_of_the_simulation_has_its_line() -> None:
    found = {}
    for path in SIMULATION.glob("*.py"):
        found[path.name] = numbers(ast.parse(path.read_text(encoding="utf-8")), (float,))
    same("The simulation", {name: figures for name, figures in found.items() if figures})


def test_numbers_outside_of_formulas_are_of_keys_that_the_first_table_names() -> None:
    known = {key for keys, _ in cells(sections()[""]) for key in re.findall(r"`(\w+)`", keys)}

    def keys(data: Any, key: str) -> Iterator[str]:
        if isinstance(data, dict):
            for name, value in data.items():
                # what a signal, a wear or a parameter is called is no key of the file's form
                yield from keys(value, key if key == "parameters" else name)
        elif isinstance(data, list):
            for value in data:
                yield from keys(value, key)
        elif isinstance(data, int | float) and not isinstance(data, bool):
            yield key

    for path in sorted(FOLDER.glob("*.yaml")):
        found = set(keys(yaml.safe_load(path.read_text(encoding="utf-8")), ""))
        assert found - known - IN_FORMULAS == set(), path.name
    assert not known & IN_FORMULAS - {"per_hour"}


def test_every_line_rests_on_something_and_every_document_is_listed() -> None:
    listed = {key for key, document, says in cells(sections()["What was read"]) if document and says}
    cited: set[str] = set()
    for title in {*sections()} - {"", "What was read"}:
        for row in rows(title):
            kind = row.rests_on.split()[0].rstrip(".:,;")
            assert kind in ("standard", "reference", "derived", "chosen"), (title, row)
            keys = re.findall(r"\[\w+\]", row.rests_on)
            assert keys or kind != "reference", (title, row)
            assert row.what, (title, row)
            cited.update(keys)
    assert cited == listed
