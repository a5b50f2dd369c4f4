"""The list of micrographs: search, filters, order, keys, thumbnails, how far one is, and where one left."""

import re

from playwright.sync_api import expect

from tests.page.annotator.conftest import MICROGRAPHS, call


def rows(lab):
    return lab.page.get_by_role("listbox", name="Micrographs").get_by_role("option")


def heading(lab):
    return lab.page.get_by_role("heading", level=1)


def listed(lab) -> list[str]:
    """The names that are listed, from the top."""
    order = "(all) => all.sort((a, b) => a.ariaPosInSet - b.ariaPosInSet).map((one) => one.title.slice(0, 4))"
    return rows(lab).evaluate_all(order)


def search(lab, text: str) -> None:
    lab.page.get_by_label("Search micrographs").fill(text)


def looked_at(lab) -> dict[str, bool]:
    return {each["name"]: each["looked_at"] for each in call(lab.server, "api/micrographs")["micrographs"]}


def test_the_list_can_be_searched_filtered_and_scrolled(new_lab):
    lab = new_lab("0114").open()
    assert rows(lab).count() < MICROGRAPHS, "only the rows that are seen exist"
    search(lab, "011")
    expect(rows(lab)).to_have_count(11)
    lab.click(300, 300)
    lab.saved()
    lab.page.get_by_role("button", name=re.compile("^labeled")).click()
    expect(lab.page.get_by_role("option", name=re.compile("0114"))).to_be_visible()
    lab.page.get_by_role("button", name=re.compile("^unlabeled")).click()
    expect(lab.page.get_by_role("option", name=re.compile("0114"))).to_have_count(0)
    search(lab, "0118")
    rows(lab).first.click()
    expect(heading(lab)).to_have_text("0118")


def test_what_is_hidden_is_said_and_comes_back(new_lab):
    lab = new_lab("0117").open()
    note = lab.page.locator("#listed-text")
    expect(note).to_be_hidden()
    search(lab, "011 7")
    expect(note).to_have_text(f"1 of {MICROGRAPHS} listed")
    search(lab, "nothing")
    expect(note).to_have_text("No micrograph matches.")
    lab.page.get_by_role("button", name="Show all").click()
    expect(note).to_be_hidden()
    expect(rows(lab).filter(has_text="0117")).to_be_visible()


def test_the_open_micrograph_stays_listed_until_it_is_left(new_lab):
    lab = new_lab().open()
    search(lab, lab.name)
    lab.page.get_by_role("button", name=re.compile("^unlabeled")).click()
    lab.click(300, 300)
    expect(rows(lab)).to_have_attribute("aria-label", re.compile("1 label"))
    lab.saved()
    expect(rows(lab)).to_have_count(1)
    search(lab, lab.name + " ")
    expect(rows(lab)).to_have_count(0)


def test_a_choice_lasts_over_a_reload_and_ends_with_the_tab(new_lab):
    lab = new_lab("0113").open()
    search(lab, "011")
    lab.page.get_by_label("Order", exact=True).select_option("labels")
    lab.page.reload()
    lab.wait()
    expect(lab.page.get_by_label("Search micrographs")).to_have_value("011")
    expect(lab.page.get_by_label("Order", exact=True)).to_have_value("labels")
    other = lab.page.context.new_page()
    other.goto(lab.page.url)
    expect(other.get_by_label("Search micrographs")).to_have_value("")
    expect(other.get_by_label("Order", exact=True)).to_have_value("name")


def test_the_keys_of_a_list_walk_through_it(new_lab):
    lab = new_lab("0112").open()
    search(lab, "011")
    lab.page.keyboard.press("Enter")
    expect(lab.page.get_by_role("listbox", name="Micrographs")).to_be_focused()
    expect(heading(lab)).to_have_text("0011")
    for key, name in [("End", "0119"), ("ArrowUp", "0118"), ("Home", "0011"), ("ArrowDown", "0110")]:
        lab.page.keyboard.press(key)
        expect(heading(lab)).to_have_text(name)
    active = lab.page.get_by_role("listbox", name="Micrographs").get_attribute("aria-activedescendant")
    expect(lab.page.locator(f"#{active}")).to_have_attribute("aria-label", re.compile("^0110, 0 labels"))
    expect(lab.page.locator(f"#{active}")).to_have_attribute("aria-setsize", "11")


def test_a_page_of_the_list_is_one_key(new_lab):
    lab = new_lab("0001").open()
    lab.page.get_by_role("listbox", name="Micrographs").focus()
    lab.page.keyboard.press("PageDown")
    expect(heading(lab)).not_to_have_text("0001")
    active = rows(lab).and_(lab.page.locator("[aria-selected=true]"))
    expect(active).to_be_in_viewport()
    lab.page.keyboard.press("PageUp")
    expect(heading(lab)).to_have_text("0001")


