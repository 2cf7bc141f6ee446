"""Data enters here: decode, validate, quarantine, write, then acknowledge.

A caller needs three names::

    service = IngestService(IngestConfig(host=..., port=..., secrets_dir=...), store)
    await service.run(stop)                # until ``stop`` is set; or: async with service: ...
    await service.replay(id)               # in one process; from another: replay(store, id, machines)
    service.stats                          # figures, also as a prometheus collector
"""

from andon_platform.ingest.config import IngestConfig
from andon_platform.ingest.replay import ReplayResult, replay
from andon_platform.ingest.service import IngestService
from andon_platform.ingest.stats import IngestStats

__all__ = ["IngestConfig", "IngestService", "IngestStats", "ReplayResult", "replay"]
