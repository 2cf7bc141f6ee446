"""Numbers as CSV files write them: decimal point or comma, nothing where there is no value, true and false."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import Path

from andon_edge.cassettes.errors import CsvError

NUMBER = re.compile(r"[-+]?(\d+([.,]\d*)?|[.,]\d+)([eE][-+]?\d+)?\Z")
_MISSING = {"", "na", "n/a", "nan", "null", "none", "-", "?"}
_SWITCHES = {"true": 1.0, "false": 0.0, "on": 1.0, "off": 0.0}
_THOUSANDS = re.compile(r"[-+]?[1-9]\d{0,2},\d{3}\Z")


def decimal_sign(path: Path, cells: Sequence[tuple[int, str]], separator: str) -> str:
    """``,`` or ``.``, by what most numbers have; ``cells`` are (line, text).

    Raises:
        CsvError: in quotes between commas, ``1,234`` may be either.
    """
    numbers = [(line, text) for line, text in cells if NUMBER.match(text)]
    commas = [(line, text) for line, text in numbers if "," in text]
    if len(commas) <= sum("." in text for _, text in numbers):
        return "."
    if separator == "," and all(_THOUSANDS.match(text) for _, text in commas):
        line, text = commas[0]
        raise CsvError(path, line, f"{text!r} may be a thousand or a fraction", "write numbers without `,`")
    return ","


def column(path: Path, name: str, cells: Sequence[tuple[int, str]], decimal: str) -> list[float]:
    """The values, NaN where there is none.

    Raises:
        CsvError: a cell that is no number.
    """
    values = []
    for line, text in cells:
        plain = text.lower()
        if plain in _MISSING:
            values.append(math.nan)
        elif plain in _SWITCHES:
            values.append(_SWITCHES[plain])
        elif NUMBER.match(text) and not (decimal == "." and "," in text) and not (decimal == "," and "." in text):
            values.append(float(text.replace(",", ".")))
        else:
            remedy = f"mend it, or --ignore {name!r}"
            raise CsvError(path, line, f"column {name!r}: {text!r} is no number", remedy)
    return values
