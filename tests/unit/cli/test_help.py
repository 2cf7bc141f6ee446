"""Every command describes its options alike."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

from andon_cli.main import _COMMANDS
from typer.main import get_command


def commands(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    yield name, command
    for sub, below in getattr(command, "commands", {}).items():
        yield from commands(below, f"{name} {sub}")


EVERY = [
    found
    for name, module, _ in _COMMANDS
    for found in commands(get_command(importlib.import_module(f"andon_cli.commands.{module}").app), name)
]


def test_a_demos_folder_is_described_once() -> None:
    told = {
        (option.help, str(option.envvar))
        for _, command in EVERY
        for option in command.params
        if "--data-dir" in option.opts
    }
    assert len(told) == 1


def test_no_command_offers_to_install_completion() -> None:
    assert [name for name, command in EVERY if any("--install-completion" in p.opts for p in command.params)] == []
