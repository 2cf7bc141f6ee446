"""Tokens that cannot be forged, and a log that shows where it was touched."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest
from andon_security import TokenRefused
from andon_security.audit import AuditLog
from andon_security.tokens import ROLE_SCOPES, issue, verify

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
