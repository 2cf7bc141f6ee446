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
    rest = unit[1:] if unit.startswith("/") else unit
    for part in re.split(r"[./](?![^{]*\})", rest):
        found = _ATOM.match(part)
        if not found or not (_is_atom(found["atom"]) or found["atom"].isdigit()):
            near = difflib.get_close_matches(part, sorted(METRIC | PLAIN | {"kW", "kN", "mm", "um", "mm/s"}), 1, 0.5)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise UnitError(
                f"unit {unit!r}: {part!r} is no UCUM unit{hint} (for example bar, Cel, mm/s, kW, L/min, %, 1)"
            )
    return unit
