"""A plant that exists only in memory: layouts, machines and values for pages under test. Deterministic."""

from __future__ import annotations

import math
from typing import Any

from support.morning import MORNING

SECOND = 1_000_000


def station(machine: str, feeds: list[str] | None = None, buffer: int = 0, carries: str = "") -> dict[str, Any]:
    """A station as it stands in a layout message."""
    return {"machine": machine, "feeds": feeds or [], "buffer": buffer, "carries": carries}


def signal(
    name: str, unit: str, lo: float, hi: float, low: float | None = None, high: float | None = None
) -> dict[str, Any]:
    """A signal as a birth announces it."""
    return {
        "name": name, "unit": unit, "minimum": lo, "maximum": hi, "rate_hz": 1.0, "title": "", "description": "",
        "low_limit": low, "high_limit": high, "role": "process",
    }  # fmt: skip


SIGNALS = {
    "press": [signal("hydraulic_pressure", "bar", 0, 320, 90, 260), signal("oil_temperature", "Cel", 0, 90, None, 65)],
    "foam": [signal("head_pressure", "bar", 0, 220, 120), signal("mould_temperature", "Cel", 0, 90, 36, 52)],
    "compressor": [signal("pressure", "bar", 0, 12, 6), signal("power", "kW", 0, 90)],
    "chiller": [signal("water_temperature", "Cel", 0, 40, None, 12), signal("power", "kW", 0, 60)],
    "cassette": [signal("accelerometer", "m/s2", 0, 4), signal("temperature", "Cel", 0, 120)],
}
COMMANDS = [
    {"name": "stop", "title": "Stop the machine", "arguments": {"reason": []}},
    {"name": "start", "title": "Start the machine", "arguments": {}},
    {
        "name": "inject-fault",
        "title": "Inject a fault",
        "arguments": {
            "fault": ["seal-wear", "sensor-stuck"],
            "severity": ["0.3", "0.6", "1"],
            "duration_s": ["", "60", "600"],
            "signal": ["", "hydraulic_pressure"],
        },
    },
    {"name": "clear-fault", "title": "End a fault", "arguments": {"fault": ["", "seal-wear", "sensor-stuck"]}},
]
#: name -> drawing, state, text, unit, seconds in the state
POLARIS: dict[str, tuple[str, str, str, str, float]] = {
    "cabinets/cabinets-1/press-1": ("press", "producing", "", "RF-2611-0486", 41),
    "cabinets/cabinets-1/press-2": ("press", "setup", "Panel set L", "", 190),
    "cabinets/cabinets-1/bend-1": ("bend", "producing", "", "RF-2611-0482", 60),
    "cabinets/cabinets-1/thermo-1": ("thermo", "blocked", "No free place for liners", "LN-2611-0481", 130),
    "cabinets/cabinets-1/foam-1": ("foam", "producing", "", "RF-2611-0477", 200),
    "cabinets/cabinets-1/foam-2": ("foam", "down", "Foaming head pressure low", "RF-2611-0476", 250),
    "cabinets/cabinets-1/paint-1": ("paint", "starved", "Waits for cabinets", "", 70),
    "assembly/assembly-1/assembly-1": ("robot", "producing", "", "RF-2611-0462", 100),
    "assembly/assembly-1/assembly-2": ("assembly", "producing", "", "RF-2611-0459", 100),
    "assembly/assembly-1/charge-1": ("charge", "producing", "", "RF-2611-0456", 100),
    "assembly/assembly-1/eol-1": ("eol", "producing", "", "RF-2611-0454", 100),
    "assembly/assembly-1/pack-1": ("pack", "producing", "", "RF-2611-0452", 100),
    "utilities/supply/compressor-1": ("compressor", "producing", "", "", 9000),
    "utilities/supply/chiller-1": ("chiller", "producing", "", "", 9000),
    "recordings/cassettes/skab-valve": ("cassette", "producing", "", "", 5000),
    "recordings/cassettes/nab-temperature": ("cassette", "producing", "", "", 5000),
}
BUFFERED = {"press-1": 3, "press-2": 0, "bend-1": 3, "thermo-1": 4, "foam-1": 0, "foam-2": 0, "paint-1": 4,
            "assembly-1": 2, "assembly-2": 1, "charge-1": 2, "eol-1": 1}  # fmt: skip


