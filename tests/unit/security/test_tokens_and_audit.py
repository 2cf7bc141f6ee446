"""Tokens that cannot be forged, and a log that shows where it was touched."""

from __future__ import annotations

import itertools
import json
import os
from pathlib import Path

import pytest
from andon_security import TokenRefused
from andon_security.audit import AuditLog
from andon_security.tokens import ROLE_SCOPES, issue, verify
from support.small_disk import fill, mounted

KEY = b"k" * 43


def test_a_token_says_who_and_what() -> None:
    who = verify(KEY, issue(KEY, "ada", "engineer", tenant="polaris"))
    assert (who.subject, who.role, who.tenant) == ("ada", "engineer", "polaris")
    assert who.may("fault:inject") and not who.may("device:enrol")


def test_roles_contain_one_another() -> None:
    order = ["viewer", "operator", "engineer", "admin"]
    for less, more in itertools.pairwise(order):
        assert ROLE_SCOPES[less] < ROLE_SCOPES[more]  # type: ignore[index]


@pytest.mark.parametrize("life", [-1, 0])
def test_an_expired_token_is_refused(life: float) -> None:
    with pytest.raises(TokenRefused, match="expired"):
        verify(KEY, issue(KEY, "ada", "viewer", life_s=life - 1))


def test_a_token_of_another_key_or_algorithm_is_refused() -> None:
    with pytest.raises(TokenRefused):
        verify(b"x" * 43, issue(KEY, "ada", "admin"))
    with pytest.raises(TokenRefused):
        verify(KEY, "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEiLCJhdWQiOiJhbmRvbiJ9.")
    with pytest.raises(TokenRefused):
        verify(KEY, "nonsense")


def filled(path: Path) -> AuditLog:
    log = AuditLog(path, b"key", now=lambda: 1.0)
    for n in range(5):
        log.append("command", "ada", f"act {n}", machine="press-1")
    return log


def test_a_whole_chain_is_whole_and_goes_on_after_a_restart(tmp_path: Path) -> None:
    filled(tmp_path / "audit.log")
    again = AuditLog(tmp_path / "audit.log", b"key")
    again.append("login", "bob", "link")
    verdict = again.verify()
    assert (verdict.records, verdict.whole) == (6, True)


@pytest.mark.parametrize("touch", ["change", "cut", "swap", "forge"])
def test_a_touched_chain_shows_where(tmp_path: Path, touch: str) -> None:
    path = tmp_path / "audit.log"
    log = filled(path)
    lines = path.read_text().splitlines()
    if touch == "change":
        lines[2] = lines[2].replace("ada", "eve")
    elif touch == "cut":
        del lines[2]
    elif touch == "swap":
        lines[2], lines[3] = lines[3], lines[2]
    else:
        lines[2] = json.dumps(json.loads(lines[2]) | {"seal": "0" * 64})
    path.write_text("\n".join(lines) + "\n")
    verdict = log.verify()
    assert (verdict.whole, verdict.broken_at) == (False, 3)


@pytest.mark.parametrize("cut", [1, 40, 150])
def test_a_record_that_was_cut_off_is_taken_away_and_the_chain_goes_on(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "audit.log"
    filled(path)
    whole = path.read_bytes()
    path.write_bytes(whole[:-cut])  # killed while it wrote the last record
    again = AuditLog(path, b"key")
    again.append("login", "bob", "link")
    verdict = again.verify()
    assert (verdict.records, verdict.whole) == (5, True)
    assert [r["who"] for r in again.records()] == ["ada"] * 4 + ["bob"]


def test_on_a_full_disk_nothing_is_written_by_half(tmp_path: Path) -> None:
    with mounted(tmp_path / "disk", "1m") as disk:
        log = filled(disk / "audit.log")
        fill(disk / "ballast", but=0)
        with (disk / "audit.log").open("ab") as tail:  # what is left of the log's last page
            room = -tail.tell() % os.sysconf("SC_PAGESIZE")
        with pytest.raises(OSError, match=r"No space|no room"):
            log.append("command", "ada", "x" * (room + 1))
        assert log.verify().records == 5 and log.verify().whole
        (disk / "ballast").unlink()
        log.append("login", "bob", "link")
        assert AuditLog(disk / "audit.log", b"key").verify() == log.verify()
        assert log.verify().records == 6
