"""The Layers page in a real browser: what flows through each layer, and one message followed to the chart."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from typing import Any

import pytest
from support.fake_api import FakeOrigin, FakePlatform
from support.fake_flow import HOPS
from support.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
LINE = "polaris/north/cabinets/cabinets-1"
PRESS = f"{LINE}/press-1"
SEEN = ["measured", "journal", "live", "browser", "chart"]
KEPT = ["ingest", "store", "acknowledged", "watermark"]
Open = Callable[..., Any]


async def opened(
    visit: Open, path: str = f"/layers?machine={PRESS}", width: int = 1920, height: int = 1080, **how: Any
) -> Any:
    page = await visit(path, width, height, **how)
    await page.locator("andon-layers:not(.blank) .box").first.wait_for()
    return page


async def followed(page: Any) -> None:
    """Until the followed message has been everywhere."""
    for hop in (*SEEN[1:], *KEPT):
        await page.locator(f".tabs [data-hop={hop}] .at", has_text="+").wait_for()


async def says(page: Any, box: str) -> str:
    text = str(await page.locator(f"[data-box={box}]").inner_text())
    return "\n".join(line for line in text.splitlines() if line.strip())


async def test_the_rail_leads_to_the_layers_and_a_sentence_says_how_fast_data_is(
    visit: Open, fake: FakePlatform
) -> None:
    page = await visit("/machines")
    await page.locator(".rail a", has_text="Layers").click()
    await page.get_by_role("heading", level=1, name="from machine to chart").wait_for()
    assert await page.locator(".rail [aria-current]").inner_text() == "Layers"
    await page.get_by_text("34.2 messages a second, 128\u2009400 stored, none lost.").wait_for()
    layers = await page.locator(".layer h2").all_inner_texts()
    assert layers == ["Apps", "Data", "Platform", "Network"]
    # security frames all of them
    frame, plates = [await page.locator(s).bounding_box() for s in (".stack", ".plates")]
    assert frame["x"] < plates["x"]
    assert frame["x"] + frame["width"] > plates["x"] + plates["width"]


async def test_each_plate_says_what_flows_through_it(visit: Open, fake: FakePlatform) -> None:
    page = await opened(visit)
    assert "34.2 messages/s\n99 % within 6.8\u2009ms" in await says(page, "ingest")
    assert "137 points/s\n512\u2009100 points, 12\u2009MB; 99 % within 71\u2009ms" in await says(page, "store")
    assert "10 messages not settled\nall before them is safe" in await says(page, "watermark")
    assert "4 held" in await says(page, "quarantine")  # 3 of them out of journals
    assert "31.4 /s" in await says(page, "broker")
    assert "1 refused" in await says(page, "commands")
    layers = ("apps", "data", "platform", "network")
    guards = {name: await page.locator(f"[data-guard={name}]").inner_text() for name in layers}
    assert guards["apps"].startswith("4 people signed in")
    assert "1 page or link refused" in guards["apps"]
    assert "4 messages refused their place in the store" in guards["data"]
    assert guards["platform"].startswith("7 calls refused")
    assert "5 questions, 2 commands" in guards["platform"]
    # what the platform cannot see is said
    assert "Whom the broker turns away, only its log tells." in guards["network"]


async def test_gates_stand_in_the_gaps_with_the_hops_time_beside_them(visit: Open, fake: FakePlatform) -> None:
    page = await opened(visit)
    await page.locator("[data-way=screen]").wait_for()
    gates, layers = await page.evaluate("""() => {
      const box = (e) => { const r = e.getBoundingClientRect(); return [r.top, r.bottom]; };
      return [Object.fromEntries([...document.querySelectorAll('.gates .gate')].map((g) => [g.textContent, box(g)])),
        [...document.querySelectorAll('.layer')].map(box)];
    }""")
    assert set(gates) == {"known device", "may listen", "may write", "may read", "token and role", "may command"}
    gaps = [(above[1], below[0]) for above, below in itertools.pairwise(layers)]
    for name, (top, bottom) in gates.items():
        assert any(start < (top + bottom) / 2 < end for start, end in gaps), name
    assert await page.locator("[data-way=write]").inner_text() == "47\u2009ms"
    assert await page.locator("[data-way=broker]").inner_text() == "1.4\u2009ms"


async def test_one_message_is_followed_to_the_chart_and_its_axis_is_true_to_scale(
    visit: Open, fake: FakePlatform
) -> None:
    page = await opened(visit)
    await followed(page)
    assert fake.flow.asked == [PRESS]
    frame = next(iter(fake.flow.follows.values()))["frame"]
    assert f"press-1, message {frame['seq']} with 3 values" in await page.locator(".about").inner_text()
    numbers = await page.locator(".tabs [role=tab] > i").all_inner_texts()
    assert numbers == [str(n) for n in range(1, 10)]
    assert await page.locator(".tabs [data-hop=store] .at").inner_text() == "+48\u2009ms"
    assert await page.locator(".tabs [data-hop=watermark] .at").inner_text() == "+742\u2009ms"
    # on each lane numbers stand in the order of time; ticks say how much a pixel is; what is far is behind a break
    foot = """(hop) => [...document.querySelectorAll(`.axis [data-hop=${hop}] .lead`)]
      .map((l) => Number(l.getAttribute('d').match(/^M([\\d.]+)/)[1]))"""
    begin, store = (await page.evaluate(foot, "measured"))[0], (await page.evaluate(foot, "store"))[0]
    ingest = (await page.evaluate(foot, "ingest"))[0]
    assert (ingest - begin) / (store - begin) == pytest.approx(HOPS["received"] / HOPS["written"], abs=0.005)
    assert await page.locator(".axis .cut").count() == 1
    assert "axis broken" in (await page.locator(".axis").text_content() or "")
    # the chart at the end of the way has the message's value
    await page.locator(".strip-chart .dot").wait_for()


async def test_a_hop_is_looked_at_with_mouse_or_keys(visit: Open, fake: FakePlatform) -> None:
    page = await opened(visit)
    await followed(page)
    await page.locator(".tabs [data-hop=store]").click()
    await page.get_by_role("heading", name="Written").wait_for()
    assert "one write with 7 messages" in await page.locator(".story").inner_text()
    assert await page.locator('[data-no="store"].lit').count() == 1
    await page.keyboard.press("ArrowRight")
    await page.get_by_role("heading", name="The broker may forget").wait_for()
    assert await page.evaluate("document.activeElement.dataset.hop") == "acknowledged"
    await page.keyboard.press("End")
    await page.get_by_role("heading", name="The journal may forget").wait_for()
    await page.keyboard.press("Home")
    marked = await page.locator(".pay pre b").inner_text()
    assert json.loads("{" + marked + "}")["t"] == next(iter(fake.flow.follows.values()))["frame"]["t"]
    await page.locator(".axis [data-hop=chart]").click()
    await page.get_by_role("heading", name="Drawn").wait_for()


async def test_another_message_and_another_machine(visit: Open, fake: FakePlatform) -> None:
    page = await opened(visit)
    await followed(page)
    first = await page.locator(".about").inner_text()
    await page.get_by_role("button", name="Follow the next").click()
    await until(lambda: len(fake.flow.asked) == 2, what="another message asked for")
    await followed(page)
    assert await page.locator(".about").inner_text() != first
    await page.get_by_role("combobox", name="Machine").select_option(f"{LINE}/bend-1")
    await page.locator(".about", has_text="bend-1, message").wait_for()
    await followed(page)
    assert fake.flow.asked[-1] == f"{LINE}/bend-1"
    await page.reload()
    await page.locator(".about", has_text="bend-1, message").wait_for()


async def test_a_foreign_sender_a_silent_machine_and_a_message_in_quarantine(visit: Open, fake: FakePlatform) -> None:
    fake.flow.journal = False
    page = await opened(visit)
    await page.locator(".tabs [data-hop=watermark] .at", has_text="+").wait_for()
    journal = page.locator(".tabs [data-hop=journal]")
    assert "no such hop" in await journal.inner_text()
    await journal.click()
    await page.get_by_text("does not say when it put the message into a journal").wait_for()
    fake.flow.journal, fake.flow.quarantine = True, True
    await page.get_by_role("button", name="Follow the next").click()
    await page.locator(".tabs [data-hop=watermark] .at", has_text="+").wait_for()
    await page.locator(".tabs [data-hop=store]").click()
    await page.get_by_text("went into quarantine, as it came: 'ram_speed'").wait_for()
    assert "no such hop" in await page.locator(".tabs [data-hop=live]").inner_text()
    fake.flow.silent = True
    await page.get_by_role("button", name="Follow the next").click()
    await page.get_by_text("press-1 has sent nothing since you asked").wait_for()
    assert await page.locator(".tabs [role=tab]").count() == 0


@pytest.mark.parametrize(
    ("changes", "title"),
    [
        ({"ingest": "away"}, "Nothing is stored now: ingest does not answer"),
        ({"ingest": "no-broker"}, "Ingest has lost the broker; journals keep the data"),
        ({"ingest": "no-store"}, "The store takes no data; journals keep it"),
        ({"watermark": {"pending": 900, "oldest_s": 125.0}}, "The store is 2\u2009min behind the machines"),
        ({"hops": [{"hop": h, "count": 9, "p50_ms": 2_400.0, "p99_ms": 3_000.0, "ahead": 0}
                   for h in ("journal", "broker", "write", "watermark", "live", "age")]},
         "The store answers slowly: 2.4\u2009s a message"),
        ({"online": 0}, "No machine is heard"),
    ],
)  # fmt: skip
async def test_what_is_wrong_is_the_title(visit: Open, fake: FakePlatform, changes: dict[str, Any], title: str) -> None:
    fake.flow.changes = changes
    page = await opened(visit)
    await page.get_by_role("heading", level=1, name=title).wait_for()
    assert "bad" in (await page.locator("h1").get_attribute("class") or "")
    fake.flow.changes = {}
    await page.get_by_role("heading", level=1, name="from machine to chart").wait_for()


async def test_lost_messages_and_clocks_that_differ_are_told(visit: Open, fake: FakePlatform) -> None:
    hops = [{"hop": h, "count": 9, "p50_ms": 1.0, "p99_ms": 2.0, "ahead": 4}
            for h in ("journal", "broker", "write", "watermark", "live", "age")]  # fmt: skip
    fake.flow.changes = {"voided": 12, "hops": hops}
    page = await opened(visit)
    await page.get_by_text("12 lost and declared so. Clocks of machines and platform differ").wait_for()


async def test_a_platform_that_is_away_is_told_and_asked_again(visit: Open, fake: FakePlatform) -> None:
    fake.away = True
    page = await visit("/layers")
    await page.get_by_role("heading", name="The platform does not answer").wait_for()
    assert await page.locator("h1").inner_text() == "The platform does not say how the data flows"
    fake.away = False
    await page.locator("andon-layers:not(.blank) .box").first.wait_for()
    await page.get_by_role("heading", level=1, name="from machine to chart").wait_for()
    # away again: what was known last stays, paler, and the title says so
    fake.away = True
    await page.locator(".stack.old").wait_for()
    assert "does not say" in await page.locator("h1").inner_text()


async def test_a_plant_without_machines_says_what_would_be_here(
    visit: Open, fake_origin: tuple[FakeOrigin, str]
) -> None:
    fake_origin[0].use(FakePlatform())
    page = await visit("/layers")
    await page.get_by_role("heading", name="No machine has announced itself yet").wait_for()
    assert await page.locator("h1").inner_text() == "Nothing flows yet"


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1366, 768), (1920, 1080)])
async def test_it_fits_and_every_text_exists(visit: Open, fake: FakePlatform, width: int, height: int) -> None:
    phone = {"has_touch": True, "is_mobile": True} if width == 390 else {}
    page = await opened(visit, width=width, height=height, **phone)
    await followed(page)
    assert await page.evaluate("innerWidth") == width
    assert await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    if width == 1920:
        assert await page.evaluate("document.documentElement.scrollHeight") <= height
    if width == 1366:  # the title and the whole picture
        box = await page.locator(".stack").bounding_box()
        assert box["y"] + box["height"] <= height
    text = await page.locator("body").inner_text()
    assert [w for w in text.split() if w.startswith(("layers.", "rail."))] == []
    told = await page.evaluate("""() => {
      const ours = (urls) => urls.filter((u) => /\\/assets\\/.*\\.js$/.test(u)).map((u) => u.replace(/.*\\/js\\//, ''));
      return [[...document.querySelectorAll('link[rel=modulepreload]')].map((l) => l.href),
        performance.getEntriesByType('resource').map((e) => e.name)].map(ours);
    }""")
    assert sorted(told[0]) == sorted(told[1])


async def test_every_stop_and_picture_has_a_name_and_nothing_moves_where_that_is_wished(
    visit: Open, fake: FakePlatform
) -> None:
    page = await opened(visit, width=1366, height=768, reduced_motion="reduce")
    await followed(page)
    nameless = await page.evaluate("""() =>
      [...document.querySelectorAll('main :is(a,button,input,select,[tabindex="0"])')]
      .filter((e) => !(e.getAttribute('aria-label') || e.labels?.[0]?.textContent.trim() || e.textContent.trim()))
      .map((e) => e.outerHTML.slice(0, 100))""")
    assert nameless == []
    pictures = await page.evaluate("""() => [...document.querySelectorAll('main svg')].filter((s) =>
      !s.closest('[aria-hidden=true]') && !s.closest('[role=img]')?.getAttribute('aria-label'))
      .map((e) => e.outerHTML.slice(0, 100))""")
    assert pictures == []
    assert await page.locator("h1").count() == 1
    assert await page.evaluate("document.getAnimations().filter((a) => a.playState === 'running').length") == 0


@pytest.mark.parametrize("width", [1920, 1440, 1200, 390])
async def test_many_that_wait_lie_over_no_words(visit: Open, fake: FakePlatform, width: int) -> None:
    names = [m for m in fake.machines if fake.machines[m]["online"]]
    behind = [{"machine": m, "pending": 1_300 - 50 * i, "oldest_s": 4.2} for i, m in enumerate(names[:12])]
    fake.flow.changes = {"watermark": {"pending": 12_345, "oldest_s": 4.2, "behind": behind}}
    page = await opened(visit, width=width, height=1080)
    await page.locator("[data-box=watermark] .v", has_text="12\u2009345").wait_for()
    bars, words, tallest, wide = await page.evaluate(
        """() => {
          const box = document.querySelector('[data-box=watermark]');
          const range = document.createRange();
          const words = [...box.querySelectorAll('.v, .below')].map((e) => {
            range.selectNodeContents(e);
            return Math.min(range.getBoundingClientRect().right, e.getBoundingClientRect().right);
          });
          const bars = box.querySelector('.bars').getBoundingClientRect();
          const worst = box.querySelector('.bars i').getBoundingClientRect();
          const seen = worst.left >= bars.left && worst.right <= bars.right + 1;
          return [bars.left, Math.max(...words), seen || bars.width < 8, bars.width];
        }"""
    )
    assert bars >= words, "beside the words"
    assert wide >= 8 or width == 1200
    assert tallest, "what waits longest is seen, where there is room for any"
