"""OEE, the detector and process control on the Machine page, OEE and the bottleneck on the Floor, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from support.fake_api import FakePlatform
from support.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
LINE = "polaris/north/cabinets/cabinets-1"
PRESS = f"/machine/{LINE}/press-1"
Open = Callable[..., Any]
ALARM = {"mode": "press", "learned": 1.0, "score": 1.64, "alarm": True, "since": 1_795_500_000_000_000,
         "because": {"hydraulic_pressure": 0.72, "oil_temperature": 0.28}}  # fmt: skip


async def _seen(page: Any, what: str) -> Any:
    found = page.locator(what)
    await found.scroll_into_view_if_needed()
    return found


async def _of_a_signal(page: Any, name: str = "hydraulic_pressure") -> Any:
    """The control chart, of a signal: at first it is of what is measured on pieces."""
    card = await _seen(page, "andon-spc")
    await card.locator("option[value=flatness_mm]").wait_for(state="attached")
    await card.locator("select[name=characteristic]").select_option(name)
    return card


async def test_oee_of_the_shift_with_its_factors_and_where_the_time_went(visit: Open, fake: FakePlatform) -> None:
    page = await visit(PRESS)
    card = await _seen(page, "andon-oee")
    await card.get_by_role("heading", name="Stops and waiting cost most").wait_for()
    shown = {k: await card.locator(f"[data-kpi={k}] b").inner_text() for k in ("oee", "availability", "quality_ratio")}
    assert {k: v.replace("\u2009", " ") for k, v in shown.items()} == {
        "oee": "58.6 %", "availability": "71.4 %", "quality_ratio": "96.7 %"}  # fmt: skip
    assert "Early shift" in await card.locator(".range").inner_text()
    # each bar's length is its time: a loss ends where the level after it begins
    bars = await card.locator(".fall rect.total, .fall rect.loss").evaluate_all(
        "all => all.map((r) => [r.getAttribute('x'), r.getAttribute('width')].map(Number))"
    )
    names = await card.locator(".fall .row text:first-of-type").all_text_contents()
    assert names[0] == "Calendar time" and names[-1] == "Good pieces" and "Offline" not in names
    left, scale = bars[0][0], bars[0][1] / 18_900
    assert bars[-1][0] == left and abs(bars[-1][1] - 10_440 * scale) < 0.2
    down = bars[names.index("Down")]
    assert abs(down[1] - 2_100 * scale) < 0.2
    assert abs(down[0] + down[1] - bars[names.index("Blocked")][0]) < 0.2
    losses = [r.replace("\u2009", " ").split("\n") for r in await card.locator(".losses li").all_inner_texts()]
    assert [x.strip() for x in losses[0] if x.strip()] == ["Seal worn", "35 min", "41 %", "41 %"]
    assert [x.strip() for x in losses[-1] if x.strip()][-1] == "100 %"


async def test_formulas_are_shown_on_demand(visit: Open, fake: FakePlatform) -> None:
    page = await visit(PRESS)
    card = await _seen(page, "andon-oee")
    await card.locator("summary").wait_for()
    assert not await card.get_by_text("APT / PBT").is_visible()
    await card.locator("summary").focus()
    await page.keyboard.press("Enter")
    assert await card.get_by_text("APT / PBT").is_visible()
    assert "actual production time" in await card.locator(".formulas dl").inner_text()


async def test_without_a_shift_the_last_hours_count_and_without_a_plan_nothing_is_invented(
    visit: Open, fake: FakePlatform
) -> None:
    fake.analysis.shift = False
    page = await visit(PRESS)
    card = await _seen(page, "andon-oee")
    await card.get_by_text("No shift runs: the last 8 h").wait_for()
    assert any(q.get("start") == "-8h" for q in fake.analysis.asked)
    fake.analysis.planned = False
    page = await visit(PRESS)
    card = await _seen(page, "andon-oee")
    await card.get_by_text("Nothing was planned in this time").wait_for()
    assert await card.locator(".fall").count() == 0


async def test_what_makes_no_pieces_has_no_oee(visit: Open, fake: FakePlatform) -> None:
    fake.machines[f"{LINE}/press-1"]["operations"] = []
    page = await visit(PRESS)
    card = await _seen(page, "andon-oee")
    await card.get_by_text("This machine makes no pieces").wait_for()
    assert await card.locator("[data-kpi]").count() == 0


async def test_what_cannot_be_computed_is_said_on_each_card(visit: Open, fake: FakePlatform) -> None:
    fake.analysis.away = True
    page = await visit(PRESS)
    for name in ("andon-oee", "andon-opinion", "andon-spc"):
        card = await _seen(page, name)
        await card.get_by_role("alert").wait_for()
        assert "The store does not answer" in await card.inner_text()


async def test_detector_warms_up_alarms_with_its_reasons_and_learns_anew(visit: Open, fake: FakePlatform) -> None:
    page = await visit(PRESS)
    card = await _seen(page, "andon-opinion")
    await card.get_by_text("No opinion yet").wait_for()
    fake.analysis.opinions = [{**ALARM, "learned": 0.4, "alarm": False, "because": {}}]
    page = await visit(PRESS)
    card = await _seen(page, "andon-opinion")
    await card.get_by_role("progressbar").wait_for()
    assert await card.get_by_role("progressbar").get_attribute("aria-valuenow") == "40"
    fake.analysis.opinions = [ALARM]
    page = await visit(PRESS)
    card = await _seen(page, "andon-opinion")
    await card.get_by_role("heading", name="press-1 is unusual").wait_for()
    assert "score 1.64 of limit 1" in await card.inner_text()
    because = [r.replace("\u2009", " ").split("\n") for r in await card.locator(".because li").all_inner_texts()]
    said = [[x for x in row if x.strip()] for row in because]
    assert said == [["Hydraulic pressure", "72 %"], ["Oil temperature", "28 %"]]
    await card.get_by_role("button", name="Learn anew").click()
    await card.get_by_text("Forgotten. It learns anew").wait_for()
    assert fake.analysis.forgotten == [f"{LINE}/press-1"]
    await card.get_by_role("heading", name="Learning what is normal").wait_for()


async def test_learning_anew_takes_an_engineer(visit: Open, fake: FakePlatform) -> None:
    fake.role = "operator"
    page = await visit(PRESS)
    card = await _seen(page, "andon-opinion")
    assert await card.get_by_role("button", name="Learn anew").is_disabled()
    assert "takes an engineer" in await card.inner_text()


async def test_a_control_chart_begins_with_what_is_measured_on_pieces(visit: Open, fake: FakePlatform) -> None:
    page = await visit(PRESS)
    card = await _seen(page, "andon-spc")
    await card.locator("option[value=flatness_mm]:checked").wait_for(state="attached")
    await until(lambda: fake.analysis.charts and fake.analysis.charts[-1]["characteristic"] == "flatness_mm")


async def test_points_out_of_control_have_a_shape_and_their_rule_in_words(visit: Open, fake: FakePlatform) -> None:
    page = await visit(PRESS)
    card = await _of_a_signal(page)
    await card.get_by_role("heading", name="Hydraulic pressure is out of control").wait_for()
    assert await card.locator("svg.spc path.out").count() == 2
    assert await card.locator("svg.spc circle.among").count() == 8
    assert await card.locator("svg.spc circle.in").count() == 30
    rules = (await card.locator(".rules").inner_text()).replace("\u2009", " ")
    assert "9 points in a row on one side of the centre" in rules and "last 163.40 bar" in rules
    await card.locator("select[name=characteristic]").select_option("oil_temperature")
    await card.get_by_role("heading", name="Oil temperature is out of control").wait_for()
    assert fake.analysis.charts[-1]["characteristic"] == "oil_temperature"
    await card.locator("select[name=chart]").select_option("cusum")
    await card.get_by_text("Too few values for a chart").wait_for()


async def test_counts_measurements_and_all_signals_have_their_charts(visit: Open, fake: FakePlatform) -> None:
    page = await visit(PRESS)
    card = await _seen(page, "andon-spc")
    await card.locator("option[value=scrap]").wait_for(state="attached")
    choose, kind = card.locator("select[name=characteristic]"), card.locator("select[name=chart]")
    for name, charts, title in (
        ("scrap", ["p", "np"], "Scrap"), ("stops", ["u", "c"], "Stops"), ("*", ["t2"], "All signals together"),
        ("flatness_mm", ["individuals", "xbar-r", "xbar-s", "ewma", "cusum"], "Deviation from flat"),
    ):  # fmt: skip
        await choose.select_option(name)
        await card.get_by_role("heading", name=f"{title} is out of control").wait_for()
        assert await kind.locator("option").evaluate_all("all => all.map((o) => o.value)") == charts
        asked = [q for q in fake.analysis.charts if q.get("characteristic") == name][-1]
        assert (asked["chart"], asked.get("every")) == (charts[0], "1m" if name == "*" else None)
        assert await card.locator("andon-capability").is_visible() == (name == "flatness_mm")
    await choose.select_option("hydraulic_pressure")
    await card.locator("select[name=rules]").select_option("western-electric")
    await until(lambda: fake.analysis.charts[-1].get("rules") == "western-electric", what="the other rules")


async def test_who_chooses_again_while_a_chart_is_asked_for_waits_for_no_clock(visit: Open, fake: FakePlatform) -> None:
    page = await visit(PRESS)
    card = await _of_a_signal(page)
    await card.get_by_role("heading", name="Hydraulic pressure is out of control").wait_for()
    fake.analysis.charts_leave.clear()
    await card.locator("select[name=characteristic]").select_option("oil_temperature")
    await until(lambda: fake.analysis.charts[-1]["characteristic"] == "oil_temperature")
    await card.locator("select[name=rules]").select_option("western-electric")
    fake.analysis.charts_leave.set()
    # the page asks every half minute of itself: longer than this waits
    await until(lambda: fake.analysis.charts[-1].get("rules") == "western-electric", within_s=10)
    await card.get_by_role("heading", name="Oil temperature is out of control").wait_for()


async def test_limits_are_kept_judge_later_points_and_are_forgotten(visit: Open, fake: FakePlatform) -> None:
    page = await visit(PRESS)
    card = await _of_a_signal(page)
    await card.get_by_text("Limits estimated from these 40 points").wait_for()
    keep = card.locator("button.keep")
    await keep.focus()
    await page.keyboard.press("Enter")
    await card.get_by_text("Kept. Points are judged by these limits now.").wait_for()
    await card.get_by_text("Judged by kept limits: 40 points").wait_for()
    kept = fake.analysis.kept[0]
    assert (kept["chart"], kept["start"], kept["every"]) == ("individuals", "-1h", "1m")
    assert fake.analysis.charts[-1]["limits"] == "kept-0" and "every" not in fake.analysis.charts[-1]
    assert "of 40 points" in await card.locator("select[name=limits] option:checked").inner_text()
    await card.locator("select[name=limits]").select_option("")
    await card.get_by_text("Limits estimated from these 40 points").wait_for()
    page = await visit(PRESS)
    card = await _of_a_signal(page)
    await card.locator("option[value=kept-0]").wait_for(state="attached")
    await card.locator("select[name=limits]").select_option("kept-0")
    await card.get_by_role("button", name="Forget limits").click()
    await card.get_by_text("Forgotten.").wait_for()
    assert fake.analysis.kept == []


async def test_an_ewma_is_asked_to_find_small_shifts_and_keeps_limits_that_do(visit: Open, fake: FakePlatform) -> None:
    page = await visit(PRESS)
    card = await _seen(page, "andon-spc")
    rules, shift = card.locator("select[name=rules]"), card.locator("select[name=shift]")
    await rules.wait_for()
    assert await shift.is_hidden()  # a chart without a memory has run rules instead
    await card.locator("select[name=chart]").select_option("ewma")
    await shift.wait_for()
    assert await rules.is_hidden()
    await until(lambda: fake.analysis.charts and fake.analysis.charts[-1].get("chart") == "ewma")
    assert "weight" not in fake.analysis.charts[-1]
    await shift.select_option("small")
    await until(lambda: fake.analysis.charts[-1].get("weight") == "0.05")
    assert fake.analysis.charts[-1]["width"] == "2.615"
    await card.locator("button.keep").click()
    await card.get_by_text("Kept. Points are judged by these limits now.").wait_for()
    assert (fake.analysis.kept[0]["weight"], fake.analysis.kept[0]["width"]) == (0.05, 2.615)
    await shift.wait_for(state="hidden")  # kept limits are as quick as they were made
    await until(lambda: fake.analysis.charts[-1].get("limits") == "kept-0")
    assert "weight" not in fake.analysis.charts[-1]


async def test_keeping_limits_takes_an_engineer(visit: Open, fake: FakePlatform) -> None:
    fake.role = "operator"
    page = await visit(PRESS)
    card = await _seen(page, "andon-spc")
    assert await card.locator("button.keep").is_disabled()
    assert "takes an engineer" in (await card.locator("button.keep").get_attribute("title") or "")


async def test_capability_has_intervals_and_asks_for_limits_that_nobody_announced(
    visit: Open, fake: FakePlatform
) -> None:
    page = await visit(PRESS)
    await _of_a_signal(page)
    card = await _seen(page, "andon-capability")
    await card.locator("summary").focus()
    await page.keyboard.press("Enter")
    await card.get_by_role("row", name="Cpk 1.23 1.10 – 1.37").wait_for()  # of the limits that were announced
    await card.get_by_label("Lower limit").fill("")
    await page.keyboard.press("Tab")
    await card.get_by_role("row", name="Cp – one limit only").wait_for()
    await card.get_by_label("Lower limit").fill("90")
    await page.keyboard.press("Tab")
    await card.get_by_role("row", name="Cp 1.23 1.10 – 1.37").wait_for()
    assert (fake.analysis.capabilities[-1]["lower"], fake.analysis.capabilities[-1]["every"]) == ("90", "1m")
    assert "5.00 % of 60 values were outside" in (await card.inner_text()).replace("\u2009", " ")
    # what operations measure has the specification that its machine announces
    await page.locator("andon-spc select[name=characteristic]").select_option("flatness_mm")
    await until(lambda: fake.analysis.capabilities[-1].get("target") == "0.2", what="the announced target")
    assert (fake.analysis.capabilities[-1]["lower"], fake.analysis.capabilities[-1]["upper"]) == ("0.1", "0.8")
    fields = [await card.get_by_label(name).input_value() for name in ("Lower limit", "Target", "Upper limit")]
    assert fields == ["0.1", "0.2", "0.8"]
    # beside a chart of subgroups it is by the spread within them, as that chart's limits are
    assert "size" not in fake.analysis.capabilities[-1]
    await page.locator("andon-spc select[name=chart]").select_option("xbar-r")
    await card.get_by_role("row", name="spread within subgroups of 5").first.wait_for()
    assert fake.analysis.capabilities[-1]["size"] == "5"
    await page.locator("andon-spc select[name=characteristic]").select_option("weight_kg")
    await card.get_by_text("No limits to fit between").wait_for()


async def test_floor_shows_oee_and_marks_the_bottleneck(visit: Open, fake: FakePlatform) -> None:
    page = await visit("/")
    await page.locator('[data-figure=oee] b:text-is("58.6")').wait_for()
    neck = page.locator(f'.tile[data-machine="{LINE}/foam-1"] .neck')
    await neck.wait_for()
    assert await page.locator(".neck").count() == 1
    assert "bottleneck" in await page.locator(f'.tile[data-machine="{LINE}/foam-1"]').get_attribute("aria-label")
    asked = [q for q in fake.analysis.asked if "place" in q]
    assert asked[-1]["place"] == "polaris" and asked[-1]["shift"] == "current" and len(asked) == 1
    fake.analysis.bottleneck = f"{LINE}/paint-1"
    await page.locator("[data-figure=oee] select").select_option(LINE)
    await page.locator(f'.tile[data-machine="{LINE}/paint-1"] .neck').wait_for()
    assert await neck.count() == 0
    assert fake.analysis.asked[-1]["place"] == LINE


@pytest.mark.parametrize("width", [1920, 1366, 390])
async def test_nothing_of_it_is_wider_than_the_page(visit: Open, fake: FakePlatform, width: int) -> None:
    fake.analysis.opinions = [ALARM]
    page = await visit(PRESS, width)
    for name in ("andon-oee .fall", "andon-opinion .because", "andon-spc svg.spc"):
        await page.locator(name.split()[0]).scroll_into_view_if_needed()
        await page.locator(name).wait_for()
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await until(lambda: len(fake.analysis.asked) > 1, what="figures")
