"""Fingers and pens on the micrograph: real touch events of the browser's own input, on a tablet."""

import pytest
from playwright.sync_api import expect

from tests.page.annotator.conftest import DIAMETER_PX, Lab
from tests.page.annotator.test_looking import looking_url

TABLET = {"has_touch": True, "viewport": {"width": 1024, "height": 768}}
LONG_MS = 700

RED = (255, 107, 107)


class Fingers:
    """Touches by CDP: what a finger does between coming and going, in micrograph px."""

    def __init__(self, lab: Lab):
        self.lab = lab
        self.client = lab.page.context.new_cdp_session(lab.page)

    def send(self, kind: str, *places: tuple[float, float]) -> None:
        points = [
            dict(zip("xy", self.lab.screen(*place), strict=True), id=i) for i, place in enumerate(places)
        ]
        self.client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def down(self, *places) -> None:
        self.send("touchStart", *places)

    def move(self, *places) -> None:
        self.send("touchMove", *places)

    def up(self, *left) -> None:
        """All go but those that are left."""
        self.send("touchEnd", *left)

    def draw(self, *places) -> None:
        self.down(places[0])
        for place in places[1:]:
            self.move(place)
        self.up()

    def tap(self, place) -> None:
        self.down(place)
        self.up()


@pytest.fixture
def tablet(new_lab) -> Lab:
    lab = new_lab(**TABLET).open()
    lab.fingers = Fingers(lab)
    return lab


def reds(lab: Lab) -> int:
    """Pixels of the canvas in the colour of what is removed."""
    colours = lab.picture(lab.box).getcolors(maxcolors=1 << 24)
    return sum(count for count, colour in colours if colour == RED)


def test_a_tap_of_a_finger_adds_a_label_where_it_was_and_once(tablet):
    tablet.page.touchscreen.tap(*tablet.screen(250, 180))
    tablet.has("1 label, 0 picks")
    (label,) = tablet.saved()
    assert (label["x"], label["y"]) == pytest.approx((250, 180), abs=0.5)


def test_two_fingers_zoom_and_pan_and_add_nothing(tablet):
    fingers = tablet.fingers
    fingers.down((270, 320))
    fingers.down((270, 320), (370, 320))
    for spread in (60, 80, 100):
        fingers.move((320 - spread, 320), (320 + spread, 320))
    # One finger that stays is no tap and no drag.
    fingers.up((220, 320))
    fingers.move((225, 360))
    fingers.up()
    expect(tablet.page.locator("#zoom")).to_have_text("zoom 2×")
    tablet.has("0 labels, 0 picks")
    expect(tablet.page.get_by_role("button", name="Undo")).to_be_disabled()


def test_a_long_press_removes_what_is_under_the_finger_and_shows_that_it_is_coming(new_lab):
    # The page's clock stands still but for what the test lets pass.
    lab = new_lab(**TABLET)
    lab.page.clock.install()
    lab.open()
    fingers = Fingers(lab)
    pass_ms = lab.page.clock.run_for
    fingers.tap((200, 200))
    fingers.tap((400, 400))
    lab.has("2 labels, 0 picks")
    lab.page.clock.pause_at(lab.page.evaluate("Date.now() / 1000 + 0.2"))

    fingers.down((205, 200))
    pass_ms(100)
    assert reds(lab) == 0
    pass_ms(300)
    assert reds(lab) > 100
    fingers.move((230, 200))
    pass_ms(LONG_MS)
    assert reds(lab) == 0
    fingers.up()
    pass_ms(50)
    lab.has("2 labels, 0 picks")

    # A second finger is no long press either, and nothing under the finger is nothing.
    for places in ([(200, 200), (300, 300)], [(300, 450)]):
        fingers.down(places[0])
        fingers.down(*places)
        pass_ms(2 * LONG_MS)
        fingers.send("touchCancel")
    lab.has("2 labels, 0 picks")

    fingers.down((230, 205))
    pass_ms(2 * LONG_MS)
    lab.has("1 label, 0 picks")
    fingers.up()
    pass_ms(50)
    lab.has("1 label, 0 picks")
    lab.page.clock.resume()
    (label,) = lab.saved()
    assert label["x"] == pytest.approx(400, abs=0.5)


SMALL = """(least) => [...document.querySelectorAll(
    'button, a[href], select, summary, input:not([type=checkbox], [type=radio]), label:has(input), ' +
    '[role=slider], [role=option]')]
  .filter((one) => one.checkVisibility({ visibilityProperty: true }) && one.getBoundingClientRect().width)
  .filter((one) => Math.min(one.getBoundingClientRect().width, one.getBoundingClientRect().height) < least - 0.5)
  .map((one) => `${one.id || one.className || one.textContent} ${Math.round(one.getBoundingClientRect().width)} x `
    + Math.round(one.getBoundingClientRect().height))"""


