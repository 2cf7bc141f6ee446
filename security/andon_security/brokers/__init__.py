"""Brokers: each writes :mod:`andon_security.grants` in its own configuration and changes it while it runs."""
