"""`andon asyncapi`: the MQTT contract."""

from __future__ import annotations

import json

import typer
from andon_contracts.asyncapi import document

app = typer.Typer(add_completion=False)


@app.command()
def asyncapi() -> None:
    """Print the MQTT contract as AsyncAPI 3, generated from the messages themselves."""
    print(json.dumps(document(), indent=1))