def polaris_layout() -> dict[str, Any]:
    """The shipped plant's shape."""
    line1, line2 = "polaris/north/cabinets/cabinets-1", "polaris/north/assembly/assembly-1"
    one = lambda n: f"{line1}/{n}"  # noqa: E731
    two = lambda n: f"{line2}/{n}"  # noqa: E731
    cabinets = [
        station(one("press-1"), [one("bend-1")], 3, "panels"),
        station(one("press-2"), [one("bend-1")], 2, "panels"),
        station(one("bend-1"), [one("foam-1"), one("foam-2")], 4, "shells"),
        station(one("thermo-1"), [one("foam-1"), one("foam-2")], 4, "liners"),
        station(one("foam-1"), [one("paint-1")], 3, "cabinets"),
        station(one("foam-2"), [one("paint-1")], 3, "cabinets"),
        station(one("paint-1"), [two("assembly-1")], 6, "painted cabinets"),
    ]
    assembly = [
        station(two("assembly-1"), [two("assembly-2")], 3, "units"),
        station(two("assembly-2"), [two("charge-1")], 3, "units"),
        station(two("charge-1"), [two("eol-1")], 2, "units"),
        station(two("eol-1"), [two("pack-1")], 2, "units"),
        station(two("pack-1"), [], 0, "packed units"),
    ]
    return layout_of(
        "polaris", "Plant North", "refrigerator",
        [
            {"path": line1, "title": "Line 1, cabinets", "stations": cabinets, "takt_s": 207.0},
            {"path": line2, "title": "Line 2, final assembly", "stations": assembly, "takt_s": 207.0},
        ],
        ["polaris/north/utilities/supply/compressor-1", "polaris/north/utilities/supply/chiller-1"],
        ["polaris/north/recordings/cassettes/skab-valve", "polaris/north/recordings/cassettes/nab-temperature"],
    )  # fmt: skip


def layout_of(
    enterprise: str, title: str, product: str, lines: list[dict[str, Any]], utilities: list[str], others: list[str]
) -> dict[str, Any]:
    """A layout message with one site and three shifts."""
    days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    site = {
        "site": "north", "title": title, "latitude": 54.3, "longitude": 10.1, "industry": "2750",
        "time_zone": MORNING, "lines": lines, "utilities": utilities, "others": others,
    }  # fmt: skip
    shifts = [
        {"name": n, "start": a, "end": b, "days": days, "breaks": []}
        for n, a, b in (("Early", "06:00", "14:00"), ("Late", "14:00", "22:00"), ("Night", "22:00", "06:00"))
    ]
    return {
        "v": 1, "enterprise": enterprise, "title": title, "product": product, "sites": [site], "shifts": shifts,
        "days_off": [],
    }  # fmt: skip


#: A source as recordings have it: with a file's name that no line of a phone is long enough for.
RECORDED = "Public test bench, realKnownCause/machine_temperature_system_failure.csv, CC BY 4.0"


def machine_view(
    path: str, now: int, drawing: str = "machine", state: str = "producing", text: str = "", unit: str = "",
    seconds: float = 60.0,
) -> dict[str, Any]:  # fmt: skip
    """A machine as the API answers it."""
    enterprise, site, area, line, name = path.split("/")
    recorded = drawing == "cassette"
    signals = [*SIGNALS.get(drawing, SIGNALS["press"])]
    if drawing not in ("compressor", "chiller", "cassette"):
        signals.append(signal("buffer_out", "1", 0, 10))
    return {
        "id": path, "name": name, "enterprise": enterprise, "site": site, "area": area, "line": line,
        "type": "recording" if recorded else f"{drawing}-type", "title": f"{drawing.capitalize()} of the test",
        "description": "", "drawing": drawing, "origin": "recorded" if recorded else "simulated",
        "source": RECORDED if recorded else "", "online": state != "offline",
        "presence": "online" if state != "offline" else "silent", "state": state, "reason": text, "text": text,
        "state_since": now - int(seconds * SECOND), "unit": unit, "product": "", "first_seen": now - 86400 * SECOND,
        "last_seen": now, "session": 7, "epoch": now - 86000 * SECOND, "interval_s": 1.0, "signals": signals,
        "operations": [] if recorded else [{"name": "form", "cycle_s": 41.0, "changeover_s": 540.0, "title": "Form"}],
        "commands": [] if recorded else COMMANDS,
    }  # fmt: skip


def value_at(path: str, spec: dict[str, Any], t: int) -> float:
    """A believable value: a slow wave with a quicker one, by name of machine and signal."""
    seed = sum(map(ord, path + spec["name"])) % 97
    span = spec["maximum"] - spec["minimum"]
    s = t / SECOND
    wave = 0.55 + 0.12 * math.sin(s / 41 + seed) + 0.03 * math.sin(s / 3.1 + seed * 2)
    return float(spec["minimum"] + span * wave)


def foreign_layout(count: int) -> tuple[dict[str, Any], list[str]]:
    """A plant of ``count`` machines that Andon does not ship: pairs in parallel, and a cross feed."""
    line = "acme/main/hall/line-1"
    names = [f"{line}/station-{i + 1}" for i in range(count)]
    if count < 6:
        stations = [station(n, names[i + 1 : i + 2], 4, "bottles") for i, n in enumerate(names)]
    else:
        stations = []
        for i, name in enumerate(names):
            row, column = i % 2, i // 2
            ahead = names[2 * (column + 1) : 2 * (column + 2)]
            feeds = ahead if column % 3 == 0 else ahead[row : row + 1] or ahead[:1]
            stations.append(station(name, feeds, i % 7, "cases"))
    return layout_of(
        "acme", "Foreign plant", "case",
        [{"path": line, "title": "Filling", "stations": stations, "takt_s": 0.0}], [], [],
    ), names  # fmt: skip
