"""Machines that work, wear and fail: physics, faults and the flow of units, as a :class:`World`.

Knows nothing of MQTT, journals or asyncio. ``build(spec, seed)`` makes the world of a library's entry::

    library = load_library(machines_dir, plants_dir)
    worlds = {key: build(spec, seed=1) for key, spec in library.worlds.items()}
"""

from andon_edge.library.specs import WorldSpec
from andon_edge.simulation.world import Changes, SimulatedWorld

__all__ = ["Changes", "SimulatedWorld", "build"]


def build(spec: WorldSpec, seed: int = 0) -> SimulatedWorld:
    """A world at rest; its first :meth:`~SimulatedWorld.advance` begins its life."""
    return SimulatedWorld(spec, seed)
