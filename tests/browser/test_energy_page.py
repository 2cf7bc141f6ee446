"""Energy: a sentence that answers, bars to scale, and a leak that is said only where there is one."""

from __future__ import annotations

import pytest
from support.fake_api import FakePlatform

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_energy_answers_in_a_sentence_and_shows_who_takes_it(visit, fake: FakePlatform) -> None:  # type: ignore[no-untyped-def]
    page = await visit("/machines")
    await page.get_by_role("link", name="Energy").click()
    await page.get_by_role("heading", name="A refrigerator takes 11.0 kWh, 11 % of it while machines stand").wait_for()
    assert fake.energy.asked[0] == {"place": "polaris", "shift": "current", "start": ""}
    await page.get_by_text("331 kW on average").wait_for()  # over the 2.5 hours that were measured
    rows = page.locator("tbody tr")
    assert await rows.count() == 6
    assert await rows.first.locator("th").inner_text() == "thermo-1"  # the largest user
    widths = await rows.locator("td.split > span").evaluate_all(
        "all => all.map((e) => e.getBoundingClientRect().width)"
    )
    assert widths == sorted(widths, reverse=True)
    assert widths[3] / widths[0] == pytest.approx(108.2 / 217.0, abs=0.02)
    spoken = await rows.nth(4).locator("td.split > span").get_attribute("aria-label")
    assert spoken == "producing 61.0 kWh, starved 4.00 kWh, down 8.00 kWh"
    assert await page.locator(".rail [aria-current=page]").inner_text() == "Energy"
    # no state is told by a grey alone: what stands idle is drawn another way than what produces
    drawn = "(e) => { const s = getComputedStyle(e); return [s.backgroundImage, s.borderTopStyle].join() }"
    plain = await rows.first.locator("i.producing").evaluate(drawn)
    idle = page.locator("i.idle").first
    await idle.evaluate("(e) => { const p = e.cloneNode(); p.className = 'planned'; e.after(p) }")
    assert await idle.evaluate(drawn) != plain
    assert await page.locator("i.planned").first.evaluate(drawn) != plain


@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (390, "dark")])
async def test_the_legend_shows_each_state_as_the_bars_draw_it(
    visit, fake: FakePlatform, width: int, theme: str
) -> None:  # type: ignore[no-untyped-def]
    page = await visit("/energy", width, 844, color_scheme=theme)
    await page.locator("tbody tr").first.wait_for()
    keys, bars = await page.evaluate(
        """() => ['.legend i', 'td.split i'].map((which) => Object.fromEntries(
          [...document.querySelectorAll(`andon-energy ${which}`)].map((e) => {
            const s = getComputedStyle(e);
            const seen = e.getBoundingClientRect().width > 0;
            return [e.className, [s.backgroundImage, s.backgroundColor, s.borderTopStyle, seen]];
          })))"""
    )
    assert len(keys) >= 4 and keys.items() <= bars.items()
    assert len({tuple(look) for look in keys.values()}) == len(keys)  # no two alike


async def test_on_a_phone_each_machine_has_its_bar_below_its_figures(visit, fake: FakePlatform) -> None:  # type: ignore[no-untyped-def]
    page = await visit("/energy", 390, 844, has_touch=True, is_mobile=True)
    rows = page.locator("andon-energy tbody tr")
    await rows.first.wait_for()
    boxes = await rows.evaluate_all(
        """all => all.map((r) => ['th', 'td.r', 'td.split > span', 'td.origin button'].map((q) => {
          const b = r.querySelector(q).getBoundingClientRect();
          return [b.left, b.right, b.top, b.bottom];
        }))"""
    )
    for name, figure, bar, origin in boxes:
        assert bar[2] >= max(name[3], figure[3]) - 12 and bar[1] > bar[0], "the bar stands below"
        assert name[1] <= figure[0] + 1 and origin[1] <= 390 - 24, "nothing is cut"
    columns = {tuple(round(b[i][1]) for i in (1, 3)) for b in boxes}
    assert len(columns) == 1, "figures stand in columns"


