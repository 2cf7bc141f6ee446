"""Secret files: written whole or not at all, readable by their owner alone."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import tempfile
from pathlib import Path
from typing import Any


def write_secret(path: Path, content: bytes | str, mode: int = 0o600) -> None:
    """Write ``content`` atomically with ``mode``; a reader sees the old file or the new one, never half.

    The file is made with its final mode, so that there is no moment in which others can read it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    data = content.encode() if isinstance(content, str) else content
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(mode)
        Path(temporary).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(temporary).unlink()
        raise


def write_json(path: Path, content: dict[str, Any], mode: int = 0o600) -> None:
    """Write a JSON object with :func:`write_secret`."""
    write_secret(path, json.dumps(content, indent=1) + "\n", mode)


def new_password() -> str:
    """256 bits from the operating system, as text that every broker and shell takes."""
    return secrets.token_urlsafe(32)


def secret_text(path: Path) -> str:
    """The text of a secret, made (256 random bits) if it is not there yet."""
    if not path.exists():
        write_secret(path, new_password())
    return path.read_text().strip()
