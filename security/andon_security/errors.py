"""The errors of security; the tree stands in the package's docstring."""

from __future__ import annotations


class SecurityError(Exception):
    """Something about identity or permission is wrong."""


class SecretMissing(SecurityError):
    """A secret that this process needs is not in its secrets folder."""


class TokenRefused(SecurityError):
    """A bearer token that is forged, expired or meant for something else."""


class BrokerRefused(SecurityError):
    """The broker did not take a change of users or permissions."""
