"""The embedded store: DuckDB, in one process, in one folder.

::

    base.duckdb         roll-ups (minute, hour), events of dropped chunks, how far roll-ups reach; holds the lock
    raw-000007.duckdb   the chunk being written: rows, events, quarantine and the journal of marks, together,
                        because DuckDB writes to one attached file per transaction
    raw-000006.s.duckdb a closed chunk, rewritten in the order (machine, part, t): smaller, and quick to read

Raw data lies in chunks by arrival, so that retention deletes whole files and the disk gets its space back.
"""

from andon_platform.data.duckdb.store import DuckDBStore

__all__ = ["DuckDBStore"]
