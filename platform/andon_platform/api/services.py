"""All that the routes need, built by ``bootstrap`` and handed to the application."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

from andon_security.audit import AuditLog
from andon_security.grants import BrokerAdmin
from starlette.requests import HTTPConnection

from andon_platform.alarms.book import AlarmBook
from andon_platform.analytics.detection.watch import Watch
from andon_platform.analytics.history import EventHistory
from andon_platform.analytics.spc.stored import StoredLimits
from andon_platform.api.access import Access
from andon_platform.api.answered import Answers
from andon_platform.api.attempts import Attempts
from andon_platform.api.completeness import Completeness
from andon_platform.api.edges import Edges
from andon_platform.api.flow import FlowMeter
from andon_platform.api.following import Following
from andon_platform.api.live.feed import MqttFeed
from andon_platform.api.live.hub import Hub
from andon_platform.api.ports import IngestControl
from andon_platform.api.refusals import Refusals
from andon_platform.api.replaying import Replaying
from andon_platform.commands.log import CommandLog
from andon_platform.commands.service import CommandService
from andon_platform.data.port import TelemetryStore
from andon_platform.people.desk import People
from andon_platform.registry.registry import Registry
from andon_platform.settings import PlatformSettings
from andon_platform.sharing.book import ProductBook


@dataclass
class Services:
    """One of each; ``now`` is the wall clock in microseconds UTC."""

    settings: PlatformSettings
    signing_key: bytes
    store: TelemetryStore
    history: EventHistory
    watch: Watch
    limits: StoredLimits
    alarms: AlarmBook
    products: ProductBook
    people: People
    registry: Registry
    hub: Hub
    feed: MqttFeed
    commands: CommandService
    command_log: CommandLog
    access: Access
    audit: AuditLog
    ingest: IngestControl
    broker_admin: BrokerAdmin
    refusals: Refusals
    attempts: Attempts = field(default_factory=Attempts)
    meter: FlowMeter = field(default_factory=FlowMeter)
    answers: Answers = field(default_factory=Answers)
    secure_cookie: bool = False
    now: Callable[[], int] = lambda: time.time_ns() // 1000

    def __post_init__(self) -> None:
        self.edges = Edges(self.now)
        self.completeness = Completeness(self.store, self.now)
        self.replaying = Replaying(self.store, self.ingest, self.audit, self.now)
        self.following = Following(self.hub.pulse, self.ingest, self.now)
        self.meter.others = lambda: {**self.hub.pulse.channels, "requests": self.answers.requests}

    @property
    def public_url(self) -> str:
        """What people open, without a slash at the end."""
        s = self.settings
        scheme = "https" if self.secure_cookie else "http"
        return (s.public_url or f"{scheme}://{_shown(s.bind)}:{s.public_port or s.listen_port}").rstrip("/")


def _shown(bind: str) -> str:
    return "localhost" if bind in ("", "127.0.0.1", "::1") else bind


def services_of(connection: HTTPConnection) -> Services:
    """The services of the application that answers this connection."""
    return cast(Services, connection.app.state.services)
