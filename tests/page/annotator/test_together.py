"""The server away, the page closed, two people: nothing is lost and both see the same."""

import re

import pytest
from playwright.sync_api import expect

from tests.page.annotator.conftest import call
from tests.page.conftest import Server, until_saved

AWAY = (
    r"ERR_CONNECTION_REFUSED|WebSocket|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET|ERR_SOCKET"
    r"|ERR_CONTENT_LENGTH_MISMATCH|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_CONNECTION_CLOSED"
)
"""What the browser says of a server that is gone, also in the middle of an answer."""
PLACES = 4


def test_two_people_see_each_others_labels(new_lab):
    mine = new_lab().open()
    theirs = new_lab(mine.name).open()
    mine.click(200, 150)
    theirs.has("1 label, 0 picks")
    theirs.click(400, 300)
    mine.has("2 labels, 0 picks")
    theirs.drag((200, 150), (240, 170))
    theirs.saved()
    expect(mine.page.locator("#people")).to_have_text("2 people here")


def test_a_page_that_is_left_frees_its_place_at_once(serve, demo_folder, page):
    """More visits than there are places, one after the other, each left as soon as it is live."""
    server = serve(demo_folder, "--max-clients", str(PLACES))
    for _ in range(PLACES + 3):
        page.goto("about:blank")
        page.goto(server.url)
        expect(page.locator("#link")).to_have_text("live")
    expect(page.locator("#people")).to_have_text("1 person here")


def test_everybody_undoes_only_what_they_did(new_lab):
    mine = new_lab().open()
    theirs = new_lab(mine.name).open()
    mine.click(200, 150)
    theirs.has("1 label, 0 picks")
    theirs.click(400, 300)
    mine.has("2 labels, 0 picks")
    mine.page.keyboard.press("Control+z")
    theirs.has("1 label, 0 picks")
    (label,) = mine.saved()
    assert label["x"] == pytest.approx(400, abs=0.5)
    expect(mine.page.get_by_role("button", name="Undo")).to_be_disabled()


@pytest.fixture
def own_server(serve, demo_folder, new_page, complaints):
    """A server that may be killed, and a page on its first micrograph."""
    server = serve(demo_folder)
    page = new_page()
    page.goto(f"{server.url}#micrograph=0001&x=512&y=512&zoom=0.5")
    expect(page.get_by_label("Micrograph 0001", exact=True)).to_have_attribute(
        "aria-busy", "false", timeout=20_000
    )
    expect(page.locator("#link")).to_have_text("live")
    yield server, page
    complaints.forgive(AWAY)


def click_middle(page, dx: float = 0) -> None:
    box = page.locator("#canvas").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2 + dx, box["y"] + box["height"] / 2)


def labels_on_disk(server: Server) -> list[dict]:
    first = call(server, "api/micrographs")["micrographs"][0]
    return call(server, f"api/micrographs/{first['id']}/labels")["labels"]


def test_labels_made_while_the_server_is_away_are_saved_when_it_is_back(own_server):
    server, page = own_server
    click_middle(page)
    until_saved(page)
    server.kill()
    click_middle(page, 100)
    click_middle(page, -100)
    expect(page.locator("#saved")).to_have_text("offline · 2 waiting")
    expect(page.locator("#banner")).to_contain_text("2 changes waiting; nothing is lost")
    server.start()
    until_saved(page, 30_000)
    expect(page.locator("#banner")).to_be_hidden(timeout=30_000)
    assert len(labels_on_disk(server)) == 3


def test_labels_made_offline_on_a_page_that_was_closed_are_sent_once(own_server):
    server, page = own_server
    server.kill()
    click_middle(page)
    expect(page.locator("#saved")).to_have_text("offline · 1 waiting")
    context = page.context
    page.close()
    server.start()
    again = context.new_page()
    again.goto(server.url)
    until_saved(again, 20_000)
    expect(again.locator("#canvas-counts")).to_have_text("1 label, 0 picks")
    assert len(labels_on_disk(server)) == 1


def test_a_browser_that_blocks_storage_still_labels_and_says_what_that_means(own_server, new_page):
    server, _ = own_server
    page = new_page()
    page.add_init_script(
        "Object.defineProperty(window, 'indexedDB', { get() { throw new Error('blocked'); } });"
    )
    page.goto(server.url)
    expect(page.locator("#canvas[aria-busy=false]")).to_be_visible(timeout=20_000)
    expect(page.locator("#link")).to_have_text("live")
    click_middle(page)
    until_saved(page)
    assert len(labels_on_disk(server)) == 1
    server.kill()
    click_middle(page, 100)
    expect(page.locator("#banner")).to_contain_text("keep this page open")
    server.start()
    until_saved(page, 30_000)


def test_files_that_appear_are_found_by_the_button(own_server):
    server, page = own_server
    source = server.folder / "0001.mrc"
    (server.folder / "new one.mrc").write_bytes(source.read_bytes())
    (server.folder / "broken.mrc").write_bytes(b"short")
    page.get_by_role("button", name="Look for new files").click()
    expect(page.locator("#rescan-note")).to_have_text("1 new micrograph")
    expect(page.get_by_role("option", name=re.compile("new one"))).to_be_visible()
    page.get_by_text("1 file refused").click()
    expect(page.locator("#refused-list")).to_contain_text("broken.mrc")


def test_evil_names_are_only_text(serve, demo_folder, page):
    name = "<img src=x onerror=alert(1)>&amp;"
    (demo_folder / "0001.mrc").rename(demo_folder / f"{name}.mrc")
    page.goto(serve(demo_folder).url)
    page.get_by_role("option", name=re.compile("img")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    assert page.locator("img[src=x]").count() == 0


def test_an_empty_folder_says_what_to_put_there(serve, tmp_path, page):
    page.goto(serve(tmp_path).url)
    expect(page.locator("#empty")).to_contain_text("Put MRC, TIFF, PNG or JPEG files into it")
