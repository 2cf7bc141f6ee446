"""Anomaly detection: what is normal is learned per machine and operation, and what is not is said with its signals.

A detector is one file: a class with the methods of :class:`~.port.Detector`, named in
:data:`~.catalogue.DETECTORS`.
"""
