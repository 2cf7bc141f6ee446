"""Machine and plant files: read, checked and explained. What runs them is :mod:`andon_edge.simulation`."""

from andon_edge.library.load import fingerprint, load_library
from andon_edge.library.specs import (
    CassetteInstance,
    Library,
    MachineSpec,
    MachineType,
    PlantSpec,
    StationSpec,
    WorldSpec,
)

__all__ = [
    "CassetteInstance",
    "Library",
    "MachineSpec",
    "MachineType",
    "PlantSpec",
    "StationSpec",
    "WorldSpec",
    "fingerprint",
    "load_library",
]
