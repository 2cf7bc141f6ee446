"""The client's only error."""

from __future__ import annotations

from typing import Any


class AndonError(Exception):
    """No answer, or a refusal. ``status`` is HTTP's (0: none came), ``problem`` the problem document, if any."""

    def __init__(self, status: int, detail: str, problem: dict[str, Any] | None = None) -> None:
        super().__init__(f"{status}: {detail}" if status else detail)
        self.status, self.detail, self.problem = status, detail, problem or {}
