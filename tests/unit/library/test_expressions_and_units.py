"""The arithmetic of machine files and their units: what it takes and what it refuses."""

from __future__ import annotations

import math

import pytest
from andon_contracts.errors import UnitError
from andon_contracts.units import _USUAL, _WORDS, check_unit, doubt_about
from andon_edge.library.expressions import ExpressionError, compile_values
from hypothesis import given
from hypothesis import strategies as st


def value(text: str, **names: float) -> float:
    return compile_values(list(names), {"x": text})(*names.values())[0]


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_it_counts_as_python_does(a: float, b: float) -> None:
    assert value("a + 2 * b - 3", a=a, b=b) == a + 2 * b - 3
    assert value("max(a, b) if a > b else min(a, b)", a=a, b=b) == (a if a > b else min(a, b))
    assert value("clip(a, -1, 1)", a=a, b=b) == min(max(a, -1.0), 1.0)


def test_shapes_over_the_phase() -> None:
    assert [value("pulse(p, 0.2, 0.6)", p=p) for p in (0.1, 0.2, 0.5, 0.6)] == [0, 1, 1, 0]
    assert value("ramp(p, 0.2, 0.6)", p=0.4) == pytest.approx(0.5)
    assert value("hump(p, 0.2, 0.6)", p=0.4) == pytest.approx(1)
    assert value("wave(p, 3)", p=0.25) == pytest.approx(math.sin(1.5 * math.pi))


def test_a_later_signal_may_use_an_earlier_one() -> None:
    assert compile_values(["a"], {"x": "a + 1", "y": "2 * x"}, chained=True)(1.0) == (2.0, 4.0)


@pytest.mark.parametrize(
    "text",
    [
        "a.b",
        "a[0]",
        "(lambda: 1)()",
        "'x'",
        "open(a)",
        "[1]",
        "a := 2",
        "print",
        "f'{a}'",
        "abs(a, b=1)",
        "clip(a)",
        "",
        "a b",
        "().__class__",
        "True.real",
        "x" * 500,
    ],
)
def test_what_is_no_arithmetic_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError):
        compile_values(["a"], {"x": text})


def test_a_tower_of_powers_does_not_hang() -> None:
    with pytest.raises(OverflowError):
        compile_values([], {"x": "9 ** 9 ** 9 ** 9"})()


@pytest.mark.parametrize(
    "unit",
    [
        "bar",
        "Cel",
        "mm/s",
        "kW",
        "L/min",
        "%",
        "1",
        "/min",
        "m3/min",
        "N.m",
        "g/a",
        "kg/m3",
        "Ohm",
        "[ppm]",
        "kW.h",
        "um",
        "1{pieces}",
    ],
)
def test_ucum_units(unit: str) -> None:
    assert check_unit(unit) == unit


@pytest.mark.parametrize(
    ("unit", "hint"),
    [
        ("°C", "Cel"),
        ("rpm", "/min"),
        ("RPM", "is written '/min'"),
        ("Nm", "N.m"),
        ("pcs", "'1'"),
        ("barr", "bar"),
        ("bars", "is written 'bar'"),
        ("percent", "is written '%'"),
        ("KW", "is written 'kW'"),
        ("Volt", "is written 'V'"),
        ("m³/h", "is written 'm3/h'"),
        ("m/sec", "did you mean 's'"),
        ("m²/°C", "did you mean 'm2'"),
        ("m//s", "no UCUM"),
    ],
)
def test_what_is_no_unit_says_what_would_be(unit: str, hint: str) -> None:
    with pytest.raises(UnitError, match=hint):
        check_unit(unit)


def test_what_is_proposed_is_ucum_and_in_the_form_that_it_is_written() -> None:
    for better in {*_USUAL.values(), *_WORDS.values()}:
        assert check_unit(better) == better


def test_a_unit_that_mostly_means_another_is_allowed_and_doubted() -> None:
    said = doubt_about(check_unit("C"))
    assert said and "coulomb" in said[0] and "'Cel' for degrees Celsius" in said[1]
    said = doubt_about(check_unit("F"))
    assert said and "farad" in said[0] and "'[degF]'" in said[1]
    assert [doubt_about(check_unit(unit)) for unit in ("K", "Cel", "C{charge}", "F{capacitance}", "mC")] == [None] * 5
