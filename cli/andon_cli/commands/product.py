"""`andon product`: data products in the terminal, one's own or granted by another enterprise's Andon."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from andon_contracts.command_line import as_typed

from andon_cli.duration import duration_for_api
from andon_cli.options import DataDir
from andon_cli.refusal import refuse

app = typer.Typer(help="List data products, and read one.", no_args_is_help=True, add_completion=False)
_KINDS = {
    "csv": "text/csv",
    "parquet": "application/vnd.apache.parquet",
    "arrow": "application/vnd.apache.arrow.stream",
}
_Url = Annotated[str | None, typer.Option(help="Another's Andon; the token stands in ANDON_TOKEN, and in no history.")]


@app.command("list")
def listed(
    as_json: Annotated[bool, typer.Option("--json", help="As the API answers.")] = False,
    url: _Url = None,
    data_dir: DataDir = None,
) -> None:
    """Say which products there are, under which licence, and in which formats."""
    from rich.table import Table

    from andon_cli.tables import print_whole

    answer = _ask(url, data_dir, "/products", {})
    if as_json:
        print(answer.text)
        return
    found = answer.json()["products"]
    if not found:
        print("no data product yet; the console's Data page makes one from a question")
        return
    table = Table(box=None, pad_edge=False)
    for head in ("product", "title", "licence", "version", "formats", "read"):
        table.add_column(head)
    for p in found:
        licence = p["licence"]["id"] or p["licence"]["name"]
        reads = "granted" if p["granted"] else str(p["reads"])
        table.add_row(p["id"], p["title"], licence, str(p["version"]), ", ".join(p["formats"]), reads)
    print_whole(table)


@app.command()
def read(
    product: Annotated[str, typer.Argument(help=f"OWNER/NAME, as `{as_typed('andon product list')}` says.")],
    last: Annotated[str | None, typer.Option(help="How far back: 1h, 7d; else what one answer holds.")] = None,
    start: Annotated[str | None, typer.Option(help="Instead of --last: ISO 8601 or microseconds UTC.")] = None,
    stop: Annotated[str, typer.Option(help="Until when.")] = "now",
    rows: Annotated[int | None, typer.Option(help="The newest rows alone, so many.")] = None,
    csv: Annotated[bool, typer.Option("--csv", help="A table, to the standard output or to --out.")] = False,
    parquet: Annotated[bool, typer.Option("--parquet", help="A Parquet file; needs --out.")] = False,
    arrow: Annotated[bool, typer.Option("--arrow", help="An Arrow stream; needs --out.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As the API answers.")] = False,
    out: Annotated[Path | None, typer.Option(help="A file to write to; its ending says the format.")] = None,
    url: _Url = None,
    data_dir: DataDir = None,
) -> None:
    """Read a product's rows, as a table here or as a file."""
    chosen = [name for name, on in (("csv", csv), ("parquet", parquet), ("arrow", arrow), ("json", as_json)) if on]
    if len(chosen) > 1:
        refuse(f"choose one of {', '.join('--' + name for name in chosen)}")
    kind = chosen[0] if chosen else out.suffix.lstrip(".").replace("arrows", "arrow") if out else ""
    if out and kind not in (*_KINDS, "json"):
        refuse(f"{out}: end it with .csv, .parquet, .arrows or .json, or choose --csv, --parquet, --arrow, --json")
    if kind in ("parquet", "arrow") and out is None:
        refuse(f"--{kind} writes a file: name it with --out")
    if product.count("/") != 1:
        refuse(f"{product!r}: write OWNER/NAME; `{as_typed('andon product list')}` shows them")
    began = f"-{duration_for_api(last, '--last')}" if last else start
    asked = {"start": began, "stop": stop, "rows": rows if rows or kind else 20}
    params = {name: value for name, value in asked.items() if value is not None}
    answer = _ask(url, data_dir, f"/products/{product}/data", params, _KINDS.get(kind, "application/json"))
    if out is not None:
        out.write_bytes(answer.content)
        typer.echo(f"wrote {out} ({len(answer.content)} bytes); licence: {answer.links['license']['url']}", err=True)
    elif kind:
        sys.stdout.write(answer.text if answer.text.endswith("\n") else answer.text + "\n")
    else:
        _show(answer.json())


def _show(found: dict[str, Any]) -> None:
    """The newest rows as a table."""
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    kept = [i for i, c in enumerate(found["columns"]) if c["name"] != "t"]
    for i in kept:
        column = found["columns"][i]
        unit = column["unit"]
        right = "right" if column["type"] in ("int64", "float64") else "left"
        table.add_column(f"{column['name']} [{unit}]".replace("[", r"\[") if unit else column["name"], justify=right)  # type: ignore[arg-type]
    for row in found["rows"]:
        table.add_row(*(_cell(found["columns"][i], row[i]) for i in kept))
    Console().print(table)
    licence = found["licence"]["id"] or found["licence"]["name"]
    print(f"{found['product']}, version {found['version']}, licence {licence}: {len(found['rows'])} newest rows")


def _cell(column: dict[str, Any], value: Any) -> str:
    """A machine by its name, a time to the second, a number to six figures."""
    if value is None:
        return ""
    if column["name"] == "machine":
        return str(value).rpartition("/")[2]
    if column["type"].startswith("timestamp"):
        return str(value)[:19].replace("T", " ")
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _ask(url: str | None, data_dir: Path | None, path: str, params: dict[str, Any], accept: str = "*/*") -> Any:
    import httpx

    from_afar = url is not None
    if url is None:
        from andon_cli.access import find_access

        access = find_access(data_dir)
        url, headers = access.url, access.headers
    else:
        token = os.environ.get("ANDON_TOKEN")
        if not token:
            refuse("--url needs the token that came with the grant, in the variable ANDON_TOKEN")
        headers = {"Authorization": f"Bearer {token}"}
    try:
        address = f"{url.rstrip('/')}/api/v1{path}"
        answer = httpx.get(address, params=params, headers=headers | {"Accept": accept}, timeout=60)
    except httpx.HTTPError as error:
        refuse(f"no answer from {url}: {error or type(error).__name__}; does the stack run?")
    if answer.status_code == 404 and path.startswith("/products/"):  # the API names its call, which is a command here
        listing = as_typed("andon product list") + (f" --url {url}" if from_afar else "")
        refuse(f"no product {'/'.join(path.split('/')[2:4])}; `{listing}` lists them")
    if answer.status_code != 200:
        try:
            refuse(str(answer.json()["detail"]))
        except (json.JSONDecodeError, KeyError, TypeError):
            refuse(f"{url} answered {answer.status_code}")
    return answer
