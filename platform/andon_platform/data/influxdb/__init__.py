"""The store on InfluxDB 2.

Buckets: ``raw`` (a field a signal; tags machine and epoch), ``minute`` and ``hour`` (fields n, total, low, high,
first, last, sd; tags machine, epoch, signal), ``events`` (events and quarantine), ``state`` (marks, counters, how
far roll-ups reach). A row is written before the mark that settles it; writing a row again changes nothing, since
(machine, epoch, t) names it: the journal makes ``t`` strictly increasing per machine and epoch.
"""

from andon_platform.data.influxdb.store import InfluxDBStore

__all__ = ["InfluxDBStore"]
