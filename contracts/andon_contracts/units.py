"""Units in UCUM's case-sensitive notation (https://ucum.org), as far as machines need it.

A unit is a product and quotient of atoms with a metric prefix and a whole exponent: ``bar``, ``Cel``,
``m3/min``, ``kW.h``, ``1``, ``%``, ``/min``, ``1{pieces}``.
"""

from __future__ import annotations

import difflib
import re
from typing import Final

from andon_contracts.errors import UnitError

#: Atoms that take a metric prefix.
METRIC: Final = frozenset(
    [
        "m",
        "g",
        "s",
        "A",
        "K",
        "mol",
        "cd",
        "rad",
        "sr",
        "Hz",
        "N",
        "Pa",
        "J",
        "W",
        "C",
        "V",
        "F",
        "Ohm",
        "S",
        "Wb",
        "T",
        "H",
        "lm",
        "lx",
        "Bq",
        "Cel",
        "L",
        "l",
        "bar",
        "eV",
        "t",
        "B",
        "u",
        "st",
        "G",
        "Np",
    ]
)
#: Atoms that take none.
PLAIN: Final = frozenset(
    [
        "1",
        "%",
        "min",
        "h",
        "d",
        "wk",
        "mo",
        "a",
        "deg",
        "'",
        "''",
        "[ppm]",
        "[ppb]",
        "[pH]",
        "[in_i]",
        "[ft_i]",
        "[degF]",
        "[psi]",
        "[g]",
        "[lb_av]",
        "[gal_us]",
        "[hp]",
        "[pi]",
    ]
) | {"10*", "10^"}
PREFIXES: Final = ("da", "Y", "Z", "E", "P", "T", "G", "M", "k", "h", "d", "c", "m", "u", "n", "p", "f", "a", "z", "y")
_ATOM = re.compile(r"(?P<atom>10[*^]|\[[^\]]+\]|[A-Za-z%']+|\d+)(?P<exponent>[+-]?\d+)?(?P<note>\{[^{}]*\})?\Z")
_USUAL: Final = {
    "°C": "Cel", "degC": "Cel", "C°": "Cel", "°F": "[degF]", "rpm": "/min", "1/min": "/min", "pcs": "1", "pieces": "1",
    "kWh": "kW.h", "Wh": "W.h", "Nm": "N.m", "µm": "um", "l/min": "L/min", "m³/min": "m3/min", "sec": "s", "": "1",
    "ppm": "[ppm]", "ohm": "Ohm", "Ω": "Ohm", "°": "deg",
}  # fmt: skip
#: What people write that is no UCUM in any case of its letters.
_WORDS: Final = {
    "rpm": "/min", "u/min": "/min", "rev/min": "/min", "percent": "%", "pct": "%", "%rh": "%",
    "celsius": "Cel", "degc": "Cel", "fahrenheit": "[degF]", "degf": "[degF]", "kelvin": "K", "degree": "deg",
    "degrees": "deg", "bar": "bar", "bars": "bar", "mbar": "mbar", "psi": "[psi]", "hz": "Hz", "khz": "kHz",
    "watt": "W", "watts": "W", "kw": "kW", "kwh": "kW.h", "va": "V.A", "kva": "kV.A", "var": "V.A", "volt": "V",
    "volts": "V", "amp": "A", "amps": "A", "ampere": "A", "db": "dB", "kg": "kg", "mm": "mm", "litre": "L",
    "litres": "L", "liter": "L", "liters": "L", "lpm": "L/min", "sec": "s", "secs": "s", "second": "s", "seconds": "s",
    "mins": "min", "minute": "min", "minutes": "min", "hr": "h", "hrs": "h", "hour": "h", "hours": "h", "pc": "1",
    "pcs": "1", "count": "1", "units": "1", "ppb": "[ppb]", "ph": "[pH]",
}  # fmt: skip
#: Other characters for what UCUM writes in ASCII.
_PLAINLY: Final = str.maketrans({"³": "3", "²": "2", "µ": "u", "μ": "u", "·": "."})
#: UCUM, and seldom what is meant: the unit, what it measures, what is mostly meant, and that in UCUM.
_DOUBTFUL: Final = {
    "C": ("coulomb", "charge", "degrees Celsius", "Cel"),
    "F": ("farad", "capacitance", "degrees Fahrenheit", "[degF]"),
}


def doubt_about(unit: str) -> tuple[str, str] | None:
    """What to say, and what to do, about a unit that is UCUM for something else than whoever writes it mostly means.

    A note in braces says that it is meant: nobody doubts ``C{charge}``.
    """
    if unit not in _DOUBTFUL:
        return None
    name, measures, meant, better = _DOUBTFUL[unit]
    return (
        f"unit {unit!r} is UCUM's {name}, a unit of {measures}",
        f"write {better!r} for {meant}, or '{unit}{{{measures}}}' if {name} is meant",
    )


def _is_atom(text: str) -> bool:
    if text in PLAIN or text in METRIC:
        return True
    return any(text.startswith(p) and text[len(p) :] in METRIC for p in PREFIXES)


def check_unit(unit: str) -> str:
    """Return ``unit`` if it is UCUM.

    Raises:
        UnitError: it is not; names what would be.
    """
    if len(unit) > 32:
        raise UnitError(f"unit {unit!r} is longer than 32 characters")
    if unit != "1/min" and unit in _USUAL:
        raise UnitError(f"unit {unit!r} is written {_USUAL[unit]!r} in UCUM")
    part = _no_ucum(unit)
    if part is None:
        return unit
    if whole := _usual(unit):
        raise UnitError(f"unit {unit!r} is written {whole!r} in UCUM")
    known = sorted(METRIC | PLAIN | {"kW", "kN", "mm", "um", "mm/s"})
    near = [usual] if (usual := _usual(part)) else difflib.get_close_matches(part, known, 1, 0.5)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise UnitError(f"unit {unit!r}: {part!r} is no UCUM unit{hint} (for example bar, Cel, mm/s, kW, L/min, %, 1)")


def _no_ucum(unit: str) -> str | None:
    """The first part of a product or quotient that is no UCUM, or None."""
    rest = unit[1:] if unit.startswith("/") else unit
    for part in re.split(r"[./](?![^{]*\})", rest):
        found = _ATOM.match(part)
        if not found or not (_is_atom(found["atom"]) or found["atom"].isdigit()):
            return part
    return None


def _usual(text: str) -> str:
    """What a text that is no UCUM is in it, or nothing."""
    plain = text.translate(_PLAINLY)
    known = _USUAL.get(text) or _WORDS.get(text.casefold()) or _WORDS.get(plain.casefold())
    return known or ("" if plain == text or _no_ucum(plain) is not None else plain)
