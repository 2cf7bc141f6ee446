"""Key performance indicators of ISO 22400-2 (chapter 8), from time elements.

A ratio whose denominator is 0 is None: nothing was planned, or nothing was made, and no number would be honest.
"""

from __future__ import annotations

from dataclasses import dataclass

from andon_platform.analytics.oee.elements import Elements


@dataclass(frozen=True, slots=True)
class Kpis:
    """Ratios (1 is 100 %); throughput in pieces per hour; MTBF and MTTR in seconds; all of plant time."""

    availability: float | None
    effectiveness: float | None
    quality_ratio: float | None
    oee: float | None
    nee: float | None
    throughput_per_h: float | None
    utilisation: float | None
    allocation: float | None
    technical_efficiency: float | None
    setup_ratio: float | None
    scrap_ratio: float | None
    mtbf_s: float | None
    mttr_s: float | None


FORMULAS = {
    "availability": "APT / PBT",
    "effectiveness": "sum of PRI * PQ over operations / APT",
    "quality_ratio": "GQ / PQ",
    "oee": "availability * effectiveness * quality ratio",
    "nee": "AUPT / PBT * effectiveness * quality ratio",
    "throughput_per_h": "PQ / AOET, with AOET = AUBT",
    "utilisation": "APT / AUBT",
    "allocation": "AUBT / PBT",
    "technical_efficiency": "APT / (APT + ADET)",
    "setup_ratio": "ASUT / AUPT",
    "scrap_ratio": "SQ / PQ",
    "mtbf_s": "AUPT / number of failures",
    "mttr_s": "down time / number of failures",
}
"""How each is computed, in the standard's terms: lineage of a figure."""


def ratio(part: float, whole: float) -> float | None:
    """None where there is no whole."""
    return part / whole if whole else None


def _product(*parts: float | None) -> float | None:
    found = 1.0
    for part in parts:
        if part is None:
            return None
        found *= part
    return found


def kpis(e: Elements) -> Kpis:
    """All of them. While something is planned and nothing is produced, availability and with it OEE is 0: the time was
    lost, although effectiveness and quality of nothing are unknown. What the standard calls operating time between
    failures holds production and setup, but no delays: AUPT."""
    availability = ratio(e.apt, e.pbt)
    effectiveness = ratio(e.planned_run_us, e.apt)
    quality = ratio(e.good, e.produced)
    oee = 0.0 if availability == 0 else _product(availability, effectiveness, quality)
    return Kpis(
        availability=availability,
        effectiveness=effectiveness,
        quality_ratio=quality,
        oee=oee,
        nee=0.0 if e.pbt and e.aupt == 0 else _product(ratio(e.aupt, e.pbt), effectiveness, quality),
        throughput_per_h=ratio(e.produced * 3.6e9, e.aubt),
        utilisation=ratio(e.apt, e.aubt),
        allocation=ratio(e.aubt, e.pbt),
        technical_efficiency=ratio(e.apt, e.apt + e.adet),
        setup_ratio=ratio(e.asut, e.aupt),
        scrap_ratio=ratio(e.scrap, e.produced),
        mtbf_s=ratio(e.aupt / 1e6, e.failures),
        mttr_s=ratio(e.down / 1e6, e.failures),
    )
