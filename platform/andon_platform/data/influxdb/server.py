"""Talking to the server: onboarding, buckets, writing, asking. Blocking calls, made in threads by the store."""

from __future__ import annotations

import csv
import io
import math
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

import urllib3
from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.client.write_api import SYNCHRONOUS
from influxdb_client.domain.bucket_retention_rules import BucketRetentionRules
from influxdb_client.rest import ApiException

from andon_platform.data.errors import StoreError, StoreRefused, StoreUnavailable
from andon_platform.data.influxdb.shards import Shard, living, sizes

#: Answers that say "not now": the same call may succeed later.
_PASSING: Final = {401, 403, 404, 408, 429, 500, 502, 503, 504}

#: Raw shards are small, so that retention and the disk's limit give space back in small steps (seconds).
RAW_SHARD_S: Final = 6 * 3600
#: Another process may be setting the server up at this moment: so long (s) its token may take to be known.
SETTING_UP_S: Final = 10.0
_AGAIN_S: Final = 0.1
_UNKNOWN_TOKEN: Final = 401
#: How long (s) it is believed which shards there are.
LIVING_AGE_S: Final = 60.0


class Server:
    """One InfluxDB; ``token`` is the operator token, known before the server is."""

    def __init__(self, url: str, token: str, org: str, timeout_s: float) -> None:
        self.url, self.org = url, org
        self._token = token
        # the client is typed in part only: Any, so that its untyped methods may be called
        self._client: Any = InfluxDBClient(
            url=url, token=token, org=org, timeout=int(timeout_s * 1000), enable_gzip=False
        )
        self._write: Any = self._client.write_api(write_options=SYNCHRONOUS)
        self._query: Any = self._client.query_api()
        self.ids: dict[str, str] = {}
        self._living: list[Shard] = []
        self._living_read = -math.inf

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def trouble(self, error: Exception) -> StoreError:
        """What went wrong, in the store's words."""
        if isinstance(error, ApiException):
            text = f"InfluxDB at {self.url} answers {error.status}: {str(error.body)[:500]}"
            if error.status in (401, 403):
                text += " (the token in secrets is not this server's: was its data made by another set-up?)"
            if "no space left on device" in text:
                # seen with 2.9.1: its log's writer, and a shard that could not be opened, keep their first error
                text += " (make room on its disk, then restart InfluxDB: it does not write again by itself)"
            return StoreUnavailable(text) if error.status in _PASSING else StoreRefused(text)
        return StoreUnavailable(f"InfluxDB at {self.url} does not answer: {error}")

    def set_up(self, buckets: dict[str, int]) -> None:
        """Onboard where nobody has, and make what is missing of the buckets (name to retention in s, 0: for ever).

        Raises:
            StoreUnavailable: no answer, or a token that is not this server's.
        """
        try:
            known = {b.name: b for b in self._buckets(0.0 if self._onboard() else SETTING_UP_S)}
            for name, seconds in buckets.items():
                found = known.get(name)
                self.ids[name] = found.id if found else self._make(name, seconds)
        except (ApiException, urllib3.exceptions.HTTPError, OSError) as error:
            raise self.trouble(error) from error

    def _make(self, name: str, seconds: int) -> str:
        """The id of a new bucket; ingest and API start together, so another may make it at the same moment."""
        rules = [_rule(seconds, RAW_SHARD_S if name == "raw" else None)]
        buckets = self._client.buckets_api()
        try:
            return str(buckets.create_bucket(bucket_name=name, retention_rules=rules, org=self.org).id)
        except ApiException as error:
            made = buckets.find_bucket_by_name(name) if error.status == _CONFLICT else None
            if made is None:
                raise
            return str(made.id)

    def _buckets(self, patience_s: float) -> list[Any]:
        """All buckets; who was not the one to set up waits, since the token is the last thing that a set-up makes."""
        end = time.monotonic() + patience_s
        while True:
            try:
                return list(self._client.buckets_api().find_buckets(limit=100).buckets)
            except ApiException as error:
                if error.status != _UNKNOWN_TOKEN or time.monotonic() >= end:
                    raise
                time.sleep(_AGAIN_S)

    def _onboard(self) -> bool:
        """Whether it was us who set it up. It is asked first: a server logs a second set-up as an error."""
        body = {"username": "andon", "password": self._token, "org": self.org, "bucket": "state", "token": self._token}
        where = f"{self.url}/api/v2/setup"
        with urllib3.PoolManager() as pool:
            if _is_set_up(pool.request("GET", where)):
                return False
            answer = pool.request("POST", where, json={**body, "retentionPeriodSeconds": 0})
        # 422: somebody did it before; whether it was us shows in whether the token works, next
        if answer.status not in (201, 422):
            raise StoreUnavailable(f"InfluxDB at {self.url} refuses set-up with {answer.status}: {answer.data[:200]!r}")
        return bool(answer.status == 201)

    def retain(self, bucket: str, seconds: int) -> None:
        """Change how long a bucket keeps its points."""
        try:
            found = self._client.buckets_api().find_bucket_by_id(self.ids[bucket])
            found.retention_rules = [_rule(seconds, RAW_SHARD_S if bucket == "raw" else None)]
            self._client.buckets_api().update_bucket(found)
        except (ApiException, urllib3.exceptions.HTTPError, OSError) as error:
            raise self.trouble(error) from error

    def retention(self, bucket: str) -> int:
        """How long a bucket keeps its points now, in seconds; 0: for ever."""
        try:
            rules = self._client.buckets_api().find_bucket_by_id(self.ids[bucket]).retention_rules
            return int(rules[0].every_seconds) if rules else 0
        except (ApiException, urllib3.exceptions.HTTPError, OSError) as error:
            raise self.trouble(error) from error

    def delete(self, bucket: str, predicate: str) -> None:
        """Delete the points of all times that a predicate (of ours) selects."""
        try:
            self._client.delete_api().delete(
                "1970-01-01T00:00:00Z", "2200-01-01T00:00:00Z", predicate, bucket=bucket, org=self.org
            )
        except (ApiException, urllib3.exceptions.HTTPError, OSError) as error:
            raise self.trouble(error) from error

    def write(self, bucket: str, lines: str, precision: str = "us") -> None:
        """Write line protocol; when this returns the server has it in its write-ahead log."""
        try:
            self._write.write(bucket=bucket, org=self.org, record=lines.encode(), write_precision=precision)
        except (ApiException, urllib3.exceptions.HTTPError, OSError) as error:
            raise self.trouble(error) from error

    def ask(self, script: str) -> list[dict[str, str]]:
        """The rows of a Flux script, all tables after one another."""
        try:
            answer = self._query.query_raw(script, org=self.org, dialect=_DIALECT)
            text = answer.data.decode() if hasattr(answer, "data") else str(answer)
        except (ApiException, urllib3.exceptions.HTTPError, OSError) as error:
            raise self.trouble(error) from error
        return list(_rows(text))

    def shards(self, *, fresh: bool = False) -> list[Shard]:
        """The shards of all buckets with their bytes. Which there are is asked anew after a minute, or if ``fresh``;
        younger ones have higher numbers."""
        try:
            with urllib3.PoolManager(headers={"Authorization": f"Token {self._token}"}) as pool:
                found = sizes(pool.request("GET", f"{self.url}/metrics", timeout=10.0).data.decode())
                if fresh or time.monotonic() - self._living_read > LIVING_AGE_S:
                    answer = pool.request("GET", f"{self.url}/api/v2/backup/metadata", timeout=30.0)
                    if answer.status != 200:
                        raise StoreUnavailable(
                            f"InfluxDB at {self.url} does not say which shards it has: {answer.status}: "
                            f"{answer.data[:200]!r}"
                        )
                    self._living, self._living_read = living(answer.data), time.monotonic()
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise self.trouble(error) from error
        known = {shard.id for shard in self._living}
        newest = max(known, default=0)
        born = [Shard(id, "", 0, 0) for id in found if id > newest]
        return [replace(shard, bytes=found.get(shard.id, 0)) for shard in (*self._living, *born)]


#: What the server answers to a name that is taken.
_CONFLICT = 422
_DIALECT: dict[str, Any] = {"header": True, "delimiter": ",", "annotations": []}


def _is_set_up(answer: urllib3.BaseHTTPResponse) -> bool:
    """What ``GET /api/v2/setup`` says; an answer that says nothing of it leaves it to the attempt."""
    try:
        found = answer.json()
    except ValueError:
        return False
    return isinstance(found, dict) and found.get("allowed") is False


def _rule(seconds: int, shard: int | None) -> Any:
    make: Any = BucketRetentionRules
    return make(type="expire", every_seconds=seconds, shard_group_duration_seconds=shard)


def _rows(text: str) -> Iterator[dict[str, str]]:
    header: list[str] | None = None
    for row in csv.reader(io.StringIO(text, newline="")):
        if not row:
            header = None  # an empty line: the next table has other columns
        elif header is None:
            header = row
            if "error" in row[:2]:
                header = ["error", "reference"]
        else:
            found = dict(zip(header, row, strict=False))
            if "error" in found:
                raise StoreRefused(f"InfluxDB refuses the question: {found['error']}")
            yield found
