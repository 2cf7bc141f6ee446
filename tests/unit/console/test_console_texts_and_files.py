"""Texts are complete, scripts are small and load nothing from elsewhere, colours have their contrast."""

from __future__ import annotations

import json
import re

import pytest
from andon_console import assets
from andon_console.errors import TextMissing
from andon_console.gateway import Visitor
from andon_console.texts import catalogue, text
from andon_security.tokens import ROLE_SCOPES

_SCRIPTS = sorted((assets.FOLDER / "js").rglob("*.js"))
_USED = re.compile(r"""(?<![\w.])(?:t|has)\(\s*(['`])(.+?)\1""")


def test_every_text_that_a_script_names_exists() -> None:
    known = catalogue()
    for file in _SCRIPTS:
        for _, key in _USED.findall(file.read_text(encoding="utf-8")):
            pattern = re.compile(re.sub(r"\\\$\\\{.*?\\\}", ".+", re.escape(key)) + r"(\.one|\.other)?\Z")
            assert any(pattern.match(k) for k in known), f"{file.name}: {key}"


def test_counting_texts_come_in_pairs() -> None:
    keys = set(catalogue())
    for key in keys:
        if key.endswith(".one"):
            assert key.removesuffix(".one") + ".other" in keys


def test_a_missing_text_is_an_error_that_names_it() -> None:
    with pytest.raises(TextMissing, match=r"no\.such"):
        text("no.such")
    with pytest.raises(TextMissing, match="there are: en"):
        catalogue("tlh")


@pytest.mark.parametrize("file", _SCRIPTS, ids=lambda f: f.name)
def test_scripts_are_small_and_local(file: object) -> None:
    source = file.read_text(encoding="utf-8")  # type: ignore[attr-defined]
    assert source.count("\n") <= 260, "split it"
    assert source.startswith("//"), "say first what the module is for"
    assert not re.findall(r"""(?:from|import)\s*\(?['"](?!\.)""", source), "imports are relative"
    assert not re.findall(r"https?://(?!ucum\.org|www\.w3\.org)[a-z]", source)


def test_styles_and_fonts_are_local() -> None:
    for file in (assets.FOLDER / "css").glob("*.css"):
        for url in re.findall(r"url\(([^)]+)\)", file.read_text(encoding="utf-8")):
            assert url.startswith("../fonts/")
            assert (file.parent / url).resolve().is_file()
    licences = [f.name for f in (assets.FOLDER / "fonts").iterdir() if f.name.startswith("LICENSE")]
    assert len(licences) == 2


def _tokens(theme: str) -> dict[str, str]:
    source = (assets.FOLDER / "css" / "tokens.css").read_text(encoding="utf-8")
    block = re.search(rf"\[data-theme={theme}\]\s*\{{(.*?)\}}", source, re.DOTALL)
    assert block
    return dict(re.findall(r"--([\w-]+):(#[0-9A-Fa-f]{6})", block[1]))


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    ("ink", "ground"),
    [("ink", "card"), ("ink-2", "card"), ("ink-2", "page"), ("ink-2", "tone-1"), ("ink", "plate-down"),
     ("ink", "plate-wait"), ("ink-2", "plate-wait"), ("ink-2", "plate-down"), ("ink-2", "plate-setup"),
     ("down-ink", "card"), ("down-ink", "plate-down"), ("warn-ink", "plate-wait"), ("accent", "card"),
     ("accent", "plate-accent"), ("on-down", "down")],
)  # fmt: skip
def test_text_has_contrast(theme: str, ink: str, ground: str) -> None:
    tokens = _tokens(theme)
    light, dark = sorted((_luminance(tokens[ink]), _luminance(tokens[ground])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_a_visitor_may_what_the_role_may() -> None:
    assert set(Visitor("a", "engineer").scopes) == ROLE_SCOPES["engineer"]
    assert Visitor("a", "no-such-role").scopes == []


def test_the_catalogue_is_flat_text() -> None:
    raw = json.loads((assets.FOLDER.parent / "texts" / "en.json").read_text(encoding="utf-8"))
    assert all(isinstance(k, str) and isinstance(v, str) for k, v in raw.items())
