"""Tablets, phones and a browser zoom of 200 %: everything can be reached, nothing scrolls sideways."""

import pytest
from playwright.sync_api import expect

from tests.page.annotator.conftest import Lab

TABS = ("Label", "Train", "Review", "Export")
SIZES = {
    "tablet": (1024, 768),
    "tablet upright": (768, 1024),
    "1280 x 800 at 200 %": (640, 400),
    "phone": (390, 844),
}

# Controls whose middle, scrolled to, is outside of the window or under something else.
UNREACHABLE = """(where) => [...document.querySelectorAll(
    `${where} :is(button, input, select, summary, [role=slider])`)]
  .filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.disabled)
  .filter((one) => {
    one.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    const { left, right, top, bottom } = one.getBoundingClientRect();
    const inside = left >= 0 && top >= 0 && right <= innerWidth + 0.5 && bottom <= innerHeight + 0.5;
    const hit = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
    return !inside || !hit || !(one.contains(hit) || hit.contains(one));
  })
  .map((one) => one.id || one.textContent)"""

SCROLLS = """() => [
    document.scrollingElement, document.body, ...document.querySelectorAll('[role=tabpanel]:not([hidden]), #list')]
  .filter((one) => one.scrollWidth > one.clientWidth + 1 || (one === document.scrollingElement && one.scrollTop > 0))
  .map((one) => one.id || one.tagName)"""

MOVES = """() => [...document.querySelectorAll('*')].flatMap((one) => {
    const { transitionDuration, animationName, scrollBehavior } = getComputedStyle(one);
    const still = /^(0s(, )?)*$/.test(transitionDuration) && animationName === 'none' && scrollBehavior === 'auto';
    return still ? [] : [one.id || one.tagName];
  })"""


@pytest.mark.parametrize("size", SIZES)
def test_everything_can_be_reached_in_a_small_window(new_lab, size):
    width, height = SIZES[size]
    lab = new_lab(
        viewport={"width": width, "height": height}, has_touch="tablet" in size, device_scale_factor=2
    ).open()
    page = lab.page
    assert unreachable(lab, "#top") == []
    assert unreachable(lab, "#stage") == []
    assert unreachable(lab, "#status") == []
    for tab in TABS:
        page.get_by_role("tab", name=tab).click()
        assert unreachable(lab, "#work") == [], tab
        assert page.evaluate(SCROLLS) == [], tab
    if width <= 860:
        expect(page.locator("#list")).to_be_hidden()
        page.get_by_role("button", name="Micrographs", exact=True).click()
    assert unreachable(lab, "#list") == []


def unreachable(lab: Lab, where: str) -> list[str]:
    return lab.page.evaluate(UNREACHABLE, where)


def test_both_sides_fold_and_what_opens_a_tab_unfolds(new_lab):
    lab = new_lab(viewport={"width": 1024, "height": 768}).open()
    page = lab.page
    for name, side in (("Micrographs", "#list"), ("Work", "#work")):
        button = page.get_by_role("button", name=name, exact=True)
        button.click()
        expect(page.locator(side)).to_be_hidden()
        expect(button).to_have_attribute("aria-expanded", "false")
    assert lab.canvas.bounding_box()["width"] == 1024
    # The list goes over the micrograph and away again in a narrow window; the work is as it is at first.
    page.get_by_text("Contrast", exact=True).click()
    page.set_viewport_size({"width": 768, "height": 1024})
    expect(page.locator("#work")).to_be_visible()
    expect(page.get_by_label("Gamma")).to_be_hidden()
    page.get_by_role("button", name="Micrographs", exact=True).click()
    page.locator("#rows [role=option]").first.click()
    expect(page.locator("#list")).to_be_hidden()
    page.get_by_role("button", name="Work", exact=True).click()
    expect(page.locator("#work")).to_be_hidden()
    page.evaluate("document.querySelector('#tab-review').click()")
    expect(page.get_by_role("tabpanel", name="Review")).to_be_visible()


def test_nothing_moves_by_itself_where_motion_is_unwanted(new_lab):
    assert new_lab(reduced_motion="reduce").open().page.evaluate(MOVES) == []
    assert new_lab(reduced_motion="no-preference").open().page.evaluate(MOVES) != []


def test_what_is_chosen_can_be_told_without_colours(new_lab):
    page = new_lab(forced_colors="active").open().page
    look = "(one) => [getComputedStyle(one).outlineStyle, getComputedStyle(one).borderBottomColor].join()"
    chosen = page.get_by_role("button", name="Add labels").evaluate(look)
    assert chosen != page.get_by_role("button", name="Move the view").evaluate(look)