def test_a_held_key_asks_only_for_where_it_stops(new_lab):
    lab = new_lab("0102").open()
    asked = []
    lab.page.on("request", lambda request: asked.extend(re.findall(r"micrographs/(\d+)/view", request.url)))
    lab.page.evaluate(
        """() => { for (let i = 0; i < 9; i++)
          window.dispatchEvent(new KeyboardEvent('keydown', { key: 'f', repeat: i > 0, bubbles: true })); }"""
    )
    expect(heading(lab)).to_have_text("0111")
    lab.name = "0111"
    lab.wait()
    assert set(asked) == {str(lab.id)} | set(asked[:1])
    assert len(set(asked)) <= 2


def test_thumbnails_come_for_the_rows_that_are_seen_alone(new_lab):
    lab = new_lab("0001")
    asked = []
    lab.page.on("request", lambda request: "/thumbnail" in request.url and asked.append(request.url))
    lab.open()
    seen = lab.page.locator("#rows canvas[data-shown]")
    expect(seen.first).to_be_visible()
    expect(rows(lab).nth(4).locator("canvas")).to_have_attribute("data-shown", "true")
    height = lab.page.locator("#rows").bounding_box()["height"]
    assert len(asked) <= height / 56 + 2


def test_thumbnails_of_rows_that_have_gone_are_given_up(new_lab, complaints):
    lab = new_lab("0001").open()
    given_up, waiting = [], []
    lab.page.on("requestfailed", lambda request: given_up.append(request.url))
    lab.page.route("**/thumbnail?*", lambda route: waiting.append(route))
    with lab.page.expect_request("**/thumbnail?*") as first:
        lab.page.locator("#rows").evaluate("(box) => { box.scrollTop = 9000; }")
    with lab.page.expect_event("requestfailed", lambda request: request.url == first.value.url):
        lab.page.locator("#rows").evaluate("(box) => { box.scrollTop = 15000; }")
    assert all("/thumbnail" in url for url in given_up)


def test_order_and_limits_by_picks_and_mean_score(new_lab, picked):
    lab = new_lab("0105")
    picked.serve_to(lab, ["0105", "0106"])
    lab.open()
    search(lab, "010")
    lab.page.get_by_label("Order", exact=True).select_option("score")
    expect(rows(lab).filter(has_text="⌀ 2.17")).to_have_count(2)
    assert listed(lab)[:3] == ["0105", "0106", "0010"]
    lab.page.get_by_role("button", name="Order falling: the largest first").click()
    lab.page.get_by_text("Limits", exact=True).click()
    lab.page.get_by_label("at least, picks").fill("1")
    expect(rows(lab)).to_have_count(2)
    expect(lab.page.locator("#limits-title")).to_have_text("Limits · 1 set")
    lab.page.get_by_label("at most, mean score").fill("2")
    expect(rows(lab)).to_have_count(0)


def test_n_opens_the_next_unlabeled_in_the_order_of_the_list(new_lab):
    lab = new_lab("0108").open()
    search(lab, "010")
    lab.page.get_by_label("Order", exact=True).select_option("name")
    lab.page.get_by_role("button", name="Order rising: the smallest first").click()
    lab.canvas.focus()
    lab.page.keyboard.press("n")
    expect(heading(lab)).to_have_text("0107")
    lab.page.get_by_role("button", name=re.compile("Next unlabeled")).click()
    expect(heading(lab)).to_have_text("0106")
    search(lab, "0106")
    lab.page.get_by_role("button", name=re.compile("Next unlabeled")).click()
    expect(
        lab.page.get_by_role("status").filter(has_text="None without labels is left in this list")
    ).to_be_visible()


def test_whoever_stays_has_looked_at_it_and_whoever_passes_has_not(new_lab):
    lab = new_lab()
    before = sum(looked_at(lab).values())
    lab.open()
    text = lab.page.locator("#progress-text")
    own = lab.page.get_by_role("option", name=re.compile(f"^{lab.name}"))
    expect(own).not_to_have_attribute("aria-label", re.compile("not looked at yet"), timeout=10_000)
    expect(text).to_have_text(re.compile(rf"^\d+ of {MICROGRAPHS} looked at$"))
    assert int(re.match(r"\d+", text.inner_text()).group()) > before
    assert looked_at(lab)[lab.name]


def test_the_next_visit_goes_on_where_the_person_left(new_lab):
    lab = new_lab("0109").open(x=200, y=250, zoom=2)
    lab.page.keyboard.press("f")
    expect(heading(lab)).to_have_text("0110")
    expect(lab.page).to_have_url(re.compile("micrograph=0110"))
    lab.page.goto("about:blank")
    lab.page.goto(lab.server.url)
    expect(heading(lab)).to_have_text("0110")
    expect(lab.page.locator("#zoom")).to_have_text("zoom 2×")
    lab.page.goto("about:blank")
    lab.page.goto(f"{lab.server.url}#micrograph=0103")
    expect(heading(lab)).to_have_text("0103")
