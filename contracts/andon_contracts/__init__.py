"""What crosses a wire in Andon: identity, topics, units, messages, the plant clock.

Everything else imports this package; it imports nothing of ours. Errors::

    ContractError               what came or was asked breaks the contract
    ├── IdentityError           a path or a name that is not an ISA-95 identity
    ├── TopicError              a topic outside the grammar
    ├── UnitError               a unit that is not UCUM as far as Andon reads it
    └── MessageError            a payload that is not a message (``reason`` is a stable code)
"""

from andon_contracts.errors import ContractError, IdentityError, MessageError, TopicError, UnitError

__all__ = ["ContractError", "IdentityError", "MessageError", "TopicError", "UnitError"]
