"""What a control chart is of: means of a signal, what was measured, pieces, stops, or several signals at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec
from andon_contracts.messages import CharacteristicSpec, Event, OperationFinished

from andon_platform.api import limits
from andon_platform.api.problems import BadQuestion, NotFound
from andon_platform.api.routes.counting import USUAL_SAMPLES, pieces_by_number, pieces_by_time, stops
from andon_platform.api.services import Services
from andon_platform.data.aggregate import ceil, floor
from andon_platform.data.port import SeriesQuery
from andon_platform.registry.record import Machine

if TYPE_CHECKING:
    from andon_platform.analytics.spc.charts import Chart, Data, Values

#: Values of one chart; more is no chart that anybody reads.
MAX_VALUES: Final = 5_000
#: Values of a chart, unless the asker says how long one is.
USUAL_VALUES: Final = 500
MAX_TOGETHER: Final = 20
#: Nonconforming pieces, for p and np; and stops (times the machine went down), for c and u.
SCRAP: Final = "scrap"
STOPS: Final = "stops"
#: T2 of every signal that varies.
ALL: Final = "*"
VALUE_CHARTS: Final = ("individuals", "xbar-r", "xbar-s", "ewma", "cusum")
#: Values that say how full a buffer is tell of the neighbours.
_NOT_ITS_OWN: Final = frozenset(("buffer_out", "buffer_in"))
_SIZES: Final[dict[str, tuple[int, int, int]]] = {"xbar-r": (5, 2, 25), "xbar-s": (5, 2, 25), "np": (50, 2, 10_000)}


def size_for(chart: Chart, wanted: int | None) -> int:
    """The size of a sample: as wanted, or what suits the chart.

    Raises:
        BadQuestion: a size that the chart cannot have.
    """
    if chart not in _SIZES:
        if wanted not in (None, 1):
            raise BadQuestion(f"size={wanted}: a chart {chart} has no samples of a size; leave it away")
        return 1
    usual, least, most = _SIZES[chart]
    size = usual if wanted is None else wanted
    if not least <= size <= most:
        raise BadQuestion(f"size={size}: samples of a chart {chart} have {least} to {most} values")
    return size


def every_for(
    machine: Machine, chart: Chart, characteristic: str, start: int, stop: int, every: str | None
) -> str | None:
    """How long a value or a sample is; said with the limits, since those of longer means are narrower. None for what
    comes piece by piece."""
    if every is not None or chart == "np":
        return every
    if chart in ("p", "c", "u"):
        return limits.written(limits.bucket_for(start, stop, USUAL_SAMPLES))
    if chart == "t2" or any(s.name == characteristic for s in machine.birth.signals):
        return limits.written(max(1_000_000, limits.bucket_for(start, stop, USUAL_VALUES)))
    return None


async def data_of(
    have: Services,
    machine: Machine,
    chart: Chart,
    characteristic: str,
    start: int,
    stop: int,
    every: str | None,
    size: int,
    names: Sequence[str] = (),
) -> Data:
    """What the chart needs of the range. ``names``: of a T2 model that is kept already.

    Raises:
        NotFound: the machine has no such characteristic.
        BadQuestion: the chart is not for it, or there is too much of it.
    """
    for only, charts in ((SCRAP, ("p", "np")), (STOPS, ("c", "u"))):
        if (characteristic == only) != (chart in charts):
            raise BadQuestion(f"{' and '.join(charts)} charts are of {only!r}, and other charts are not")
    if chart in ("c", "u"):
        return await stops(have, machine, chart, start, stop, every)
    if chart == "np":
        return await pieces_by_number(have, machine, start, stop, size)
    if chart == "p":
        return await pieces_by_time(have, machine, start, stop, every)
    if chart == "t2":
        return await _together(have, machine, characteristic, start, stop, every, names)
    return await values_of(have, machine, characteristic, start, stop, every)


async def values_of(
    have: Services, machine: Machine, characteristic: str, start: int, stop: int, every: str | None
) -> Values:
    """Stamps and values in the order of time: of a signal, its mean over each whole bucket ``every``, or over the
    minutes or hours that are kept where its raw values are gone; else of what the machine's operations measured under
    that name. The mean of a part of a bucket varies more than its neighbours, so a bucket that the range cuts is none.

    Raises:
        NotFound: the machine has no such signal, announces no such characteristic, and no operation in the range
            measured it.
        BadQuestion: buckets for measurements, or too many values.
    """
    from andon_platform.analytics.spc.charts import Values

    if any(s.name == characteristic for s in machine.birth.signals):
        bucket = limits.duration(every) if every else max(1_000_000, limits.bucket_for(start, stop, USUAL_VALUES))
        if (stop - start) // bucket > MAX_VALUES:
            raise BadQuestion(f"{(stop - start) // bucket} values, at most {MAX_VALUES}: make every longer")
        low, high = ceil(start, bucket), floor(stop, bucket)
        if low >= high:
            return Values([], [], bucket)
        found = await have.store.series(
            SeriesQuery(machine.path, characteristic, low, high, bucket, "mean", MAX_VALUES + 1)
        )
        length = found.every or bucket
        rows = [(int(t), float(v)) for t, v in zip(found.times, found.values, strict=True) if low <= t <= high - length]
        return Values([t for t, _ in rows], [v for _, v in rows], length)
    if every is not None:
        raise BadQuestion(f"{machine.path} has no signal {characteristic!r}; what operations measure has no buckets")
    _, events = await have.history.of(machine.path, start, stop)
    announced = any(c.name == characteristic for c in machine.birth.characteristics)
    measured = [e for e in events if isinstance(e, OperationFinished) and characteristic in e.measured]
    if not measured and not announced:
        there = [*(s.name for s in machine.birth.signals), *measured_names(machine, events)]
        raise NotFound(f"{machine.path} has no characteristic {characteristic!r} in this range: {', '.join(there)}")
    if len(measured) > MAX_VALUES:
        raise BadQuestion(f"{len(measured)} values, at most {MAX_VALUES}: ask for a shorter range")
    return Values([e.t for e in measured], [float(e.measured[characteristic]) for e in measured])


def measured_names(machine: Machine, events: Sequence[Event]) -> list[str]:
    """What operations measure: as the machine announces it, then what else they measured."""
    signals = {s.name for s in machine.birth.signals}
    announced = [c.name for c in machine.birth.characteristics if c.name not in signals]
    found = {name for e in events if isinstance(e, OperationFinished) for name in e.measured}
    return [*announced, *sorted(found.difference(announced))]


def specification(machine: Machine, characteristic: str) -> CharacteristicSpec:
    """What the machine announces of it. A signal that has no specification of its own is judged by the limits that it
    is announced with; of what is not announced nothing is known."""
    told = next((c for c in machine.birth.characteristics if c.name == characteristic), None)
    signal = next((s for s in machine.birth.signals if s.name == characteristic), None)
    if signal is None:
        return told or CharacteristicSpec(name=characteristic)
    if told is None:
        told = CharacteristicSpec(name=characteristic, lower=signal.low_limit, upper=signal.high_limit)
    return msgspec.structs.replace(told, unit=told.unit or signal.unit, title=told.title or signal.title)


def there(machine: Machine, events: Sequence[Event]) -> list[dict[str, Any]]:
    """Every characteristic that can be charted, and on which charts."""
    signals = [s for s in machine.birth.signals if s.name not in _NOT_ITS_OWN]
    found = [_specified(machine, s.name, "signal") for s in signals]
    found += [_specified(machine, name, "measured") for name in measured_names(machine, events)]
    if machine.birth.operations:
        found += [_row(SCRAP, "counted", ("p", "np")), _row(STOPS, "counted", ("u", "c"))]
    if len(signals) > 1:
        found.append(_row(ALL, "together", ("t2",)))
    return found


def _specified(machine: Machine, name: str, kind: Literal["signal", "measured"]) -> dict[str, Any]:
    told = specification(machine, name)
    more = {"title": told.title, "unit": told.unit, "lower": told.lower, "upper": told.upper, "target": told.target}
    return _row(name, kind, VALUE_CHARTS) | more


def _row(
    name: str, kind: Literal["signal", "measured", "counted", "together"], charts: Sequence[str]
) -> dict[str, Any]:
    nothing = dict.fromkeys(("lower", "upper", "target"))
    return {"name": name, "kind": kind, "title": "", "unit": "", "charts": list(charts)} | nothing


async def _together(
    have: Services,
    machine: Machine,
    characteristic: str,
    start: int,
    stop: int,
    every: str | None,
    names: Sequence[str],
) -> Data:
    """Moments at which all of them have a value; with ``*`` those that vary."""
    from andon_platform.analytics.spc.chart import spread
    from andon_platform.analytics.spc.charts import Readings

    there = [s.name for s in machine.birth.signals]
    named = [name.strip() for name in characteristic.split(",") if name.strip()]
    wanted = list(dict.fromkeys(names or named))
    if characteristic == ALL and not names:
        wanted = [name for name in there if name not in _NOT_ITS_OWN][:MAX_TOGETHER]
    if not 2 <= len(wanted) <= MAX_TOGETHER:
        raise BadQuestion(f"{len(wanted)} signals: T2 is of 2 to {MAX_TOGETHER}, written a,b,c or *")
    for name in wanted:
        if name not in there:
            raise NotFound(f"{machine.path} has no signal {name[:64]!r}; it has: {', '.join(there)}")
    rows: dict[str, dict[int, float]] = {}
    longest = 0
    for name in wanted:
        found = await values_of(have, machine, name, start, stop, every)
        rows[name] = dict(zip(found.times, found.values, strict=True))
        longest = max(longest, found.every or 0)
    if characteristic == ALL and not names:
        there_is = {name: list(rows[name].values()) for name in wanted}
        wanted = [name for name, values in there_is.items() if values and spread(max(values) - min(values), values) > 0]
    common = sorted(set.intersection(*(set(rows[name]) for name in wanted))) if wanted else []
    return Readings(wanted, common, [[rows[name][t] for name in wanted] for t in common], longest or None)
