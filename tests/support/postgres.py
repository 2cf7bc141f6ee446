"""A real PostgreSQL for tests: ``ANDON_TEST_POSTGRES_URL``, or a cluster of our own from an installed server."""

from __future__ import annotations

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from andon_cli.processes.ports import free_port
from support.waiting import wait_until_listening


def binaries() -> Path | None:
    """The folder of `initdb` and `postgres`, the newest one."""
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: float(p.parts[-3]))
    return places[-1].parent if places else None


def postgres_reason() -> str | None:
    """Why no PostgreSQL can be started here, or None."""
    if os.environ.get("ANDON_TEST_POSTGRES_URL"):
        return None
    if binaries() is None:
        return "PostgreSQL is not installed (apt-get install postgresql), and ANDON_TEST_POSTGRES_URL is not set"
    if os.name != "posix":
        return "set ANDON_TEST_POSTGRES_URL here"
    if os.getuid() == 0 and _servant() is None:
        return "PostgreSQL refuses to run as root, and there is no user postgres"
    return None


def _servant() -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return None


@contextlib.contextmanager
def running_postgres() -> Iterator[str]:
    """Its URL. The folder is one that the server's own user may enter, unlike the tests' own."""
    given = os.environ.get("ANDON_TEST_POSTGRES_URL")
    if given:
        yield given
        return
    programs = binaries()
    assert programs is not None
    servant = _servant() if os.getuid() == 0 else None
    who: dict[str, Any] = {"user": servant.pw_uid, "group": servant.pw_gid} if servant else {}
    with tempfile.TemporaryDirectory(prefix="andon-postgres-") as name:
        folder, password, port = Path(name), secrets.token_hex(16), free_port()
        (folder / "password").write_text(password)
        if servant:
            for path in (folder, folder / "password"):
                os.chown(path, servant.pw_uid, servant.pw_gid)
        data = folder / "data"
        made = [str(programs / "initdb"), "-D", str(data), "-U", "andon", "-A", "scram-sha-256", "-E", "UTF8"]
        made += ["--no-sync", f"--pwfile={folder / 'password'}"]
        subprocess.run(made, check=True, capture_output=True, cwd=folder, **who)
        log = folder / "log"
        command = [str(programs / "postgres"), "-D", str(data), "-p", str(port), "-k", str(folder)]
        command += ["-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"]
        with log.open("wb") as out:
            process = subprocess.Popen(command, stdout=out, stderr=out, cwd=folder, **who)
        try:
            wait_until_listening("127.0.0.1", port, process, log)
            yield f"postgresql://andon:{password}@127.0.0.1:{port}/postgres"
        finally:
            process.send_signal(signal.SIGINT)  # ends sessions, writes back, stops
            process.wait(20)
