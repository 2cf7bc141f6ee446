"""A machine's commands: read, checked, performed once, answered as often as they come."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from andon_contracts.codec import decode_command, encode
from andon_contracts.errors import MessageError
from andon_contracts.identity import Identity
from andon_contracts.messages import Command, Reply

from andon_edge.journal import Journal
from andon_edge.ports import Answer

_log = structlog.get_logger()

Perform = Callable[[Identity, Command, int], Answer]


class Commands:
    """``perform`` asks the machine's world; answers wait for the commit that holds what the command changed."""

    def __init__(self, journal: Journal, now: Callable[[], int], perform: Perform) -> None:
        self._journal, self._now, self._perform = journal, now, perform
        self._answers: list[tuple[Identity, bytes]] = []

    def received(self, machine: Identity, payload: bytes) -> None:
        """A command that came in over the machine's own link."""
        try:
            command = decode_command(payload)
        except MessageError as error:
            _log.warning("command cannot be read", machine=machine.path, error=str(error))
            return
        known = self._journal.reply(machine.path, command.id)
        if known is None:
            answer, now = self._answer(machine, command), self._now()
            reply = Reply(id=command.id, owner=machine.path, status=answer.status, text=answer.text, t=now)
            known = encode(reply)
            self._journal.keep_reply(machine.path, command.id, known)
            _log.info(
                "command", machine=machine.path, command=command.command, status=answer.status, by=command.issued_by
            )
        self._answers.append((machine, known))

    def _answer(self, machine: Identity, command: Command) -> Answer:
        now = self._now()
        if command.owner != machine.path:
            return Answer("refused", f"the command names {command.owner!r} and came to {machine.path!r}")
        if command.expires and now > command.expires:
            return Answer("refused", "the command came after its time; send it again")
        return self._perform(machine, command, now)

    def take(self) -> list[tuple[Identity, bytes]]:
        """Answers that may go out now, after a commit."""
        answers, self._answers = self._answers, []
        return answers
