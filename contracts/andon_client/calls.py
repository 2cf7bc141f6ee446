"""Every request that the clients know, described once: what may be asked, where it goes, what the answer is read as.

:class:`~andon_client.client.Andon` and :class:`~andon_client.client.AsyncAndon` have each of these as a method.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Generic, TypeVar

import httpx
import msgspec

from andon_client import models, models_data
from andon_client.errors import AndonError

T = TypeVar("T")
Parameter = tuple[str, str | int | float]
Moment = str | int
"""Microseconds UTC, ISO 8601, ``now``, or relative: ``-1h``."""


def _itself(answer: Any) -> Any:
    return answer


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One request; its answer is decoded as ``shape``, of which ``pick`` takes what the caller gets."""

    method: str
    path: str
    shape: type[Any]
    params: tuple[Parameter, ...] = ()
    body: dict[str, Any] | None = None
    pick: Callable[[Any], T] = _itself

    def read(self, response: httpx.Response) -> T:
        """The answer. Raises :class:`AndonError`."""
        if response.is_success:
            try:
                return self.pick(msgspec.json.decode(response.content, type=self.shape))
            except msgspec.MsgspecError as error:
                raise AndonError(response.status_code, f"{self.path}: not what this client knows: {error}") from error
        problem: dict[str, Any] = {}
        if response.headers.get("content-type", "").startswith("application/problem+json"):
            with suppress(ValueError):  # cut off on its way
                problem = response.json()
        raise AndonError(response.status_code, problem.get("detail") or response.text[:200], problem)


def _given(**params: str | int | float | None) -> tuple[Parameter, ...]:
    return tuple((name, value) for name, value in params.items() if value is not None)


def _each(name: str, values: str | Sequence[str]) -> tuple[Parameter, ...]:
    return tuple((name, value) for value in ([values] if isinstance(values, str) else values))


def machines(
    *, type: str | None = None, place: str | None = None, state: str | None = None, q: str | None = None
) -> Call[list[models.Machine]]:
    """Machines that fit; all without arguments."""
    params = _given(type=type, place=place, state=state, q=q)
    return Call("GET", "/machines", models.Machines, params, pick=attrgetter("machines"))


def machine(path: str) -> Call[models.Machine]:
    """One machine, with signals, operations and commands."""
    return Call("GET", f"/machines/{path}", models.Machine)


def series(
    machine: str | Sequence[str],
    signal: str | Sequence[str],
    *,
    start: Moment = "-1h",
    stop: Moment = "now",
    every: str | int | None = None,
    agg: str = "mean",
    points: int | None = None,
    spread: bool = False,
) -> Call[list[models.Series]]:
    """Values over time; machines and signals are paired, or one of them stands for all. ``spread``: each bucket's
    lowest and highest value as well."""
    params = _each("machine", machine) + _each("signal", signal)
    params += _given(start=start, stop=stop, every=every, agg=agg, points=points, spread="true" if spread else None)
    return Call("GET", "/series", models.SeriesList, params, pick=attrgetter("series"))


def signals(machine: str | Sequence[str] = (), *, q: str | None = None) -> Call[list[models.Signal]]:
    """Signals with units and ranges, of some machines or of all; ``q``: words in name, title, unit or description."""
    params = _each("machine", machine) + _given(q=q)
    return Call("GET", "/signals", models.Signals, params, pick=attrgetter("signals"))


def history(machine: str, *, limit: int = 200) -> Call[list[models.Happening]]:
    """A machine's births, deaths, silences and returns, newest first."""
    return Call("GET", f"/machines/{machine}/history", models.History, _given(limit=limit), pick=attrgetter("history"))


def latest(machine: str | Sequence[str] = ()) -> Call[dict[str, dict[str, models.Value]]]:
    """Machine to signal to the newest value; of some machines, or of all."""
    return Call("GET", "/latest", models.Latest, _each("machine", machine), pick=attrgetter("latest"))


