"""The two clients: the same calls, blocking and as coroutines."""

from __future__ import annotations

import functools
import json
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from types import TracebackType
from typing import Any, Concatenate, ParamSpec, TypedDict, TypeVar

import httpx

from andon_client import calls
from andon_client.errors import AndonError

T = TypeVar("T")
P = ParamSpec("P")
_TIMEOUT_S = 20.0
"""A command may take ten seconds to be answered."""
_STREAM = httpx.Timeout(_TIMEOUT_S, read=60.0)
"""A quiet stream says every quarter of a minute that it is still there."""


class _Options(TypedDict):
    base_url: str
    headers: dict[str, str]
    timeout: float
    verify: str | bool


def _options(url: str, token: str | None, verify: str | bool) -> _Options:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return {"base_url": f"{url.rstrip('/')}/api/v1", "headers": headers, "timeout": _TIMEOUT_S, "verify": verify}


def _blocking(make: Callable[P, calls.Call[T]]) -> Callable[Concatenate[Andon, P], T]:
    """A method that asks and waits."""

    @functools.wraps(make)
    def method(self: Andon, /, *args: P.args, **params: P.kwargs) -> T:
        return self._do(make(*args, **params))

    return method


def _awaited(make: Callable[P, calls.Call[T]]) -> Callable[Concatenate[AsyncAndon, P], Coroutine[Any, Any, T]]:
    """A method that is awaited."""

    @functools.wraps(make)
    async def method(self: AsyncAndon, /, *args: P.args, **params: P.kwargs) -> T:
        return await self._do(make(*args, **params))

    return method


class Andon:
    """Blocking, for notebooks and scripts. ``verify`` is the authority's certificate where TLS is on."""

    def __init__(self, url: str, token: str | None = None, *, verify: str | bool = True) -> None:
        self._http = httpx.Client(**_options(url, token, verify))

    def __enter__(self) -> Andon:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _do(self, call: calls.Call[T]) -> T:
        try:
            response = self._http.request(call.method, call.path, params=call.params, json=call.body)
        except httpx.HTTPError as error:
            raise AndonError(0, f"no answer from {self._http.base_url}: {error!r}") from error
        return call.read(response)

    machines = _blocking(calls.machines)
    machine = _blocking(calls.machine)
    signals = _blocking(calls.signals)
    history = _blocking(calls.history)
    series = _blocking(calls.series)
    latest = _blocking(calls.latest)
    events = _blocking(calls.events)
    counts = _blocking(calls.counts)
    states = _blocking(calls.states)
    plants = _blocking(calls.plants)
    command = _blocking(calls.command)
    set_pace = _blocking(calls.set_pace)
    commands = _blocking(calls.commands)
    catalogue = _blocking(calls.catalogue)
    quality = _blocking(calls.quality)
    quarantine = _blocking(calls.quarantine)
    replay = _blocking(calls.replay)
    quarantine_count = _blocking(calls.quarantine_count)
    replay_many = _blocking(calls.replay_many)
    replay_round = _blocking(calls.replay_round)
    stop_replay = _blocking(calls.stop_replay)
    products = _blocking(calls.products)
    product = _blocking(calls.product)
    product_data = _blocking(calls.product_data)
    cord_calls = _blocking(calls.cord_calls)
    pull_cord = _blocking(calls.pull_cord)
    labour = _blocking(calls.labour)
    get = _blocking(calls.get)
    post = _blocking(calls.post)

    def live(
        self,
        *,
        machine: Sequence[str] = (),
        signal: Sequence[str] = (),
        kinds: Sequence[str] = (),
        max_hz: float | None = None,
        after: Sequence[str] = (),
    ) -> Iterator[dict[str, Any]]:
        """See :meth:`AsyncAndon.live`."""
        call = calls.live(machine, signal, kinds, max_hz, after)
        try:
            with self._http.stream(call.method, call.path, params=call.params, timeout=_STREAM) as response:
                if not response.is_success:
                    response.read()
                    call.read(response)
                for line in response.iter_lines():
                    if line.startswith("data: "):
                        yield json.loads(line[6:])
        except httpx.HTTPError as error:
            raise AndonError(0, f"the live stream broke: {error!r}") from error


class AsyncAndon:
    """The same as coroutines, for apps."""

    def __init__(self, url: str, token: str | None = None, *, verify: str | bool = True) -> None:
        self._http = httpx.AsyncClient(**_options(url, token, verify))

    async def __aenter__(self) -> AsyncAndon:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _do(self, call: calls.Call[T]) -> T:
        try:
            response = await self._http.request(call.method, call.path, params=call.params, json=call.body)
        except httpx.HTTPError as error:
            raise AndonError(0, f"no answer from {self._http.base_url}: {error!r}") from error
        return call.read(response)

    machines = _awaited(calls.machines)
    machine = _awaited(calls.machine)
    signals = _awaited(calls.signals)
    history = _awaited(calls.history)
    series = _awaited(calls.series)
    latest = _awaited(calls.latest)
    events = _awaited(calls.events)
    counts = _awaited(calls.counts)
    states = _awaited(calls.states)
    plants = _awaited(calls.plants)
    command = _awaited(calls.command)
    set_pace = _awaited(calls.set_pace)
    commands = _awaited(calls.commands)
    catalogue = _awaited(calls.catalogue)
    quality = _awaited(calls.quality)
    quarantine = _awaited(calls.quarantine)
    replay = _awaited(calls.replay)
    quarantine_count = _awaited(calls.quarantine_count)
    replay_many = _awaited(calls.replay_many)
    replay_round = _awaited(calls.replay_round)
    stop_replay = _awaited(calls.stop_replay)
    products = _awaited(calls.products)
    product = _awaited(calls.product)
    product_data = _awaited(calls.product_data)
    cord_calls = _awaited(calls.cord_calls)
    pull_cord = _awaited(calls.pull_cord)
    labour = _awaited(calls.labour)
    get = _awaited(calls.get)
    post = _awaited(calls.post)

    async def live(
        self,
        *,
        machine: Sequence[str] = (),
        signal: Sequence[str] = (),
        kinds: Sequence[str] = (),
        max_hz: float | None = None,
        after: Sequence[str] = (),
    ) -> AsyncIterator[dict[str, Any]]:
        """Frames of the live stream (server-sent events), until it is left or the API stops. ``after``: the last
        messages seen, ``machine:epoch:seq``; what came after them comes first, and a frame of type ``gap`` says what
        is not to be had."""
        call = calls.live(machine, signal, kinds, max_hz, after)
        try:
            async with self._http.stream(call.method, call.path, params=call.params, timeout=_STREAM) as response:
                if not response.is_success:
                    await response.aread()
                    call.read(response)
                async for line in response.aiter_lines():
                    if line.startswith("data: "):
                        yield json.loads(line[6:])
        except httpx.HTTPError as error:
            raise AndonError(0, f"the live stream broke: {error!r}") from error
