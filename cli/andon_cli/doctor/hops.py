"""The hops that are the same wherever the stack runs: the broker's door, and all that the API can be asked."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
from andon_security.mqtt import tls_context

from andon_cli.doctor.edges import edges
from andon_cli.doctor.finding import Finding, Place

_STALE_S = 10.0
#: Clocks of one plant agree better than this.
_AHEAD_S = 5.0
_LATELY_S = 60.0
_NAMED = 4


def broker(kind: str, host: str, port: int, secrets: Path, place: Place) -> Finding:
    """Whether the broker answers, and with a certificate of our own authority."""
    where, hop = f"{host}:{port}", "machine → broker"
    try:
        with (
            socket.create_connection((host, port), timeout=5) as plain,
            tls_context(secrets).wrap_socket(plain, server_hostname=host) as secure,
        ):
            return Finding(hop, True, f"{kind} on {where}, {secure.version()}")
    except ConnectionRefusedError:
        return Finding(
            hop, False, f"nothing listens on {where}", f"the broker does not run: {place.look('broker')}", follows=True
        )
    except TimeoutError:
        text = "the broker is there and stands still: is its process suspended, is the computer overloaded?"
        return Finding(hop, False, f"{where} takes connections and does not answer", text, follows=True)
    except ssl.SSLError as error:
        text = (
            "it is another program, or its certificate is not of our authority: restart, so that missing ones are made"
        )
        return Finding(hop, False, f"{where}: {error}", text)
    except OSError as error:
        return Finding(hop, False, f"{where}: {error}", place.look("broker"))


def through_the_api(
    client: httpx.Client,
    place: Place,
    now: Callable[[], float] = time.time,
    *,
    connected: int = 0,
    edge: str = "",
) -> Iterator[Finding]:
    """What the API says of store, ingest, machines and the live stream; ``client`` has its address and a token.

    ``connected``: for how many machines the edge says that the broker took their connection, where it can be asked;
    ``edge``: how it is, where it can be asked; else what edges told the platform is said.
    """
    try:
        ready = client.get("/api/v1/ready")
    except httpx.HTTPError as error:
        yield Finding("API", False, f"{client.base_url} does not answer: {error}", place.look(place.api), follows=True)
        return
    yield _readiness(ready.json(), ready.status_code == 200, place)
    asked = {name: _ask(client, name) for name in ("flow", "machines", "latest", "quarantine?limit=1")}
    refused = [f"{name.partition('?')[0]}: {text}" for name, text in asked.items() if isinstance(text, str)]
    if refused:
        yield Finding("API", False, "; ".join(refused)[:300], place.look(place.api))
    flow, machines, latest, quarantine = (found if isinstance(found, dict) else None for found in asked.values())
    told = flow.get("edges", []) if flow is not None and not edge else []
    yield from edges(told, place, now())
    if flow is not None:
        yield _flow(flow, place)
        yield from _partition(flow)
    if quarantine is not None:
        yield _quarantine(quarantine["messages"], now())
    if machines is not None:
        # a broker that the API does not reach stands still: it has refused nothing, whatever the edge holds open
        taken = connected if ready.json().get("broker") else 0
        yield _registry(machines["machines"], taken, edge or place.look("edge"))
    if latest is not None:
        yield _live(latest["latest"], now())
    yield _pages(client, place)


def _ask(client: httpx.Client, what: str) -> dict[str, Any] | str:
    try:
        answer = client.get(f"/api/v1/{what}")
        if answer.status_code != 200:
            return f"{answer.status_code} {answer.text[:120]}"
        found: dict[str, Any] = answer.json()
        return found
    except (httpx.HTTPError, ValueError) as error:
        return str(error)


def _readiness(found: dict[str, Any], well: bool, place: Place) -> Finding:
    parts = [name for name in ("broker", "store", "registry", "ingest") if not found.get(name)]
    if well:
        return Finding("store and API", True, "the API reaches broker, store, registry and ingest")
    process = next((p for p in ("broker", "store", "ingest") if p in parts), place.api)
    process = {"ingest": place.ingest}.get(process, process)
    seen = str(found.get("detail") or f"no {', '.join(parts)}")
    return Finding("store and API", False, seen, place.look(process), follows=True)


def _flow(flow: dict[str, Any], place: Place) -> Finding:
    stored, rate = flow.get("stored", 0), flow.get("messages_per_s", 0.0)
    remedy = (
        "nothing reaches ingest now. If machines are connected and hold messages back, the broker drops what they "
        f"publish (its permissions), or ingest stands still: {place.look(place.ingest)}"
    )
    well = stored > 0 and rate > 0
    return Finding(
        "broker → ingest → store", well, f"{stored:,} stored, {rate:,.0f}/s now", "" if well else remedy, follows=True
    )


def _partition(flow: dict[str, Any]) -> Iterator[Finding]:
    """How lines are dealt out, where there is more than one ingest or something wrong with it."""
    faults, ingests = flow.get("partition", []), flow.get("ingests", [])
    if faults:
        yield Finding("lines of each ingest", False, "; ".join(faults), "set them right, and start those ingests again")
    elif len(ingests) > 1:
        lines = ("1 line" if len(i["lines"]) == 1 else f"{len(i['lines'])} lines" for i in ingests)
        each = (f"{i['id']}: {n}, {i['state']}" for i, n in zip(ingests, lines, strict=True))
        yield Finding("lines of each ingest", True, "; ".join(each))


#: What brings messages with this reason into quarantine, and what to do.
_REMEDIES = {
    "future": "that machine's clock is ahead: set the clock where its edge runs",
    "too-old": "that machine's clock is far behind, or its journal very old: set the clock where its edge runs",
    "unknown-machine": "no birth message of it was seen: restart its edge, so that it announces itself again",
}


def _quarantine(newest: list[dict[str, Any]], now: float) -> Finding:
    if not newest:
        return Finding("quarantine", True, "empty")
    last = newest[0]
    age = now - last["received"] / 1e6
    seen = f"the last came {_ago(age)}: {last['reason']} ({last['detail']}) on {last['topic']}"
    well = age > _LATELY_S
    remedy = _REMEDIES.get(
        last["reason"], "what cannot be trusted is kept there: look at it on the console's data page"
    )
    return Finding("quarantine", well, seen, "" if well else remedy)


def _registry(machines: list[dict[str, Any]], connected: int, edge: str) -> Finding:
    away = [str(m["name"]) for m in machines if not m["online"]]
    seen = f"{len(machines) - len(away)} of {len(machines)} machines are online"
    if away:
        seen += f"; not: {', '.join(away[:_NAMED])}" + (f" and {len(away) - _NAMED} more" if len(away) > _NAMED else "")
    online = len(machines) - len(away)
    if online < connected:
        seen += f", although the edge is connected for {connected}"
        remedy = (
            "the broker drops what these publish: its permissions do not know them. It makes its users anew when it "
            "starts without them: remove dynamic-security.json or users.conf from the broker's secrets, and start again"
        )
        return Finding("registry", False, seen, remedy)
    # one machine that is away is no broken hop: somebody may have switched it off
    remedy = f"no machine has announced itself; {edge}"
    return Finding("registry", online > 0, seen, "" if online else remedy, follows=True)


def _live(latest: dict[str, dict[str, dict[str, Any]]], now: float) -> Finding:
    newest = {machine: max(v["t"] for v in signals.values()) / 1e6 for machine, signals in latest.items() if signals}
    if not newest:
        return Finding("live stream", False, "no value has come yet", "look at the hops above", follows=True)
    machine, t = max(newest.items(), key=lambda row: row[1])
    if t - now > _AHEAD_S:
        seen = f"the newest value, of {machine}, is {t - now:.0f} s ahead of this computer's clock"
        return Finding("live stream", False, seen, "set the clocks: that of the edge's computer and this one's differ")
    well = now - t < _STALE_S
    remedy = "nothing new comes from the broker, or the edge's clock is behind this one's: look at the hops above"
    seen = f"the newest value is {max(0.0, now - t):.1f} s old"
    return Finding("live stream", well, seen, "" if well else remedy, follows=True)


def _pages(client: httpx.Client, place: Place) -> Finding:
    """Asked with a token, so that the answer is the pages' process's and not the API's own."""
    try:
        status = client.get("/", headers={"Accept": "text/html"}).status_code
    except httpx.HTTPError as error:
        return Finding("pages", False, f"no answer: {error}", place.look("apps"))
    well = status == 200
    return Finding(
        "pages", well, "the console answers" if well else f"status {status}", "" if well else place.look("apps")
    )


def _ago(seconds: float) -> str:
    return f"{seconds:.0f} s ago" if seconds < 120 else f"{seconds / 60:.0f} min ago"
