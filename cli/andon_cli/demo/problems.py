"""The edge's problems in few words: what many machines say alike is said once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from andon_contracts.errors import ContractError
from andon_contracts.identity import Identity


@dataclass(frozen=True, slots=True)
class Problem:
    """``machines`` are those that it keeps from the broker (paths); none where a file or the edge itself has it.
    ``count``: how many they are, where not all of them are named."""

    text: str
    machines: tuple[str, ...] = ()
    count: int = 0

    def __str__(self) -> str:
        if not self.machines:
            return self.text
        count = max(self.count, len(self.machines))
        return f"{self.machines[0] if count == 1 else f'{count} machines'}: {self.text}"


def grouped(problems: Iterable[str]) -> list[Problem]:
    """The lines of ``edge-status.json``, in their order; ``a/b/c/d/e: no route`` is a machine's own."""
    found: dict[str, Problem] = {}
    for line in problems:
        head, colon, text = line.partition(": ")
        whose = (head,) if colon and _is_machine(head) else ()
        key = text if whose else line
        before = found.get(key, Problem(key))
        found[key] = Problem(key, (*before.machines, *whose))
    return list(found.values())


def _is_machine(text: str) -> bool:
    try:
        Identity.parse(text)
    except ContractError:
        return False
    return True
