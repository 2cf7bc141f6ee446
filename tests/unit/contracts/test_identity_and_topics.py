"""One grammar: parse and format are inverse, and nothing else gets through."""

from __future__ import annotations

import string

import pytest
from andon_contracts import IdentityError, TopicError
from andon_contracts.identity import CHANNELS, MAX_PATH, Identity
from andon_contracts.topics import (
    MACHINE_CHANNELS,
    PLANT_CHANNELS,
    PREFIX,
    MachineTopic,
    PlantTopic,
    Topic,
    format_topic,
    parse_topic,
)
from hypothesis import given
from hypothesis import strategies as st

LEVEL = st.text(string.ascii_lowercase + string.digits + "-", min_size=1, max_size=12).filter(
    lambda s: s not in CHANNELS
)
IDENTITY = st.builds(Identity, LEVEL, LEVEL, LEVEL, LEVEL, LEVEL)
TOPIC = st.one_of(
    st.builds(MachineTopic, IDENTITY, st.sampled_from(MACHINE_CHANNELS)),
    st.builds(PlantTopic, LEVEL, st.sampled_from(PLANT_CHANNELS)),
)


@given(TOPIC)
def test_parse_is_the_inverse_of_format(topic: Topic) -> None:
    assert parse_topic(format_topic(topic)) == topic


@given(st.text(max_size=80))
def test_what_parses_formats_to_itself(text: str) -> None:
    try:
        topic = parse_topic(text)
    except TopicError:
        return
    assert format_topic(topic) == text


@given(st.lists(st.text(string.ascii_lowercase + "/+#-A ", max_size=8), max_size=8))
def test_what_parses_behind_the_prefix_formats_to_itself(levels: list[str]) -> None:
    text = "/".join([PREFIX, *levels])
    try:
        topic = parse_topic(text)
    except TopicError:
        return
    assert format_topic(topic) == text


@given(IDENTITY)
def test_an_identity_is_its_path(identity: Identity) -> None:
    assert Identity.parse(identity.path) == identity
    assert len(identity.path) <= MAX_PATH


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("acme/north/hall/line-1", "four|4 levels"),
        ("acme/north/hall/line-1/Press 1", "press-1"),
        ("acme/north/hall/line-1/telemetry", "name of a channel"),
        ("acme/north/hall/line-1/" + "x" * 25, "1 to 24"),
        ("/".join(["a" * 14] * 5), "at most 64"),
        ("acme/north/hall/line-1/press+", "1 to 24"),
        ("acme/north/hall/line-1/press\n", "1 to 24"),
    ],
)
def test_a_wrong_path_is_refused_with_a_remedy(path: str, says: str) -> None:
    with pytest.raises(IdentityError, match=says):
        Identity.parse(path)
