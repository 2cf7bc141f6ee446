"""What every page has: head, rail, top bar. What moves in them are custom elements of ``static/js``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from importlib.metadata import PackageNotFoundError, version

from nicegui import ui
from starlette.requests import Request

from andon_console import assets
from andon_console.gateway import visitor
from andon_console.icons import ICONS, MARK
from andon_console.texts import catalogue, text

#: Entries of the rail: only what exists, in the order of the language.
RAIL = (
    ("floor", "/"),
    ("machines", "/machines"),
    ("station", "/station"),
    ("energy", "/energy"),
    ("layers", "/layers"),
    ("data", "/data"),
    ("alarms", "/alarms"),
)

#: A phone's bar holds four of them; the rest stands behind its last button.
_MORE = (
    f'<andon-more><button type="button" aria-haspopup="dialog" aria-expanded="false">{ICONS["more"]}'
    f"<span>{escape(text('rail.more'))}</span></button></andon-more>"
)

#: Before the first paint: the page's language, and the remembered theme, or the system's.
_THEME = """
(() => { document.documentElement.lang = 'en';
  let t = null; try { t = localStorage.getItem('andon.theme') } catch (e) { t = null }
  if (t !== 'light' && t !== 'dark') t = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  document.documentElement.dataset.theme = t })()
"""


#: A script that did not arrive (the server was just restarting) would leave an empty page: load again, three times.
_AGAIN = """
addEventListener('load', () => { const tries = Number(sessionStorage.getItem('andon.again') ?? 0)
  if (window.Vue) { sessionStorage.removeItem('andon.again'); return }
  if (tries < 3) { sessionStorage.setItem('andon.again', String(tries + 1))
    setTimeout(() => location.reload(), 1000) } })
"""


def _release() -> str:
    try:
        return version("andon")
    except PackageNotFoundError:
        return ""


def _script(content: object) -> str:
    """JSON that is safe inside a script element."""
    return json.dumps(content, ensure_ascii=False).replace("<", "\\u003c")


def _head(request: Request, page: str) -> None:
    who = visitor(request.headers)
    about = {
        "page": page,
        "modules": assets.ENTRIES[page],
        "user": who.name,
        "role": who.role,
        "scopes": who.scopes,
        "release": _release(),
        "texts": catalogue(),
    }
    where = assets.base()
    links = [f'<link rel="stylesheet" href="{where}/{name}">' for name in assets.styles()]
    links += [f'<link rel="modulepreload" href="{where}/{name}">' for name in assets.scripts(page)]
    ui.add_head_html(
        f"<script>{_THEME}{_AGAIN}</script>"
        + "".join(links)
        + f"<script>window.ANDON = {_script(about)}</script>"
        + f'<script type="module" src="{where}/js/main.js"></script>'
    )


@contextmanager
def page_frame(request: Request, page: str, title: str, lit: str = "") -> Iterator[None]:
    """Lay out rail and bar; what is built inside becomes the page's content.

    ``page`` says which scripts it takes; ``lit`` is the entry of the rail that is lit, else the one of that name.
    """
    ui.page_title(f"{title} · Andon")
    _head(request, page)
    # NiceGUI's own frame is a main element as well: two are one too many for who jumps from landmark to landmark
    for frame in ui.context.client.page_container.default_slot.children:
        frame.props("role=presentation")
    # a skip link first, for those who work from the keyboard
    ui.html(f'<a class="skip" href="#content">{escape(text("shell.skip"))}</a>', sanitize=False)
    works = "station:work" in visitor(request.headers).scopes
    with (
        ui.element("nav").classes("rail works" if works else "rail").props(f'aria-label="{escape(text("shell.rail"))}"')
    ):
        ui.html(MARK, sanitize=False)
        for name, path in RAIL:
            here = ' aria-current="page"' if name == (lit or page) else ""
            label = escape(text(f"rail.{name}"))
            count = "<andon-count hidden></andon-count>" if name == "alarms" else ""
            ui.html(f'<a href="{path}"{here}>{ICONS[name]}<span>{label}</span>{count}</a>', sanitize=False)
        ui.html(_MORE, sanitize=False)
    ui.element("andon-bar").classes("bar")
    with ui.element("main").classes("page").props('id="content" tabindex="-1"'):
        yield
