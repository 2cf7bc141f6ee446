"""Which Mosquitto is taken: a program with the plugin that was installed with it, and a configuration for old and new.

The plugin of one version in the program of another is loaded without a word (tried with 2.0.11's in 2.1.2), so that
nothing but where it lies tells that they belong together.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from andon_cli.processes.brokers import NoBroker, find_mosquitto
from andon_security.brokers.mosquitto import MosquittoPaths, configuration

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the stand-in program is a shell script")
PLUGIN = "mosquitto_dynamic_security.so"
#: Those that Mosquitto 2.1.2 names so in its log (src/conf.c), and those that its change log names so.
DEPRECATED = {
    "allow_duplicate_messages", "auto_id_prefix", "bind_address", "clientid_prefixes", "per_listener_settings", "port",
    "acl_file", "password_file",
}  # fmt: skip


def installed(prefix: Path, *folders: str, version: str = "2.1.2") -> Path:
    """A program below ``prefix`` that says its version, and a plugin in each of the folders."""
    program = prefix / "sbin" / "mosquitto"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\necho mosquitto version {version}\n")
    program.chmod(0o755)
    for folder in folders:
        (prefix / folder).mkdir(parents=True, exist_ok=True)
        (prefix / folder / PLUGIN).touch()
    return program


@pytest.mark.parametrize("folder", ["lib", "lib/x86_64-linux-gnu", "lib64"])
def test_the_plugin_is_the_programs_own(folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    new, old = installed(tmp_path / "new", folder), installed(tmp_path / "old", folder, version="2.0.11")
    monkeypatch.setenv("PATH", f"{new.parent}:{old.parent}")
    assert find_mosquitto() == (new, tmp_path / "new" / folder / PLUGIN, "2.1.2")


def test_a_program_without_its_plugin_is_none_whatever_lies_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = installed(tmp_path / "bare")
    monkeypatch.setenv("PATH", str(program.parent))
    with pytest.raises(NoBroker, match=r"bare/sbin/mosquitto has no dynamic-security plugin of its own"):
        find_mosquitto()


def test_a_linked_program_has_the_plugin_of_its_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = installed(tmp_path / "Cellar" / "mosquitto" / "2.1.2", "lib")
    link = tmp_path / "sbin" / "mosquitto"
    link.parent.mkdir()
    link.symlink_to(program)
    monkeypatch.setenv("PATH", str(link.parent))
    assert find_mosquitto() == (link, program.parents[1] / "lib" / PLUGIN, "2.1.2")


@pytest.mark.parametrize("version", ["1.6.12", "unknown"])
def test_an_old_program_is_none(version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(installed(tmp_path / "old", "lib", version=version).parent))
    with pytest.raises(NoBroker, match="is not Mosquitto 2"):
        find_mosquitto()


def test_no_option_is_deprecated() -> None:
    paths = MosquittoPaths(*(Path("/x") for _ in range(6)))
    lines = configuration(paths, host="127.0.0.1", port=8883, user="me").splitlines()
    assert not DEPRECATED & {line.split()[0] for line in lines}
