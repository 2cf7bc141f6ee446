"""From scores to alarms: what lasts is an alarm, and it ends clearly below where it began."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Debounce:
    """``after`` scores above 1 in a row raise it, a score below ``release`` clears it."""

    after: int = 3
    release: float = 0.84  # of a distance: 0.7 of its square
    raised: bool = False
    above: int = 0

    def update(self, score: float) -> bool:
        """Take a score up; whether there is an alarm now."""
        if self.raised:
            if score < self.release:
                self.raised, self.above = False, 0
        else:
            self.above = self.above + 1 if score > 1 else 0
            self.raised = self.above >= self.after
        return self.raised
