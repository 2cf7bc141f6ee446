"""A past for a plant: its machines live through weeks in seconds, and the store gets what it would have kept of them.

``past`` lives (in a process of its own, since it takes a core), ``storing`` stores, ``target`` says where to.
"""
