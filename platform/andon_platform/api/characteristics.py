"""Values of a quality characteristic: what operations measured, or a signal's means."""

from __future__ import annotations

from andon_contracts.messages import OperationFinished

from andon_platform.api import limits
from andon_platform.api.problems import BadQuestion, NotFound
from andon_platform.api.services import Services
from andon_platform.data.port import SeriesQuery
from andon_platform.registry.record import Machine

#: Values of one chart; more is no chart that anybody reads.
MAX_VALUES = 5_000


async def values_of(
    have: Services, machine: Machine, characteristic: str, start: int, stop: int, every: str | None
) -> tuple[list[int], list[float]]:
    """Stamps and values in the order of time: of a signal, its mean over each bucket ``every``; else of what the
    machine's operations measured under that name.

    Raises:
        NotFound: the machine has no such signal, and no operation in the range measured it.
        BadQuestion: buckets for measurements, or too many values.
    """
    if any(s.name == characteristic for s in machine.birth.signals):
        bucket = limits.duration(every) if every else max(1_000_000, limits.bucket_for(start, stop, 500))
        if (stop - start) // bucket > MAX_VALUES:
            raise BadQuestion(f"{(stop - start) // bucket} values, at most {MAX_VALUES}: make every longer")
        found = await have.store.series(
            SeriesQuery(machine.path, characteristic, start, stop, bucket, "mean", MAX_VALUES + 1)
        )
        return [int(t) for t in found.times], [float(v) for v in found.values]
    if every is not None:
        raise BadQuestion(f"{machine.path} has no signal {characteristic!r}; what operations measure has no buckets")
    _, events = await have.history.of(machine.path, start, stop)
    measured = [e for e in events if isinstance(e, OperationFinished) and characteristic in e.measured]
    if not measured:
        names = sorted({name for e in events if isinstance(e, OperationFinished) for name in e.measured})
        there = [*(s.name for s in machine.birth.signals), *names]
        raise NotFound(f"{machine.path} has no characteristic {characteristic!r} in this range: {', '.join(there)}")
    if len(measured) > MAX_VALUES:
        raise BadQuestion(f"{len(measured)} values, at most {MAX_VALUES}: ask for a shorter range")
    return [e.t for e in measured], [float(e.measured[characteristic]) for e in measured]
