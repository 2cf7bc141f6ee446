"""The errors of the links; the tree stands in the package's docstring."""

from __future__ import annotations


class LinkError(Exception):
    """A connection to the broker could not be made or used."""


class BrokerUnreachable(LinkError):
    """No broker answers there, or TLS failed."""


class NotAuthorised(LinkError):
    """The broker does not take the credential."""


class EnrolmentFailed(Exception):
    """The API gave no credential (it is not there yet, or it refused)."""


class ApiAway(Exception):
    """The platform's API does not answer, or there is no token for it."""