async def test_energy_is_followed_back_to_its_machine_and_so_is_the_air(visit, fake: FakePlatform) -> None:  # type: ignore[no-untyped-def]
    page = await visit("/energy")
    await page.get_by_role("button", name="Where does thermo-1 come from?").click()
    dialog = page.locator("dialog.origin")
    await dialog.locator(".chain > li").nth(4).wait_for()
    assert await dialog.locator(".formula").inner_text() == "sum of kW * h"
    asked = fake.lineage_asked[0]  # type: ignore[attr-defined]
    assert (asked["figure"], asked["machine"].rpartition("/")[2]) == ("kwh", "thermo-1")
    assert int(asked["stop"]) - int(asked["start"]) == 18_000_000_000  # the time that the page shows
    # the page is asked again every half minute; who reads is not disturbed
    await page.evaluate("document.querySelector('andon-energy').looking.again()")
    await page.wait_for_function("document.querySelector('andon-energy .report:not(.old)')")
    await dialog.get_by_role("combobox", name="Figure").select_option("carbon_kg")
    await dialog.locator(".formula", has_text="g per kWh").wait_for()
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Where does the air of compressor-1 come from?").click()
    await dialog.locator(".formula", has_text="supplied - expected").wait_for()
    await page.keyboard.press("Escape")


async def test_it_is_not_asked_again_for_each_machine_that_becomes_known(visit, fake: FakePlatform) -> None:  # type: ignore[no-untyped-def]
    page = await visit("/energy")
    await page.locator("tbody tr").first.wait_for()
    before = len(fake.energy.asked)
    await page.evaluate(
        """async () => {
          const address = performance.getEntriesByType("resource").find((e) => e.name.endsWith("core/store.js")).name;
          const { store } = await import(address);
          for (const _ of [1, 2, 3]) store.dispatchEvent(new CustomEvent("change", { detail: { structure: true } }));
        }"""
    )
    async with page.expect_response("**/energy?*start=-8h*"):
        await page.get_by_role("button", name="8 h", exact=True).click()
    assert len(fake.energy.asked) == before + 1


async def test_another_range_is_asked_for_and_kept_in_the_address(visit, fake: FakePlatform) -> None:  # type: ignore[no-untyped-def]
    page = await visit("/energy")
    await page.locator("tbody tr").first.wait_for()
    async with page.expect_response("**/energy?*start=-24h*"):
        await page.get_by_role("button", name="24 h").click()
    assert page.url.endswith("/energy?range=24h")
    await page.locator('[data-range="24h"][aria-pressed=true]').wait_for()


async def test_while_no_shift_runs_it_is_the_last_eight_hours(visit, fake: FakePlatform) -> None:  # type: ignore[no-untyped-def]
    fake.energy.shift = False
    page = await visit("/energy")
    await page.locator("tbody tr").first.wait_for()
    assert [a["start"] for a in fake.energy.asked][:2] == ["", "-8h"]


async def test_a_leak_is_said_with_its_size_and_its_absence_too(visit, fake: FakePlatform) -> None:  # type: ignore[no-untyped-def]
    page = await visit("/energy")
    await page.get_by_role(
        "heading", name="The compressed air net leaks 1.7 m³/min, 24 % of what is supplied"
    ).wait_for()
    await page.get_by_text("The leak took 11.2 kWh in this time.").wait_for()
    fake.energy.leak = 0.0
    await page.reload()
    await page.get_by_role("heading", name="The compressed air net shows no new leak").wait_for()
    fake.energy.problem = "the reference time is too short: 12 minutes of it are known, 42 are needed"
    await page.reload()
    await page.get_by_text("cannot be told: the reference time is too short: 12 minutes").wait_for()


async def test_without_meters_it_says_how_to_get_some(visit, fake: FakePlatform) -> None:  # type: ignore[no-untyped-def]
    fake.energy.used = {}
    page = await visit("/energy")
    await page.get_by_role("heading", name="No machine here measures its electricity").wait_for()
    await page.get_by_text("the role electricity in the machine's type file").wait_for()


async def test_a_plant_without_machines_says_how_to_get_some(visit, fake_origin) -> None:  # type: ignore[no-untyped-def]
    fake_origin[0].use(FakePlatform())
    page = await visit("/energy")
    await page.get_by_role("heading", name="No machine has announced itself yet").wait_for()


