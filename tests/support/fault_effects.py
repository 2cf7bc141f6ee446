"""What each fault does to each shipped type, measured: the same life with the fault and without.

``PYTHONPATH=tests python -m support.fault_effects`` prints the table.
"""

from __future__ import annotations

import math
import re
import tempfile
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from statistics import NormalDist, fmean, pstdev

from andon_contracts.messages import OperationFinished, StateChanged, Telemetry
from andon_edge.library import Library, load_library
from andon_edge.library.compiled import variable
from andon_edge.simulation import build
from andon_edge.simulation.machine import Machine
from andon_edge.simulation.sampling import evaluate, fill
from support import simulated
from support.simulated import ROOT, SECOND, Driver

shipped = cache(simulated.shipped)

#: Plant seconds between two samples; plant hours that a machine is watched.
STEP_S, HOURS = 10.0, 2.5
#: Of middle age, so that what ages has a way to go. A compressor and a chiller work for the whole plant: what its
#: machines take in the midst of their work (m3/min, kW).
AGE, OLD, AIR, COOLING = 0.2, 0.9, 5.4, 36.0
SEED = 7
#: Plant hours for what shows at once.
SHORT = 0.7
#: A machine that a fault stops within this time is looked at from its first minute on.
SOON_S = 900.0
_WORD = re.compile(r"[a-z_]\w*")

Row = tuple[float, dict[str, float]]


@dataclass
class Life:
    """A machine's course while it produces. Times are plant seconds since the fault began, or would have."""

    samples: list[Row] = field(default_factory=list)
    measured: list[Row] = field(default_factory=list)
    scrap: list[tuple[float, float]] = field(default_factory=list)
    stops: list[float] = field(default_factory=list)
    failures: list[float] = field(default_factory=list)
    pieces: int = 0
    link_lost: bool = False


@dataclass(frozen=True)
class Effect:
    """``signals``: difference of means in standard deviations of the noise, until it fails; measured values too.

    ``spread``: the same for the standard deviation. ``scrap``: added probability. ``stops``: more short stops an hour.
    ``fails_min``: plant minutes until it fails, where it would not have. ``samples``: their share that comes. ``held``:
    the signal asked for keeps one value.
    """

    signals: dict[str, float]
    spread: dict[str, float]
    scrap: float
    stops: float
    pieces: int
    fails_min: float
    samples: float
    held: bool
    link_lost: bool

    def shown(self, names: Collection[str]) -> dict[str, float]:
        """Signals and measured values among these, the clearest first."""
        found = {n: v for n, v in self.signals.items() if n in names}
        return dict(sorted(found.items(), key=lambda pair: -abs(pair[1])))


@cache
def _library() -> Library:
    """A machine of each type, and one for each of its wears in which that is nearly worn out."""
    with tempfile.TemporaryDirectory() as folder:
        machines = Path(folder)
        (machines / "types").symlink_to(ROOT / "machines" / "types")
        for name, kind in shipped().types.items():
            for i, worn in enumerate(["", *kind.model.wear]):
                ages = ", ".join(f"{wear}: {OLD if wear == worn else AGE}" for wear in kind.model.wear)
                text = f"type: {name}\nline: lab/a/b/w{i}\nage: {{{ages}}}\n"
                (machines / f"w{i}").mkdir(exist_ok=True)
                (machines / f"w{i}" / f"{name}.yaml").write_text(text)
        library = load_library(machines, machines / "plants")
        assert library.problems == []
        return library


def alone(kind: str, seed: int = SEED, pace: float = 60.0, worn: int = 0) -> Driver:
    """A machine of the type by itself, named after it; ``worn``: which of its wears is old, from 1 on."""
    return Driver(build(_library().worlds[f"alone:lab/a/b/w{worn}/{kind}"], seed), pace)


@cache
def life(
    kind: str, fault: str = "", severity: float = 0.0, signal: str = "", hours: float = HOURS, worn: int = 0
) -> Life:
    """The same seed and the same moments, whatever the fault."""
    driver = alone(kind, SEED, STEP_S, worn)
    world, found = driver.world, Life()
    (machine,) = world._machines.values()
    world._engine.supply[3:5] = [AIR, COOLING]
    world.sample_every(SECOND, driver.wall)
    driver.run(600 / STEP_S)  # what lags has settled
    world.truth()
    begun = driver.wall
    if fault:
        answer = driver.command(kind, "inject-fault", fault=fault, severity=str(severity), signal=signal)
        assert answer.status == "done", answer
    for _ in range(round(hours * 3600 / STEP_S)):
        at, works = (driver.wall - begun) / SECOND * STEP_S, machine.s.state == "producing"
        for said in driver.run(1):
            if isinstance(said, Telemetry) and works:
                found.samples += [(at, s.values) for s in said.samples]
            elif isinstance(said, OperationFinished):
                found.pieces += 1
                found.measured.append((at, said.measured))
            elif isinstance(said, StateChanged) and said.state == "down":
                found.stops.append(at)
        found.failures += [at for told in world.truth() if told.kind == "failure"]
        found.link_lost |= world.link_down(machine.identity)
        if works:
            found.scrap.append((at, _scrap(machine, fill(machine, world._now, world._engine.supply))))
    return found


