"""Every figure that can be asked for its lineage.

What an element is read from is written as kind and name: ``event:count``, ``signal:*`` (the signal that is asked
about), ``signal:electricity`` (signals of a role), ``announced:operations``,
``announced:characteristics``, ``plant:calendar``, ``plant:clock``,
``people:scrap``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from andon_platform.analytics.oee.kpis import FORMULAS as OEE

Family = Literal["oee", "spc", "energy", "quality", "detection", "signal"]

ISO_22400: Final = "ISO 22400-2:2014"


@dataclass(frozen=True, slots=True)
class Element:
    """A part of a formula: its letters, what it means, how it is made, and from what."""

    name: str
    meaning: str
    formula: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """``standard`` says who defines it; where nobody does, that it is Andon's own."""

    name: str
    family: Family
    title: str
    unit: str
    formula: str
    standard: str
    elements: tuple[Element, ...]


_STATES: Final = ("event:state", "plant:clock")
_BUSY: Final = ("event:state", "plant:calendar", "plant:clock")

_ELEMENTS: Final = {
    e.name: e
    for e in (
        Element("APT", "actual production time", "time in the state producing", _STATES),
        Element("ASUT", "actual unit setup time", "time in the state setup", _STATES),
        Element("ADET", "actual unit delay time", "time starved, blocked and down", _STATES),
        Element("AUPT", "actual unit processing time", "APT + ASUT", _STATES),
        Element("AUBT", "actual unit busy time", "AUPT + ADET", _STATES),
        Element("AOET", "actual order execution time", "AUBT", _STATES),
        Element("PBT", "planned busy time", "all states inside shifts, without breaks and planned stops", _BUSY),
        Element("PRI", "planned run time per item", "announced cycle time of the operation that ended", (
            "event:operation-finished", "event:operation-started", "announced:operations", "plant:clock",
        )),
        Element("PQ", "produced quantity", "GQ + SQ", ("event:count", "people:scrap")),
        Element("GQ", "good quantity", "sum of good", ("event:count", "people:scrap")),
        Element("SQ", "scrap quantity", "sum of scrap", ("event:count", "people:scrap")),
        Element("failures", "stops", "times the state down began", ("event:state",)),
        Element("down time", "time in the state down", "time in the state down", _STATES),
    )
}  # fmt: skip
_OF: Final[dict[str, tuple[str, ...]]] = {
    "availability": ("APT", "PBT"),
    "effectiveness": ("PRI", "PQ", "APT"),
    "quality_ratio": ("GQ", "PQ"),
    "oee": ("APT", "PBT", "PRI", "PQ", "GQ"),
    "nee": ("AUPT", "PBT", "PRI", "PQ", "APT", "GQ"),
    "throughput_per_h": ("PQ", "AOET"),
    "utilisation": ("APT", "AUBT"),
    "allocation": ("AUBT", "PBT"),
    "technical_efficiency": ("APT", "ADET"),
    "setup_ratio": ("ASUT", "AUPT"),
    "scrap_ratio": ("SQ", "PQ"),
    "mtbf_s": ("AUPT", "failures"),
    "mttr_s": ("down time", "failures"),
}
_UNITS: Final = {"throughput_per_h": "/h", "mtbf_s": "s", "mttr_s": "s"}
_TITLES: Final = {"oee": "OEE", "nee": "NEE", "throughput_per_h": "throughput", "mtbf_s": "MTBF", "mttr_s": "MTTR"}

_VALUES: Final = Element("x", "values of the characteristic", "mean of each bucket, or what each operation measured", (
    "signal:*", "event:operation-finished",
))  # fmt: skip
_LIMITS: Final = Element(
    "limits", "of Phase I", "estimated from a range in which all was well, and kept", ("signal:*",)
)
_POWER: Final = Element("kW", "mean power of each bucket", "sum of the machine's meters", ("signal:electricity",))
_PLANT_TIME: Final = Element("h", "plant time of the bucket", "wall time times pace", ("plant:clock",))
_STATE: Final = Element("state", "what the machine did", "state of each moment", _STATES)
_GOOD: Final = Element("good", "good pieces", "sum of good", ("event:count", "people:scrap"))
_COUNTED: Final = Element("values", "that came", "count of each minute, at most the due ones", ("signal:*",))
_DUE: Final = Element("due", "values that were due", "announced rate times the time", ("announced:signals",))
_OWN: Final = "Andon's own"


_SPECIFIED: Final = Element("limits", "of the specification", "as the machine announces them, or as asked", (
    "announced:characteristics", "announced:signals",
))  # fmt: skip


def _spc(name: str, title: str, formula: str, standard: str, limits: Element = _LIMITS) -> Figure:
    return Figure(name, "spc", title, "", formula, standard, (_VALUES, limits))


