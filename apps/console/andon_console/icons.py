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
    "data": _icon("M4,6c0,-4 16,-4 16,0s-16,4 -16,0v12c0,4 16,4 16,0V6M4,12c0,4 16,4 16,0"),
}