def events(
    machine: str | None = None,
    *,
    kinds: Sequence[str] = (),
    start: Moment = "-1h",
    stop: Moment = "now",
    limit: int = 1000,
) -> Call[list[dict[str, Any]]]:
    """Events as on the wire, oldest first."""
    params = _each("kind", kinds) + _given(machine=machine, start=start, stop=stop, limit=limit)
    return Call("GET", "/events", models.Events, params, pick=attrgetter("events"))


def counts(
    machine: str | Sequence[str] = (),
    *,
    place: str | Sequence[str] = (),
    start: Moment = "-1h",
    stop: Moment = "now",
) -> Call[models.Counts]:
    """Pieces good and scrap, summed per machine: of machines, of places (a plant, a line), or of all."""
    params = _each("machine", machine) + _each("place", place) + _given(start=start, stop=stop)
    return Call("GET", "/counts", models.Counts, params)


def states(
    machine: str | Sequence[str] = (), *, start: Moment = "-1h", stop: Moment = "now"
) -> Call[list[models.Interval]]:
    """States as intervals, of some machines or of all."""
    params = _each("machine", machine) + _given(start=start, stop=stop)
    return Call("GET", "/states", models.Intervals, params, pick=attrgetter("states"))


def plants() -> Call[list[models.Plant]]:
    """Plants with layout and clock."""
    return Call("GET", "/plants", models.Plants, pick=attrgetter("plants"))


def command(machine: str, command: str, **arguments: Any) -> Call[models.CommandResult]:
    """Give a command and wait for the machine's answer."""
    body = {"command": command, "arguments": arguments}
    return Call("POST", f"/machines/{machine}/commands", models.CommandResult, body=body)


def set_pace(enterprise: str, pace: float) -> Call[models.CommandResult]:
    """Set a plant's pace."""
    return Call("POST", f"/plants/{enterprise}/pace", models.CommandResult, body={"pace": pace})


def commands(
    owner: str | None = None, *, limit: int = 100, before: int | None = None
) -> Call[list[models.CommandEntry]]:
    """Commands that were given, with their answers, newest first; of a machine or a plant, or of all."""
    params = _given(owner=owner, limit=limit, before=before)
    return Call("GET", "/commands", models.Commands, params, pick=attrgetter("commands"))


def catalogue(*, place: str | None = None, text: str | None = None) -> Call[models_data.Catalogue]:
    """Every signal there is, and how complete it was over the last day; below a place, or with words in it."""
    return Call("GET", "/catalogue", models_data.Catalogue, _given(place=place, text=text))


def quality(
    machine: str, *, start: Moment = "-1h", stop: Moment = "now", within: str | None = None
) -> Call[models_data.Quality]:
    """How complete, timely, valid and alive each signal of a machine is. ``within``: what is timely, as ``5s``."""
    return Call("GET", "/quality", models_data.Quality, _given(machine=machine, start=start, stop=stop, within=within))


def quarantine(
    *,
    limit: int = 100,
    before: str | int | None = None,
    reason: str | None = None,
    machine: str | None = None,
    start: Moment | None = None,
    stop: Moment | None = None,
) -> Call[models.QuarantinePage]:
    """A page of what could not be trusted, newest first; its ``next`` is the ``before`` of the page after it.
    ``machine``: of a machine or of all below a place; ``start`` and ``stop``: received in this time."""
    params = _given(limit=limit, before=before, reason=reason, machine=machine, start=start, stop=stop)
    return Call("GET", "/quarantine", models.QuarantinePage, params)


def replay(id: str) -> Call[models.Replayed]:
    """Judge a quarantined message again: if it is sound now, it is stored under its first identity."""
    return Call("POST", f"/quarantine/{id}/replay", models.Replayed)


