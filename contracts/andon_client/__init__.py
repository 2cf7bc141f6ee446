"""A thin typed client of Andon's API, for apps and notebooks::

    with Andon("http://127.0.0.1:8080", token) as andon:
        for machine in andon.machines(state="down"):
            print(machine.name, machine.reason)
        pressure = andon.series("polaris/north/...", "hydraulic_pressure", start="-1h", points=500)

:class:`AsyncAndon` has the same calls as coroutines; ``live`` is the stream in both. Errors::

    AndonError                  the API did not answer, or not with what was asked (``status``, ``detail``)
"""

from andon_client.client import Andon, AsyncAndon
from andon_client.errors import AndonError
from andon_client.models import (
    CommandEntry,
    CommandResult,
    Counts,
    Happening,
    Interval,
    Machine,
    Plant,
    Product,
    ProductTable,
    Quarantined,
    Replayed,
    Series,
    Signal,
)
from andon_client.models_data import Catalogue, CatalogueEntry, Characteristic, HeldCount, Quality, ReplayRound

__all__ = [
    "Andon",
    "AndonError",
    "AsyncAndon",
    "Catalogue",
    "CatalogueEntry",
    "Characteristic",
    "CommandEntry",
    "CommandResult",
    "Counts",
    "Happening",
    "HeldCount",
    "Interval",
    "Machine",
    "Plant",
    "Product",
    "ProductTable",
    "Quality",
    "Quarantined",
    "ReplayRound",
    "Replayed",
    "Series",
    "Signal",
]
