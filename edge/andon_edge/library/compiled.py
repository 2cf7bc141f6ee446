"""A type's expressions as functions: checked against the names that the type defines, tried once at corners.

The names an expression may use, by position in ``CompiledType.names``: first :data:`BASE`, then the type's
parameters, conditions, faults (``-`` as ``_``) and the variables of its Python class.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from andon_edge.library.expressions import ExpressionError, compile_values
from andon_edge.library.hooks import Behaviour
from andon_edge.library.model import TypeModel

Values = Callable[..., tuple[float, ...]]
_WORD = re.compile(r"[A-Za-z_]\w*")

#: name -> meaning; the order is that of the arguments.
BASE: dict[str, str] = {
    "phase": "how far the operation is, 0 to 1 (0 when there is none)",
    "running": "1 while producing, else 0",
    "powered": "0 while it is repaired or out of shift, else 1",
    "load": "how hard it works: `load:` of the type while producing, else 0",
    "work": "how much work the product is, about 1",
    "made": "good units so far",
    "scrapped": "scrap so far",
    "buffer": "units in the buffer behind it",
    "elapsed": "seconds since the operation began",
    "ambient": "temperature of the hall, Cel",
    "air_pressure": "compressed air, bar",
    "water_temperature": "chilled water, Cel",
    "air_demand": "compressed air that all machines use now, m3/min",
    "cooling_demand": "heat that all machines give to the chilled water now, kW",
}
BASE_NAMES = tuple(BASE)


@dataclass(frozen=True, slots=True)
class CompiledType:
    """Functions of ``names`` by position; each returns a tuple in the order of the model's mapping."""

    names: tuple[str, ...]
    parameters: tuple[str, ...]
    conditions: tuple[str, ...]
    faults: tuple[str, ...]
    variables: tuple[str, ...]
    signals: Values
    growth: Values
    load: Values
    uses: Values
    scrap: Values
    measured: Values
    micro_stops: Values
    interlocks: Values
    behaviour: type[Behaviour] | None


class CompileProblem(ValueError):
    """An expression that does not work; ``key`` says where in the file it stands."""

    def __init__(self, key: tuple[str | int, ...], text: str) -> None:
        super().__init__(text)
        self.key = key
        self.text = text


def variable(title: str) -> str:
    """The name of a fault in expressions."""
    return title.replace("-", "_")


def compile_type(
    model: TypeModel, behaviour: type[Behaviour] | None, doubtful: Collection[str] = ()
) -> tuple[CompiledType | None, list[CompileProblem]]:
    """Compile all expressions; every one that fails is a problem, and then there is no type.

    ``doubtful`` names have a value that is not the file's: what depends on one is read and not tried.
    """
    problems: list[CompileProblem] = []
    faults = tuple(variable(f) for f in model.faults)
    variables = tuple(behaviour.variables) if behaviour else ()
    names: list[str] = list(BASE_NAMES)
    groups = (("parameters", model.parameters), ("wear", model.wear), ("faults", faults), ("variables", variables))
    for group, added in groups:
        for name in added:
            if name in names:
                problems.append(CompileProblem((group, name), f"{name!r} means something else already; rename it"))
            else:
                names.append(name)
    for name in model.signals:
        if name in names:
            problems.append(
                CompileProblem(("signals", name), f"signal {name!r} has the name of something else; rename it")
            )
    unsure = set(doubtful)
    corners = _corners(names, model, model.parameters)

    def build(where: Mapping[str, tuple[tuple[str | int, ...], str | float]], *, chained: bool = False) -> Values:
        good: dict[str, str | float] = {}
        for name, (key, text) in where.items():
            # a chained value is tried with those before it, as it will run, unless one of them is wrong
            before = {n: t for n, t in good.items() if n not in unsure} if chained else {}
            shaky = {n: 0.0 for n in good if n in unsure} if chained else {}
            try:
                function = compile_values(names, {**shaky, **before, name: text}, chained=chained)
                if unsure.intersection(_WORD.findall(str(text))) or (chained and name in unsure):
                    unsure.update([name] if chained else ())
                else:
                    _try(function, corners)
                good[name] = text
            except ExpressionError as error:
                problems.append(CompileProblem(key, str(error)))
                good[name] = 0.0
                unsure.update([name] if chained else ())
        return compile_values(names, good, chained=chained)

    micro = model.micro_stops
    compiled = CompiledType(
        names=tuple(names),
        parameters=tuple(model.parameters),
        conditions=tuple(model.wear),
        faults=faults,
        variables=variables,
        signals=build({n: (("signals", n, "value"), s.value) for n, s in model.signals.items()}, chained=True),
        growth=build({n: (("wear", n, "per_hour"), w.per_hour) for n, w in model.wear.items()}),
        load=build({"load": (("load",), model.load)}),
        uses=build({n: (("uses", n), e) for n, e in model.uses.items()}),
        scrap=build({"scrap": (("quality", "scrap"), model.quality.scrap)}),
        measured=build({n: (("quality", "measured", n, "value"), m.value) for n, m in model.quality.measured.items()}),
        micro_stops=build({"per_hour": (("micro_stops", "per_hour"), micro.per_hour)} if micro else {}),
        interlocks=build({f"when_{i}": (("interlocks", i, "when"), k.when) for i, k in enumerate(model.interlocks)}),
        behaviour=behaviour,
    )
    return (None if problems else compiled), problems


def fails_with(compiled: CompiledType, model: TypeModel, parameters: Mapping[str, float]) -> str:
    """Why the type's expressions do not work with a machine's own parameters, or ``""``."""
    c, corners = compiled, _corners(compiled.names, model, {**model.parameters, **parameters})
    for function in (c.load, c.signals, c.growth, c.uses, c.scrap, c.measured, c.micro_stops, c.interlocks):
        try:
            _try(function, corners)
        except ExpressionError as error:
            return str(error)
    return ""


def _corners(names: Collection[str], model: TypeModel, parameters: Mapping[str, float]) -> list[dict[str, float]]:
    usual = {"work": 1.0, "powered": 1.0, "ambient": 21.0, "air_pressure": 6.8, "water_temperature": 7.0}
    corners = []
    for phase, on, worn, fault in itertools.product((0.0, 0.5, 1.0), (0.0, 1.0), (0.0, 1.0), (0.0, 1.0)):
        now = dict.fromkeys(names, 0.0)
        now |= {**usual, **parameters}
        now |= {
            "phase": phase,
            "running": on,
            "load": on,
            "elapsed": phase * 60,
            "air_demand": 8 * on,
            "made": 100 * on,
        }
        now |= {name: worn * wear.limit for name, wear in model.wear.items()}
        now |= {variable(name): fault for name in model.faults}
        corners.append(now)
    return corners


def _try(function: Values, corners: list[dict[str, float]]) -> None:
    for now in corners:
        try:
            results = function(*now.values())
        except (ArithmeticError, ValueError, TypeError) as error:
            shown = ", ".join(f"{k}={v:g}" for k, v in now.items() if k in ("phase", "running"))
            raise ExpressionError(f"fails where {shown}: {error}") from error
        if any(isinstance(r, complex) or not math.isfinite(r) for r in results):
            raise ExpressionError("gives no finite number at phase 0, 0.5 or 1, new or worn")
