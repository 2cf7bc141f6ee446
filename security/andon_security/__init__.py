"""What crosses every layer: certificates, credentials, grants on the broker, tokens, scopes, audit.

Errors::

    SecurityError               something about identity or permission is wrong
    ├── SecretMissing           a secret that this process needs is not in its secrets folder
    ├── TokenRefused            a bearer token that is forged, expired or meant for something else
    └── BrokerRefused           the broker did not take a change of users or permissions
"""

from andon_security.errors import BrokerRefused, SecretMissing, SecurityError, TokenRefused

__all__ = ["BrokerRefused", "SecretMissing", "SecurityError", "TokenRefused"]
