"""DATA: what was measured and what happened, kept and found again.

``port`` says what any store can do, one contract suite holds them all to it; ``duckdb`` and ``influxdb`` are the real
ones, ``memory`` is the fake.
"""
