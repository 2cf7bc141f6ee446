"""The errors of the contracts; the tree stands in the package's docstring."""

from __future__ import annotations


class ContractError(ValueError):
    """Something breaks the contract."""


class IdentityError(ContractError):
    """A path or name that is not an ISA-95 identity."""


class TopicError(ContractError):
    """A topic outside the grammar."""


class UnitError(ContractError):
    """A unit that is not UCUM as far as Andon reads it."""


class MessageError(ContractError):
    """A payload that is not a message.

    ``reason`` is a short stable code (``malformed-json``, ``not-finite`` ...), by which quarantine groups;
    the text says what exactly is wrong.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
