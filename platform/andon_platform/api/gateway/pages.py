"""The few pages that the API itself shows: no session, a link to open, apps not there. Light and dark, no script
but where a page reloads, nothing from elsewhere."""

from __future__ import annotations

from html import escape

from andon_contracts.command_line import as_typed
from starlette.responses import HTMLResponse

_STYLE = """
:root{color-scheme:light dark;--page:#F5F6F8;--card:#FFF;--line:#E2E5EA;--ink:#12161C;--ink2:#5A6372;--code:#F5F6F8;
--accent:#2F5BEA;--lamp:#9AA3AF;--warn:#B87A00}
@media (prefers-color-scheme:dark){:root{--page:#0D1014;--card:#151A21;--line:#262D37;--ink:#E9ECEF;--ink2:#98A2B0;
--code:#0D1014;--accent:#7C9BFF;--lamp:#6F7986;--warn:#F0B429}}
*{box-sizing:border-box}body{margin:0;min-height:100vh;display:grid;place-items:center;grid-template-columns:minmax(0,1fr);padding:24px;background:var(--page);
color:var(--ink);font:400 15px/22px Inter,system-ui,sans-serif}
main{width:100%;max-width:520px;background:var(--card);border:1px solid var(--line);border-radius:10px;padding:32px}
svg{display:block;margin-bottom:20px}
h1{margin:0 0 8px;font-size:20px;line-height:26px;font-weight:600;letter-spacing:-.01em}
p{margin:0 0 16px;color:var(--ink2)}dl{margin:0}dt{font-size:13px;line-height:18px;color:var(--ink2)}
dd{margin:4px 0 16px}code{display:block;padding:12px;border:1px solid var(--line);border-radius:8px;
background:var(--code);font:400 13px/18px "IBM Plex Mono",ui-monospace,monospace;
white-space:pre-wrap;overflow-wrap:anywhere;user-select:all}main>:last-child,dd:last-child{margin-bottom:0}
button{height:40px;padding:0 20px;border:0;border-radius:8px;background:var(--ink);color:var(--card);font:inherit;
font-weight:600;cursor:pointer}:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
small{font-size:13px;line-height:18px;color:var(--ink2)}
"""
#: The lamps of LANGUAGE: idle is a thin ring, starved a triangle down, offline a dashed outline.
_LAMPS = {
    "idle": '<circle cx="16" cy="16" r="11" fill="none" stroke="var(--lamp)" stroke-width="2"/>',
    "waiting": '<path d="M4 7h24L16 28z" fill="var(--warn)"/>',
    "offline": '<circle cx="16" cy="16" r="11" fill="none" stroke="var(--lamp)" stroke-width="2" '
    'stroke-dasharray="3 3"/>'
    '<path d="M11 11l10 10M21 11L11 21" stroke="var(--lamp)" stroke-width="2"/>',
}
CSP = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"


def _page(
    status: int, lamp: str, title: str, body: str, *, head: str = "", headers: dict[str, str] | None = None
) -> HTMLResponse:
    html = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noindex">'
        f"<title>{escape(title)} · Andon</title>{head}<style>{_STYLE}</style></head><body><main>"
        f'<svg width="32" height="32" viewBox="0 0 32 32" aria-hidden="true">{_LAMPS[lamp]}</svg>'
        f"<h1>{escape(title)}</h1>{body}</main></body></html>"
    )
    return HTMLResponse(html, status, {"Content-Security-Policy": CSP, "Cache-Control": "no-store", **(headers or {})})


_HOW = (
    f"<dl><dt>Where Andon was started with <b>andon demo</b></dt><dd><code>{escape(as_typed('andon link'))}</code></dd>"
    "<dt>Where it runs in containers</dt><dd><code>docker compose exec api andon link</code></dd></dl>"
)


def no_session() -> HTMLResponse:
    """Nobody is signed in."""
    body = (
        "<p>The console is opened by a link, and this browser has not used one yet, or its session has ended. "
        "Make a link on the computer that runs Andon, and open it here.</p>" + _HOW
    )
    return _page(401, "idle", "You need a link to come in", body, headers={"WWW-Authenticate": 'Bearer realm="andon"'})


def open_link() -> HTMLResponse:
    """A link was opened: only the button uses it, so that a preview of the link does not."""
    body = (
        "<p>This link opens the Andon console in this browser.</p>"
        '<form method="post"><button autofocus>Open the console</button></form>'
    )
    return _page(200, "idle", "Come in", body)


def dead_link(detail: str, status: int = 401) -> HTMLResponse:
    """The link is not good."""
    body = f"<p>{escape(detail[:1].upper() + detail[1:])}.</p>" + _HOW
    return _page(status, "waiting", "This link does not open the console", body)


def apps_away() -> HTMLResponse:
    """The apps process does not answer: the page tries again by itself."""
    body = (
        "<p>The machines run on and their data is stored; only the pages are away. They are starting, or have just "
        "been restarted. This page looks again every 2 seconds.</p>"
        f"<small>If it stays: <b>{escape(as_typed('andon doctor'))}</b> says what is wrong.</small>"
    )
    refresh = '<meta http-equiv="refresh" content="2">'
    return _page(502, "offline", "The console is not there yet", body, head=refresh, headers={"Retry-After": "2"})
