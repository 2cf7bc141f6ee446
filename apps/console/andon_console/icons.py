"""Drawings of the shell: the mark and the rail's icons. Our own."""

from __future__ import annotations

from typing import Final

from andon_console.texts import text


def _icon(path: str) -> str:
    return f'<svg viewBox="0 0 24 24" aria-hidden="true"><path d="{path}"/></svg>'


#: An andon lantern: its lamp is lit.
MARK: Final = (
    f'<a class="mark" href="/" aria-label="{text("shell.home")}"><svg viewBox="0 0 32 32" aria-hidden="true">'
    '<path d="M11,3h10M13,3V1.5h6V3M10,29h12"/><rect x="7" y="5.5" width="18" height="21" rx="5"/>'
    '<circle cx="16" cy="16" r="4.5"/></svg></a>'
)
ICONS: Final = {
    "floor": _icon("M2,17h20M5,20.5h.01M12,20.5h.01M19,20.5h.01M5,17V8h6v9M13,17V4h6v13"),
    "machines": _icon("M4,21V4h16v17M4,9h16M9,9v4h6V9M2,21h20M8,18h8"),
    "layers": _icon("M12,3l9,4.5-9,4.5-9,-4.5zM3,12l9,4.5 9,-4.5M3,16.5L12,21l9,-4.5"),
    "station": _icon("M12,2v7M7.5,9h9M8.5,9v4.5a3.5,3.5 0 0 0 7,0V9M12,17v5M4,3.5a9,9 0 0 0 -2,5M20,3.5a9,9 0 0 1 2,5"),
    "data": _icon("M4,6c0,-4 16,-4 16,0s-16,4 -16,0v12c0,4 16,4 16,0V6M4,12c0,4 16,4 16,0"),
    "energy": _icon("M13,2L5,13.5h6L10,22l8,-11.5h-6z"),
    "more": _icon("M5,12h.01M12,12h.01M19,12h.01"),
    "alarms": _icon(
        "M5,17.5c1.5,-1.5 2,-3.500 2,-7a5,5 0 0 1 10,0c0,3.500 .5,5.500 2,7zM10,20.5a2.2,2.2 0 0 0 4,0M12,5.5v-2"
    ),
}