def _scrap(machine: Machine, env: list[float]) -> float:
    """The probability that what is made now is scrap: by chance, or measured beyond a limit."""
    good = 1.0 - min(1.0, evaluate(machine.compiled.scrap, env, (0.0,))[0])
    values = evaluate(machine.compiled.measured, env, ())
    for spec, value in zip(machine.model.quality.measured.values(), values, strict=True):
        low, high = spec.limits
        shape = NormalDist(value, spec.noise or 1e-9)
        good *= (1.0 if high is None else shape.cdf(high)) - (0.0 if low is None else shape.cdf(low))
    return 1.0 - good


def claimed(kind: str, fault: str) -> set[str]:
    """The signals and measured values in whose formulas the fault, what it ages, or its type's code stands."""
    return _following(kind, {variable(fault), shipped().types[kind].model.faults[fault].wear or ""})


def _following(kind: str, causes: set[str]) -> set[str]:
    found, model = shipped().types[kind], shipped().types[kind].model
    code = found.path.with_suffix(".py")
    if found.compiled.behaviour and causes & set(_WORD.findall(code.read_text())):
        causes |= set(found.compiled.behaviour.variables)
    shown = set()
    for name, signal in model.signals.items():
        if causes & set(_WORD.findall(str(signal.value))):
            causes.add(name)  # a later signal may follow it
            shown.add(name)
    return shown | {n for n, m in model.quality.measured.items() if causes & set(_WORD.findall(str(m.value)))}


def wear_shows(kind: str, wear: str) -> dict[str, float]:
    """What follows a wear, nearly worn out against of middle age, in standard deviations of the noise."""
    number = 1 + list(shipped().types[kind].model.wear).index(wear)
    one, other = life(kind, hours=SHORT), life(kind, hours=SHORT, worn=number)
    return {
        n: v for n, v in _between(kind, one, other, 0.0, SHORT * 3600, fmean).items() if n in _following(kind, {wear})
    }


def calmest(kind: str) -> str:
    """The signal that moves least beyond its noise: where a sensor's fault cannot hide in what the machine does."""
    rows = life(kind, hours=SHORT).samples
    noise = {name: s.noise for name, s in shipped().types[kind].model.signals.items() if s.noise}
    return min(noise, key=lambda name: pstdev(values[name] for _, values in rows) / noise[name])


def _between(
    kind: str, one: Life, other: Life, since: float, until: float, figure: Callable[[list[float]], float]
) -> dict[str, float]:
    """The difference of a figure over the samples and measured values of that time, in deviations of the noise."""
    model = shipped().types[kind].model
    found: dict[str, float] = {}
    noises = {
        **{n: s.noise for n, s in model.signals.items()},
        **{n: m.noise for n, m in model.quality.measured.items()},
    }
    for name, noise in noises.items():
        a, b = (
            [values[name] for at, values in [*of.samples, *of.measured] if since <= at < until and name in values]
            for of in (one, other)
        )
        if a and b:
            found[name] = (figure(b) - figure(a)) / (noise or 1.0)
    return found


def effect(kind: str, fault: str, severity: float, signal: str = "", hours: float = HOURS) -> Effect:
    """What the fault changes."""
    one, other = life(kind, hours=hours), life(kind, fault, severity, signal, hours)
    end = min(other.failures, default=math.inf)
    until = min(end, hours * 3600)
    since = until / 2 if until > SOON_S else 60.0  # once it has grown
    scrap = [[p for at, p in of.scrap if since <= at < until] for of in (one, other)]
    means = _between(kind, one, other, since, until, fmean)
    return Effect(
        signals=means,
        spread=_between(kind, one, other, since, until, pstdev),
        scrap=fmean(scrap[1]) - fmean(scrap[0]) if all(scrap) else 0.0,
        stops=(len(other.stops) - len(one.stops)) / hours,
        pieces=other.pieces - one.pieces,
        fails_min=end / 60 if min(one.failures, default=math.inf) > end else math.inf,
        samples=len(other.samples) / len(one.samples),
        held=bool(signal) and len({values.get(signal) for _, values in other.samples}) == 1,
        link_lost=other.link_lost,
    )


def table() -> None:
    """All faults of the types' own, at half and at full severity."""
    print(f"{'type':22} {'fault':17} sev   fails pieces stops/h  scrap  what its formulas name, in sigma")
    for kind, found in sorted(shipped().types.items()):
        for fault in found.model.faults:
            for severity in (0.5, 1.0):
                e = effect(kind, fault, severity)
                seen = ", ".join(f"{name} {value:+.1f}" for name, value in e.shown(claimed(kind, fault)).items())
                fails = "-" if math.isinf(e.fails_min) else f"{e.fails_min:.0f} min"
                figures = f"{severity:3} {fails:>7} {e.pieces:+6d} {e.stops:+7.1f} {e.scrap:+6.3f}"
                print(f"{kind:22} {fault:17} {figures}  {seen}")


if __name__ == "__main__":
    table()
