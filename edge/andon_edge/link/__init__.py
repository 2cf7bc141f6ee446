"""The links: one MQTT connection a machine, all of them driven by the one loop.

::

    LinkError               a connection to the broker could not be made or used
    ├── BrokerUnreachable   no broker answers there, or TLS failed
    └── NotAuthorised       the broker does not take the credential
    EnrolmentFailed         the API gave no credential (it is not there yet, or it refused)
"""
