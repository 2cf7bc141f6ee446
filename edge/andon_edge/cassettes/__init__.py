"""Cassettes: recordings of real machines that play as machines.

``reading`` understands a CSV, ``recording`` is the compact file it becomes, ``importing`` writes both files of
a machine, ``player`` is the world that plays one.
"""
