"""The live view of `andon demo` in the terminal; and plain lines where there is no terminal."""

from __future__ import annotations

import time
from collections import deque

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from andon_cli.demo.figures import Flow
from andon_cli.demo.problems import grouped
from andon_cli.demo.supervisor import Supervisor

#: State in words, a shape and a colour: never colour alone.
_LAMPS = {
    "running": ("●", "green"),
    "starting": ("◐", "blue"),
    "restarting": ("◐", "yellow"),
    "stopping": ("▬", "bright_black"),
    "stopped": ("○", "bright_black"),
    "waiting": ("○", "bright_black"),
    "failed": ("■", "red"),
}
_LINES = 6
#: More machines at once than these are told in one line.
_FEW = 3


class View:
    """Shows processes, the flow, the link and the last messages."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(stderr=True)
        self._plain = not self.console.is_terminal
        self._said: deque[str] = deque(maxlen=_LINES)
        self._live: Live | None = None
        self._told: set[str] = set()
        self._warned: set[str] = set()
        self._changes: set[tuple[int, str, str]] = set()
        self.link = ""
        self.headline = "Andon starts"

    def say(self, text: str) -> None:
        """Tell the person something once."""
        self._said.append(f"{time.strftime('%H:%M:%S')}  {text}")
        if self._plain:
            # whole: a link or a path that is broken in two can be neither clicked nor copied
            self.console.print(self._said[-1], markup=False, highlight=False, soft_wrap=True)

    def say_plainly(self, text: str) -> None:
        """Tell what the picture shows in a place of its own."""
        if self._plain:
            self.say(text)

    def __enter__(self) -> View:
        if not self._plain:
            self._live = Live(console=self.console, refresh_per_second=4, transient=True)
            self._live.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        if self._live is not None:
            # the picture goes: what stays on the screen is the result, and not the last moment before it
            self._live.__exit__(None, None, None)
            for line in self._said:
                self.console.print(line, markup=False, highlight=False, soft_wrap=True)

    def show(self, supervisor: Supervisor, flow: Flow) -> None:
        """Draw the present state, and say which machines came and went, and what files may not mean; where nothing is
        drawn, say each problem once that no machine has by itself."""
        for line in self._new_changes(flow):
            self.say(line)
        for text in flow.warnings:
            if text not in self._warned:
                self.say(f"▲ {text}")
        self._warned = set(flow.warnings)
        if self._live is not None:
            self._live.update(self.picture(supervisor, flow))
        if self._plain:
            problems = [problem.text for problem in grouped(flow.problems) if not problem.machines]
            for text in problems:
                if text not in self._told:
                    self.say(f"■ {text}")
            # one that was mended and comes again is said again
            self._told = set(problems)

    def _new_changes(self, flow: Flow) -> list[str]:
        new = [change for change in flow.changes if change not in self._changes]
        self._changes = set(flow.changes)
        lines = []
        for what in ("removed", "added"):
            paths = sorted(path for _, path, done in new if done == what)
            if len(paths) > _FEW:
                names = ", ".join(path.rpartition("/")[2] for path in paths[:_FEW])
                lines.append(f"{len(paths)} machines were {what}: {names} and {len(paths) - _FEW} more")
            else:
                lines += [f"{path.rpartition('/')[2]} was {what} ({path.rpartition('/')[0]})" for path in paths]
        return lines

    def picture(self, supervisor: Supervisor, flow: Flow) -> RenderableType:
        """The whole picture, never higher than the screen: what is cut off at the foot would be the link."""
        width, height = self.console.size
        table = _processes(supervisor)
        top: list[RenderableType] = [Text(self.headline, style="bold"), Text(), table, Text(), _figures(flow)]
        link = [Text.assemble("Open  ", (self.link, "bold underline"))] if self.link else []
        inside = width - 2 * _FRAME_COLUMNS
        # the frame takes four rows, the head of the table one, the figures two, and the terminal keeps its last
        room = height - (4 + 5 + len(supervisor.children) + 1 + 1)
        room -= sum(-(-line.cell_len // width) for line in link)
        # outside the frame: a narrow terminal would break it where it can be neither clicked nor copied
        panel = Panel(
            Group(*top, *self._news(flow, inside, room)),
            title="Andon",
            title_align="left",
            subtitle="Ctrl-C stops everything",
            padding=(1, 2) if room > 0 else (0, 2),
        )
        return Group(panel, *link)

    def _news(self, flow: Flow, width: int, room: int) -> list[Text]:
        """Problems, then the newest messages, whole where they fit, in at most ``room`` rows with the empty one."""
        rows: list[Text] = []
        for problem in grouped(flow.problems):
            rows += _rows(Text(f"■ {problem}", style="red"), width)[:_MOST_OF_ONE]
        said: list[Text] = []
        for line in reversed(self._said):
            wrapped = _rows(Text(line, style="dim"), width)
            if len(rows) + len(said) + len(wrapped) > room - 1:
                break
            said = wrapped + said
        kept = [*rows, *said][: max(0, room - 1)]
        return [Text(), *kept] if kept else []


#: The frame and its padding on one side.
_FRAME_COLUMNS = 3
_MOST_OF_ONE = 3


def _rows(text: Text, width: int) -> list[Text]:
    """The text as it breaks at this width."""
    return list(text.wrap(Console(width=width), width))


def _processes(supervisor: Supervisor) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for name in ("process", "state"):
        table.add_column(name)
    for name in ("memory", "CPU"):
        table.add_column(name, justify="right")
    table.add_column("")
    for child in supervisor.children:
        shape, colour = _LAMPS[child.state]
        again = f"restarted {child.restarts}×" if child.restarts else ""
        table.add_row(
            child.spec.name,
            Text(f"{shape} {child.state}", style=colour),
            f"{child.rss_mb:,.0f} MB" if child.rss_mb else "",
            f"{child.cpu_s:,.1f} s" if child.cpu_s else "",
            Text(again, style="yellow"),
        )
    return table


def _figures(flow: Flow) -> Table:
    figures = Table.grid(padding=(0, 3, 0, 0))
    lost = f"[bold {'red' if flow.lost else 'default'}]{flow.lost:,}[/] lost"
    figures.add_row(
        f"[bold]{flow.machines}[/] machines",
        f"[bold]{flow.messages_per_s:,.0f}[/] messages/s",
        f"[bold]{flow.pending:,}[/] on their way",
        f"[bold]{flow.store_bytes / 1e6:,.1f} MB[/] on disk" if flow.store_bytes else "",
    )
    figures.add_row(f"[bold]{flow.stored:,}[/] stored", f"[bold]{flow.quarantined:,}[/] in quarantine", lost)
    return figures