def small_targets(lab: Lab, least_px: int) -> dict[str, list[str]]:
    """Controls that are too small to be hit, by tab, with everything unfolded."""
    lab.page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
    lab.page.get_by_role("button", name="Erase with a brush").click()
    found = {}
    for tab in ("Label", "Train", "Review", "Export"):
        lab.page.get_by_role("tab", name=tab).click()
        found[tab] = lab.page.evaluate(SMALL, least_px)
    return {tab: small for tab, small in found.items() if small}


def test_controls_are_as_large_as_a_fingertip_on_a_tablet_and_24_px_elsewhere(tablet, new_lab):
    assert tablet.page.evaluate("matchMedia('(pointer: coarse)').matches")
    assert small_targets(tablet, 40) == {}
    assert small_targets(new_lab().open(), 24) == {}


def test_every_tool_works_with_a_finger(tablet):
    fingers, page = tablet.fingers, tablet.page

    def take(name: str) -> None:
        button = page.get_by_role("button", name=name, exact=True)
        button.click()
        expect(button).to_have_attribute("aria-pressed", "true")

    for x in (200, 300, 400):
        fingers.tap((x, 200))
    # A finger pans over a circle's edge that has not been chosen: the diameter stays.
    fingers.draw((200 + DIAMETER_PX / 2, 200), (230, 200), (260, 200), (200 + DIAMETER_PX / 2, 200))
    expect(page.get_by_label("Particle diameter")).to_have_value("80")

    take("Select in a box")
    fingers.draw((260, 150), (350, 240), (430, 260))
    expect(page.locator("#chip-text")).to_have_text("2 labels")

    take("Erase with a brush")
    page.get_by_role("button", name="Larger brush").click()
    expect(page.locator("#hint")).to_contain_text("60 px across")
    fingers.draw((400, 150), (400, 190), (400, 220))
    tablet.has("2 labels, 0 picks")
    fingers.tap((300, 200))
    tablet.has("1 label, 0 picks")
    # Two fingers zoom with a brush in hand, too, and erase nothing.
    fingers.down((200, 200))
    fingers.down((200, 200), (300, 200))
    fingers.move((190, 200), (310, 200))
    fingers.move((200, 200), (300, 200))
    fingers.up()
    tablet.has("1 label, 0 picks")

    take("Exclude with a brush")
    fingers.draw((420, 420), (450, 420), (480, 420))
    tablet.has("1 label, 0 picks, 1 exclusion")
    take("Exclude a region")
    fingers.tap((240, 420))
    fingers.tap((320, 420))
    fingers.tap((320, 480))
    fingers.tap((240, 420))
    tablet.has("1 label, 0 picks, 2 exclusions")

    # Long press: on a region while regions are drawn, on a label while it is selected in a box.
    fingers.down((300, 440))
    tablet.has("1 label, 0 picks, 1 exclusion")
    fingers.up()
    take("Select in a box")
    fingers.down((200, 200))
    tablet.has("0 labels, 0 picks, 1 exclusion")
    fingers.up()
    assert tablet.saved() == []


PEN = {"pointerType": "pen", "button": "left", "clickCount": 1}


def test_a_pen_is_a_mouse_and_the_palm_beside_it_nothing(tablet):
    """Also while the palm came first: the view does not jump, the label is where the pen was."""
    fingers = tablet.fingers

    def pen(kind: str, x: float, y: float, buttons: int = 1) -> None:
        left, top = tablet.screen(x, y)
        event = {"type": kind, "x": left, "y": top, "buttons": buttons, **PEN}
        fingers.client.send("Input.dispatchMouseEvent", event)

    pen("mousePressed", 200, 200)
    pen("mouseReleased", 200, 200, 0)
    tablet.has("1 label, 0 picks")
    # It moves a label that nobody had chosen, while a palm comes, moves and goes.
    fingers.tap((450, 450))
    tablet.has("2 labels, 0 picks")
    pen("mousePressed", 200, 200)
    pen("mouseMoved", 215, 210)
    fingers.down((400, 500))
    fingers.move((400, 530))
    pen("mouseMoved", 240, 230)
    fingers.up()
    pen("mouseReleased", 240, 230, 0)
    expect(tablet.page.locator("#zoom")).to_have_text("zoom 1×")
    tablet.has("2 labels, 0 picks")
    first, second = tablet.saved()
    assert (first["x"], first["y"]) == pytest.approx((240, 230), abs=0.6)
    assert second["x"] == pytest.approx(450, abs=0.6)


def test_who_only_looks_is_offered_no_long_press(new_lab):
    worker = new_lab().open()
    worker.click(300, 300)
    worker.saved()
    looker = new_lab(worker.name, **TABLET)
    looker.page.clock.install()
    looker.page.goto(looking_url(worker.server) + f"#micrograph={worker.name}&x=320&y=320&zoom=1")
    looker.wait()
    looker.has("1 label, 0 picks")
    fingers = Fingers(looker)
    fingers.down((300, 300))
    looker.page.clock.run_for(3 * LONG_MS)
    fingers.up()
    # Nothing was tried, so nothing is refused.
    expect(looker.page.locator("#chip-text")).to_have_text("label")
    expect(looker.page.locator("#message")).to_be_hidden()
