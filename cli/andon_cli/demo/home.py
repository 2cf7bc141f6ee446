"""The folder where a demo keeps everything, and the lock that lets only one demo use it."""

from __future__ import annotations

import errno
import json
import os
import shlex
from dataclasses import dataclass
from pathlib import Path

import andon_contracts
import filelock
import platformdirs
import psutil
from andon_contracts.command_line import as_typed

from andon_cli.demo.holder import Holder, HomeInUse

#: Where somebody may have meant the other way to run Andon.
CONTAINERS = "For the stack in containers it is `docker compose exec api andon ...`"


class NotOurs(RuntimeError):
    """The folder cannot be a demo's: it holds what no demo has made, or cannot be written."""


class OtherStore(RuntimeError):
    """The folder's data lies in another store."""


def default_home() -> Path:
    """Where a demo keeps its data unless told otherwise; the same at every start."""
    return Path(platformdirs.user_data_dir("andon", appauthor=False)) / "demo"


def library() -> tuple[Path, Path]:
    """(machines, plants): of the current folder, else of the checkout, else as installed with the package."""
    package = Path(andon_contracts.__file__).parent
    for root in (Path.cwd(), package.parents[1], package / "_library"):
        if (root / "machines" / "types").is_dir() and (root / "plants").is_dir():
            return root / "machines", root / "plants"
    raise FileNotFoundError(
        "no machines/ and plants/ folders here; run andon in a checkout, or name --machines and --plants"
    )


@dataclass(frozen=True, slots=True)
class Home:
    """Paths below the data folder."""

    root: Path

    def typed(self, command: str) -> str:
        """A command on this folder, as it can be pasted."""
        usual = self.root == default_home().resolve()
        return as_typed(command) + ("" if usual else f" --data-dir {shlex.quote(str(self.root))}")

    @property
    def unused(self) -> str:
        """What to say where no demo has run."""
        start = self.typed("andon demo")
        return f"no demo has run on {self.root}: name its folder with --data-dir, or start one: `{start}`. {CONTAINERS}"

    @property
    def secrets(self) -> Path:
        return self.root / "secrets"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def edge_status(self) -> Path:
        """What the edge says of itself, each second."""
        return self.root / "edge" / "edge-status.json"

    @property
    def production_stop(self) -> Path:
        """While this file is there the machines make nothing new."""
        return self.root / "edge" / "production-stop"

    @property
    def running(self) -> Path:
        """Pids and addresses of the demo that runs here, for `andon link`, `andon doctor` and the next start."""
        return self.root / "running.json"

    def data(self, process: str) -> Path:
        """The state of one process."""
        return self.root / process

    def keep_store(self, store: str) -> None:
        """A folder keeps the store that it began with: its journals count on what that one holds.

        Raises:
            OtherStore: it began with another.
        """
        kept = self.root / "store"
        if kept.exists() and kept.read_text() != store:
            raise OtherStore(
                f"{self.root} holds the data of {kept.read_text()}: give --store {kept.read_text()}, "
                f"or another --data-dir, or remove the old data with `{self.typed('andon reset')}`"
            )
        kept.write_text(store)

    @property
    def used(self) -> bool:
        """Whether a demo has run here."""
        return any((self.root / name).is_file() for name in ("store", "demo.lock"))

    def lock(self, who: str = "a demo") -> filelock.FileLock:
        """Take the folder for this process; ``who`` is what others are told of it.

        Raises:
            HomeInUse: another process has it; says which.
            NotOurs: it cannot be written, or somebody's files are in it, which `andon reset` would remove one day.
        """
        try:
            self._take()
        except OSError as error:
            raise NotOurs(f"{self.root} cannot be used ({error.strerror}): give another --data-dir") from error
        lock = filelock.FileLock(self.root / "demo.lock", timeout=0)
        try:
            lock.acquire()
        except filelock.Timeout as error:
            raise HomeInUse(self.root, Holder.read(self._held_by)) from error
        Holder(who, os.getpid()).write(self._held_by)
        self.end_leftovers()
        return lock

    @property
    def holder(self) -> Holder | None:
        """Who has the folder now."""
        lock = filelock.FileLock(self.root / "demo.lock", timeout=0)
        try:
            lock.acquire()
        except filelock.Timeout:
            return Holder.read(self._held_by)
        except OSError:
            return None
        lock.release()
        return None

    @property
    def _held_by(self) -> Path:
        return self.root / "demo.lock.json"

    def _take(self) -> None:
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not self.used and any(self.root.iterdir()):
            raise NotOurs(
                f"{self.root} holds files that are not a demo's: give a --data-dir that is new or empty, for example "
                f"{self.root / 'andon-data'}"
            )
        if not os.access(self.root, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    def read_running(self) -> dict[str, object]:
        """What the running demo wrote, or nothing."""
        try:
            found = json.loads(self.running.read_text())
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def end_leftovers(self) -> list[int]:
        """End children of a demo that was killed: they would hold the journal, the store and the broker's data."""
        ended = []
        for row in self.read_running().get("children", []):  # type: ignore[attr-defined]
            pid, created = row["pid"], row["created"]
            try:
                process = psutil.Process(pid)
                # a pid is used again: only the same process, by its time of creation, is ours
                if pid != os.getpid() and abs(process.create_time() - created) < 1.0:
                    process.kill()
                    process.wait(10)
                    ended.append(pid)
            except (psutil.NoSuchProcess, psutil.TimeoutExpired):
                continue
        self.running.unlink(missing_ok=True)
        return ended