@pytest.mark.parametrize("width", [1440, 390])
async def test_the_plants_figures_are_followed_back_as_sums_and_on_to_each_machine(
    visit, fake: FakePlatform, width: int
) -> None:  # type: ignore[no-untyped-def]
    page = await visit("/energy", width, 900)
    await page.locator("tbody tr").first.wait_for()
    rows = page.locator("andon-energy tbody tr")
    users = [await rows.nth(i).get_attribute("data-machine") for i in range(await rows.count())]
    asked = fake.lineage_asked  # type: ignore[attr-defined]
    cards = {"piece": "kwh_per_piece", "all": "kwh", "idle": "idle_kwh", "carbon": "carbon_kg_per_piece"}
    for card, figure in cards.items():
        await page.locator(f"[data-figure={card}] andon-origin button").click()
        dialog = page.locator("dialog.origin")
        await dialog.get_by_role("heading", name=f"The sum of {len(users)} machines").wait_for()
        assert (asked[-1]["figure"], asked[-1]["place"]) == (figure, "polaris")
        assert int(asked[-1]["start"]) < int(asked[-1]["stop"])
        assert await dialog.locator("tbody tr").count() == len(users)
        assert "1 machine has no meter and is not counted" in await dialog.inner_text()
        # what the card says is what the sum comes to
        said = await page.locator(f"[data-figure={card}] .v b").inner_text()
        if card != "idle":
            assert (await dialog.locator(".value b").inner_text()).startswith(said)
        divided = dialog.get_by_role("heading", name="Divided by 75 good pieces")
        assert await divided.count() == figure.endswith("_per_piece")
        assert await dialog.evaluate("(d) => d.scrollWidth - d.clientWidth") <= 0
        # a part leads on to its machine, and the list of machines back
        part = dialog.locator("tbody tr").nth(1).get_by_role("button")
        machine = await part.get_attribute("data-machine")
        await part.click()
        await dialog.locator(".chain > li").nth(4).wait_for()
        assert (asked[-1]["figure"], asked[-1]["machine"]) == (figure, machine)
        choose = dialog.get_by_role("combobox", name="Machine")
        assert await choose.evaluate("(e) => e === document.activeElement && e.value") == machine
        await choose.select_option("")
        await dialog.get_by_role("heading", name=f"The sum of {len(users)} machines").wait_for()
        await dialog.get_by_role("button", name="Close").click()
        await dialog.wait_for(state="detached")


async def test_a_sum_offers_only_figures_that_add_up_and_says_what_carbon_is_counted_with(
    visit, fake: FakePlatform
) -> None:  # type: ignore[no-untyped-def]
    page = await visit("/energy", 1440, 900)
    below = page.locator("[data-figure=carbon] .below")
    assert await below.inner_text() == "300 kg in all, at 363 g CO₂ a kWh"
    await page.locator("[data-figure=carbon] andon-origin button").click()
    dialog = page.locator("dialog.origin")
    await dialog.get_by_role("heading", name="At 363 g CO₂ a kWh").wait_for()
    figure = dialog.get_by_role("combobox", name="Figure")
    offered = await figure.locator("option").all_inner_texts()
    assert offered == ["Energy", "Idle energy", "Energy per piece", "Carbon", "Carbon per piece"]
    # of one machine everything can be asked, and back at the sum it is the card's figure again
    await dialog.get_by_role("combobox", name="Machine").select_option(label="thermo-1")
    await dialog.locator(".chain > li").nth(4).wait_for()
    await figure.select_option("air_leak")
    await dialog.locator(".formula", has_text="supplied - expected").wait_for()
    await dialog.get_by_role("combobox", name="Machine").select_option("")
    await dialog.get_by_role("heading", name="The figure: Carbon per piece").wait_for()


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_a_phone_needs_no_sideways_scrolling(visit, fake: FakePlatform, theme: str) -> None:  # type: ignore[no-untyped-def]
    page = await visit("/energy", 390, 844, has_touch=True, is_mobile=True, color_scheme=theme)
    await page.locator("tbody tr").first.wait_for()
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth && innerWidth === 390")
    cut_off = "(e) => e.scrollWidth - e.clientWidth"
    assert await page.locator("andon-energy .wide").evaluate(cut_off) <= 0
    await page.locator("[data-figure=carbon] andon-origin button").click()
    await page.locator(".chain.sum tbody tr").first.wait_for()
    assert await page.locator(".chain .wide").evaluate(cut_off) <= 0
    names = page.locator(".chain.sum tbody th")
    heights = await names.evaluate_all("all => all.map((e) => e.getClientRects()[0].height)")
    assert max(heights) < 50  # a name takes one line
    for name in ("Figure", "Machine"):
        choice = await page.get_by_role("combobox", name=name).bounding_box()
        assert choice["width"] > 300


async def test_on_a_phone_a_figure_stands_above_its_words(visit, fake: FakePlatform) -> None:  # type: ignore[no-untyped-def]
    page = await visit("/energy", 390, 844, has_touch=True, is_mobile=True)
    cards = page.locator("andon-energy .kpi")
    await cards.nth(3).locator(".v").wait_for()
    for i in range(4):
        parts = [cards.nth(i).locator(part).first for part in (".v", ".below", "andon-origin")]
        tops = [(await part.bounding_box())["y"] for part in parts]
        assert tops == sorted(tops)
