"""What the data takes on the disk, by shard: the unit in which the server deletes.

The server's metrics know the bytes of each shard, and keep those of deleted shards until it is started again. Which
shards there are, and of which times, stands in the metadata that it gives for a backup.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

_SIZES: Final = re.compile(r'^storage_shard_disk_size\{[^}]*[{,]id="(\d+)"[^}]*\} ([0-9.e+]+)$', re.MULTILINE)
_BUCKETS: Final = b'name="buckets"'


@dataclass(frozen=True, slots=True)
class Shard:
    """A shard of a bucket (by its name): the times [start, stop) in microseconds, and its bytes."""

    id: int
    bucket: str
    start: int
    stop: int
    bytes: int = 0


def sizes(metrics: str) -> dict[int, int]:
    """Bytes by shard, deleted ones too."""
    return {int(shard): int(float(size)) for shard, size in _SIZES.findall(metrics)}


def living(metadata: bytes) -> list[Shard]:
    """The shards that there are, from the metadata of a backup (several parts, of which one is JSON).

    Raises:
        ValueError: it has no such part.
    """
    _, found, rest = metadata.partition(_BUCKETS)
    if not found:
        raise ValueError("the metadata of a backup names no buckets")
    buckets, _ = json.JSONDecoder().raw_decode(rest.partition(b"\r\n\r\n")[2].decode(errors="replace"))
    return [
        Shard(shard["id"], bucket["bucketName"], _us(group["startTime"]), _us(group["endTime"]))
        for bucket in buckets
        for policy in bucket["retentionPolicies"]
        for group in policy["shardGroups"] or ()
        if "deletedAt" not in group
        for shard in group["shards"] or ()
    ]


def _us(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp()) * 1_000_000
