"""The MQTT contract as AsyncAPI 3.0, generated from the messages and the topic grammar themselves."""

from __future__ import annotations

from typing import Any

import msgspec

from andon_contracts import messages, topics
from andon_contracts.identity import LEVELS, MAX_PATH
from andon_contracts.messages import REVISION, VERSION

_LEVEL = "[a-z0-9-]{1,24}"
_DIRECTION = {"birth": "receive", "telemetry": "receive", "event": "receive", "reply": "receive"}

#: Channel to (what it is for, the messages on it).
_MACHINE: dict[str, tuple[str, tuple[type, ...]]] = {
    "birth": (
        "Retained. A machine announces itself with a birth; its will is a death with the same session.",
        (messages.Birth, messages.Death),
    ),
    "telemetry": ("Measured values, QoS 1. Shares its sequence numbers with events.", (messages.Telemetry,)),
    "event": (
        "What happened: states, operations, counts, alarms, gaps and voids, QoS 1.",
        (
            messages.StateChanged,
            messages.OperationStarted,
            messages.OperationFinished,
            messages.PiecesCounted,
            messages.AlarmRaised,
            messages.GapMarked,
            messages.Voided,
        ),
    ),
    "command": ("What the machine shall do, QoS 1; not after its expiry.", (messages.Command,)),
    "reply": ("The machine's answer to a command, QoS 1.", (messages.Reply,)),
    "watermark": (
        "Retained. What the journal may forget, and what it shall send again.",
        (messages.Watermark,),
    ),
}
_PLANT: dict[str, tuple[str, tuple[type, ...]]] = {
    "clock": (
        "Retained. The plant clock: wall time, plant time, pace by segment.",
        (messages.ClockMessage,),
    ),
    "layout": ("Retained. The plant's lines, stations, buffers and shifts.", (messages.LayoutMessage,)),
    "command": ("What the plant shall do: set-pace.", (messages.Command,)),
    "reply": ("The plant's answer.", (messages.Reply,)),
}


def document() -> dict[str, Any]:
    """The whole contract as one AsyncAPI 3.0 document (JSON-compatible)."""
    channels: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    used: list[type] = []
    owners = (
        ("machine", "/".join(f"{{{level}}}" for level in LEVELS), LEVELS, _MACHINE),
        ("plant", "{enterprise}", ("enterprise",), _PLANT),
    )
    for owner, address, levels, table in owners:
        for channel, (text, types) in table.items():
            name = f"{owner}-{channel}"
            used += [t for t in types if t not in used]
            channels[name] = {
                "address": f"{topics.PREFIX}/{address}/{channel}",
                "description": text,
                "messages": {t.__name__: {"$ref": f"#/components/messages/{t.__name__}"} for t in types},
                "parameters": {level: {"$ref": f"#/components/parameters/{level}"} for level in levels},
            }
            operations[f"{name}-operation"] = {
                # as the platform sees it: what devices write it receives, what they read it sends
                "action": "receive" if channel in _DIRECTION or (owner == "plant" and channel != "command") else "send",
                "channel": {"$ref": f"#/channels/{name}"},
                "bindings": {"mqtt": {"qos": 1, "retain": text.startswith("Retained")}},
            }
    (_, schemas) = msgspec.json.schema_components(used, ref_template="#/components/schemas/{name}")
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Andon over MQTT",
            "version": f"{VERSION}.{REVISION}.0",
            "description": (
                "Topics follow ISA-95. Times are microseconds since 1970-01-01 UTC; units are UCUM; every message "
                f"carries the version of its contract in `v`. A machine's path has at most {MAX_PATH} characters."
            ),
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": {
            "messages": {
                t.__name__: {
                    "name": t.__name__,
                    "contentType": "application/json",
                    "summary": (t.__doc__ or "").strip().splitlines()[0],
                    "payload": {"$ref": f"#/components/schemas/{t.__name__}"},
                }
                for t in used
            },
            "schemas": schemas,
            "parameters": {
                level: {"description": f"The {level} of ISA-95: {_LEVEL}, and not the name of a channel."}
                for level in LEVELS
            },
        },
    }