def quarantine_count(
    *,
    reason: str | None = None,
    machine: str | None = None,
    start: Moment | None = None,
    stop: Moment | None = None,
) -> Call[models_data.HeldCount]:
    """How many quarantined messages match, and how many of them :func:`replay_many` would judge again."""
    params = _given(reason=reason, machine=machine, start=start, stop=stop)
    return Call("GET", "/quarantine/count", models_data.HeldCount, params)


def replay_many(
    *,
    reason: str | None = None,
    machine: str | None = None,
    start: Moment | None = None,
    stop: Moment | None = None,
) -> Call[models_data.ReplayRound]:
    """Judge all messages that match again, in the background; :func:`replay_round` says how far that has come."""
    body = dict(_given(reason=reason, machine=machine, start=start, stop=stop))
    return Call("POST", "/quarantine/replays", models_data.ReplayRound, body={k: str(v) for k, v in body.items()})


def replay_round(id: str) -> Call[models_data.ReplayRound]:
    """A replay of many: how far it has come, or what came of it."""
    return Call("GET", f"/quarantine/replays/{id}", models_data.ReplayRound)


def stop_replay(id: str) -> Call[models_data.ReplayRound]:
    """End a replay of many; what was not judged yet waits in quarantine as before."""
    return Call("DELETE", f"/quarantine/replays/{id}", models_data.ReplayRound)


def products() -> Call[list[models.Product]]:
    """Data products: one's own, and those that were granted."""
    return Call("GET", "/products", models.Products, pick=attrgetter("products"))


def product(id: str) -> Call[models.Product]:
    """One data product, ``owner/name``: what it holds, under which licence."""
    return Call("GET", f"/products/{id}", models.Product)


def product_data(
    id: str, *, start: Moment | None = None, stop: Moment = "now", rows: int | None = None
) -> Call[models.ProductTable]:
    """Its rows, as many as one answer holds; without ``start`` the newest."""
    return Call("GET", f"/products/{id}/data", models.ProductTable, _given(start=start, stop=stop, rows=rows))


def cord_calls(
    machine: str | Sequence[str] = (), *, place: str | None = None, state: str = "open"
) -> Call[list[models.CordCall]]:
    """Calls for help that are not resolved yet, newest first; with ``state="all"`` those of the last day."""
    params = _each("machine", machine) + _given(place=place, state=state)
    return Call("GET", "/station/calls", models.CordCalls, params, pick=attrgetter("calls"))


def pull_cord(machine: str, kind: str, text: str = "", *, name: str = "") -> Call[models.CordCall]:
    """Call for help at a machine: ``material``, ``quality``, ``maintenance`` or ``safety``."""
    body = {"machine": machine, "kind": kind, "text": text, "name": name}
    return Call("POST", "/station/calls", models.CordCall, body=body)


def labour(place: str, *, start: Moment = "-8h", stop: Moment = "now") -> Call[models.Labour]:
    """Labour hours at a machine, a line or a plant, and hours a good piece."""
    return Call("GET", "/labour", models.Labour, _given(place=place, start=start, stop=stop))


def get(path: str, **params: str | int | float | Sequence[str] | None) -> Call[dict[str, Any]]:
    """Any other question below ``/api/v1``; a list becomes a repeated parameter."""
    given: tuple[Parameter, ...] = ()
    for name, value in params.items():
        more = _given(**{name: value}) if isinstance(value, (int, float)) or value is None else _each(name, value)
        given += more
    return Call("GET", path, dict[str, Any], given)


def post(path: str, body: dict[str, Any]) -> Call[dict[str, Any]]:
    """Any other request below ``/api/v1``."""
    return Call("POST", path, dict[str, Any], body=body)


def live(
    machine: Sequence[str], signal: Sequence[str], kinds: Sequence[str], max_hz: float | None, after: Sequence[str]
) -> Call[None]:
    """The live stream as server-sent events, which goes on and on."""
    params = _each("machine", machine) + _each("signal", signal) + _each("kinds", kinds) + _each("after", after)
    return Call("GET", "/live/sse", type(None), params + _given(max_hz=max_hz))