_PIECES: Final = Element("n", "pieces of a sample", "good + scrap", ("event:count", "people:scrap"))
_BAD: Final = Element("scrap", "scrap of a sample", "sum of scrap", ("event:count", "people:scrap"))
_WENT_DOWN: Final = Element("stops", "stops in a sample", "times the state down began", ("event:state", "plant:clock"))
_COUNTED_CHARTS: Final = tuple(
    Figure(name, "spc", title, unit, formula, f"NIST/SEMATECH e-Handbook 6.3.3.{part}", elements)
    for name, title, unit, formula, part, elements in (
        ("p", "chart of the share of scrap", "1", "p +- 3 * sqrt(p * (1 - p) / n)", 2, (_BAD, _PIECES)),
        ("np", "chart of the number of scrap", "1", "n * p +- 3 * sqrt(n * p * (1 - p))", 2, (_BAD, _PIECES)),
        ("c", "chart of stops", "1", "c +- 3 * sqrt(c)", 1, (_WENT_DOWN,)),
        ("u", "chart of stops an hour", "/h", "u +- 3 * sqrt(u / h)", 1, (
            _WENT_DOWN, Element("h", "hours of a sample", "time in the state producing", _STATES),
        )),
    )
)  # fmt: skip

FIGURES: Final[dict[str, Figure]] = {
    f.name: f
    for f in (
        *(
            Figure(
                name, "oee", _TITLES.get(name, name.replace("_", " ")), _UNITS.get(name, "1"), formula, ISO_22400,
                tuple(_ELEMENTS[e] for e in _OF[name]),
            )
            for name, formula in OEE.items()
        ),
        _spc("individuals", "chart of individuals", "mean of x +- 3 * mean moving range / d2(2)",
             "NIST/SEMATECH e-Handbook 6.3.2.2"),
        _spc("xbar-r", "X-bar and R", "mean of means +- A2 * mean range",
             "ISO 7870-2, NIST/SEMATECH e-Handbook 6.3.2.1"),
        _spc("xbar-s", "X-bar and S", "mean of means +- A3 * mean standard deviation",
             "ISO 7870-2, NIST/SEMATECH e-Handbook 6.3.2.1"),
        _spc("ewma", "EWMA", "z = lambda * x + (1 - lambda) * z before", "NIST/SEMATECH e-Handbook 6.3.2.4"),
        _spc("cusum", "CUSUM", "sums of what exceeds target +- k", "NIST/SEMATECH e-Handbook 6.3.2.3"),
        *_COUNTED_CHARTS,
        Figure("t2", "spc", "Hotelling's T2", "1", "(x - mean) * inverse covariance * (x - mean)",
               "NIST/SEMATECH e-Handbook 6.5.4.3", (
                   Element("x", "values of the signals", "mean of each bucket", ("signal:all",)), _LIMITS,
               )),
        _spc("cpk", "capability", "distance of the mean to the nearer limit / (3 * sigma within)", "ISO 22514-2",
             _SPECIFIED),
        Figure("kwh", "energy", "energy", "kW.h", "sum of kW * h", _OWN, (_POWER, _PLANT_TIME)),
        Figure("idle_kwh", "energy", "idle energy", "kW.h", "sum of kW * h in every state but producing and setup",
               _OWN, (_POWER, _PLANT_TIME, _STATE)),
        Figure("kwh_per_piece", "energy", "energy per piece", "kW.h", "sum of kW * h / good", _OWN,
               (_POWER, _PLANT_TIME, _GOOD)),
        Figure("carbon_kg", "energy", "carbon", "kg", "sum of kW * h * g per kWh / 1000", _OWN, (_POWER, _PLANT_TIME)),
        Figure("carbon_kg_per_piece", "energy", "carbon per piece", "kg",
               "sum of kW * h * g per kWh / 1000 / good", _OWN, (_POWER, _PLANT_TIME, _GOOD)),
        Figure("air_leak", "energy", "compressed air that leaks", "m3/min",
               "supplied - expected, where that is no chance", _OWN, (
                   Element("supplied", "air that this compressor gives", "mean of each minute", ("signal:air",)),
                   Element("expected", "what the machines' work explains",
                           "base + sum of rate * share producing, learned in the time before", _STATES),
               )),
        Figure("timeliness", "quality", "timeliness", "1",
               "values stored within s seconds of their stamp / values timed",
               "ISO/IEC 25012 (currentness), by minutes", (
                   Element("values", "that were timed", "counted by minute and by how long they took", ("signal:*",)),
                   Element("s", "what is timely", "as asked, or three publish intervals", ("announced:signals",)),
               )),
        Figure("completeness", "quality", "completeness", "1", "values / due", "ISO/IEC 25012, by minutes",
               (_COUNTED, _DUE)),
        Figure("validity", "quality", "validity", "1", "minutes inside the announced range / minutes with values",
               "ISO/IEC 25012, by minutes", (
                   Element("minutes", "with their smallest and largest value", "min and max of each minute",
                           ("signal:*",)),
                   Element("range", "that the machine announced", "minimum to maximum", ("announced:signals",)),
               )),
        Figure("anomaly", "detection", "detector's score", "1",
               "distance from what was learned of this operation, 1 is the limit", _OWN, (
                   Element("row", "all signals of a second of plant time", "the newest value of each", (
                       "signal:all", "plant:clock",
                   )),
                   Element("operation", "what it worked on", "the state producing, and the operation that was started",
                           ("event:state", "event:operation-started")),
               )),
        Figure("value", "signal", "value of a signal", "", "aggregate of each bucket", _OWN, (
            Element("x", "values as they were measured", "as the machine sent them", ("signal:*",)),
        )),
    )
}  # fmt: skip

#: Figures of several machines together that are the sum of theirs (per piece: over the pieces that left their lines).
SUMMED: Final = frozenset({"kwh", "idle_kwh", "kwh_per_piece", "carbon_kg", "carbon_kg_per_piece"})
