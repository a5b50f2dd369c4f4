"""Every state of the page under the axe engine: no serious and no critical violation, in either theme."""

import json
import re
from hashlib import sha256
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.page.annotator.conftest import Lab, call
from tests.page.annotator.test_exclusions import INSIDE, draw_triangle
from tests.page.annotator.test_filaments import filament_mode
from tests.page.annotator.test_filters import FILTERED_VIEW, hold
from tests.page.annotator.test_looking import looking_url
from tests.page.annotator.test_models import bring, empty_library
from tests.page.annotator.test_run import HELD_OUT, finished, numbered
from tests.page.annotator.test_saving import FORBIDDEN, NOT_FOUND, answer_with
from tests.page.annotator.test_snapshots import keep
from tests.page.annotator.test_suggestions import SUGGESTED, SUGGESTING
from tests.page.annotator.test_training import JOB, STARTED, STEPS, Jobs
from tests.page.axe import ENGINE, violations

TABS = ("Label", "Train", "Review", "Export")
FAILED = {"code": "worker", "found": "the worker ran out of memory", "expected": "", "action": "downsample"}
SMALL = {"width": 640, "height": 400}


class Auditor:
    """Collects what is wrong over the states of one page, so that one run tells everything."""

    def __init__(self, page: Page):
        self.page = page
        self.found: list[str] = []

    def look(self, state: str, within: str | None = None) -> None:
        self.found += [f"{state}: {line}" for line in violations(self.page, within=within)]

    def tab(self, name: str) -> None:
        self.page.get_by_role("tab", name=name).click()

    def done(self) -> None:
        assert self.found == [], "\n".join(self.found)


OPEN_FOLDS = """() => document.querySelectorAll('[role=tabpanel]:not([hidden]) details').forEach(
  (fold) => { if (fold.checkVisibility()) fold.open = true; })"""


@pytest.fixture
def auditor(new_lab) -> tuple[Lab, Auditor]:
    lab = new_lab()
    return lab, Auditor(lab.page)


def test_the_engine_is_the_one_of_the_table():
    table = (ENGINE.parent / "README.md").read_text()
    assert sha256(ENGINE.read_bytes()).hexdigest() in table
    for name in re.findall(r"axe-core\.LICENSE[\w-]*", table):
        assert Path(ENGINE.parent / name).is_file()


def test_the_engine_would_find_something(auditor):
    lab, audit = auditor
    lab.open()
    lab.page.evaluate("document.getElementById('tool-fit').removeAttribute('aria-label')")
    lab.page.evaluate("document.getElementById('tool-fit').removeAttribute('title')")
    for within in (None, "#stage"):
        audit.found.clear()
        audit.look("broken", within)
        assert any("button-name" in line and "#tool-fit" in line for line in audit.found)
    audit.found.clear()
    audit.look("what is broken is elsewhere", "#top")
    assert audit.found == []


def test_labels_tools_folds_help_and_message(auditor):
    lab, audit = auditor
    lab.open()
    lab.click(200, 150)
    lab.page.locator("#timeline summary").click()
    lab.page.locator("#me summary").click()
    lab.page.locator("#limits summary").click()
    lab.page.get_by_role("searchbox").fill("039")
    audit.look("a selected label, history, limits, a search, a name")
    for key in "er":
        lab.canvas.focus()
        lab.page.keyboard.press(key)
        lab.click(300, 150)
        audit.look(f"tool {key}", "#stage")
        lab.page.keyboard.press("Escape")
    for name in TABS:
        audit.tab(name)
        lab.page.evaluate(OPEN_FOLDS)
        audit.look(f"{name}, unfolded", "#work")
    lab.page.keyboard.press("?")
    audit.look("help", "#help")
    lab.page.keyboard.press("Escape")
    audit.tab("Label")
    lab.page.get_by_label("Pixel size").fill("0.0001")
    lab.page.get_by_label("Pixel size").press("Enter")
    expect(lab.page.locator("#message")).to_be_visible()
    audit.look("an error", "#stage")
    lab.page.set_viewport_size(SMALL)
    audit.look("small")
    lab.page.get_by_role("button", name="Micrographs").click()
    audit.look("small, with the list", "#top, #list")
    audit.done()


def test_training_and_review(auditor, picked, complaints):
    lab, audit = auditor
    picked.serve_to(lab, [lab.name])
    jobs = Jobs(lab, numbered(STARTED, *STEPS, *HELD_OUT), job=JOB)
    lab.open()
    audit.tab("Train")
    audit.look("while it trains")
    audit.tab("Review")
    lab.click(120, 200)
    audit.look("review", "#stage, #work")
    audit.tab("Export")
    audit.look("export", "#work")
    jobs.events += [{**finished("failed", FAILED), "seq": len(jobs.events) + 1}]
    lab.page.reload()
    lab.wait()
    audit.tab("Train")
    expect(lab.page.get_by_role("heading", name="Training failed")).to_be_visible()
    audit.look("a failed training")
    jobs.error = FAILED
    lab.page.get_by_role("button", name=re.compile("^Train")).click()
    expect(lab.page.locator("#train-error")).to_be_visible()
    audit.look("a refused training", "#work")
    complaints.forgive("400")
    audit.done()


def test_for_looking_only_and_without_a_key(auditor, complaints):
    lab, audit = auditor
    lab.page.goto(looking_url(lab.server) + f"#micrograph={lab.name}&x=320&y=320&zoom=1")
    lab.wait()
    audit.look("looking only")
    audit.tab("Train")
    audit.look("looking only, Train", "#work")
    lab.page.context.clear_cookies()
    lab.page.goto(lab.server.base)
    audit.look("the page of an error")
    complaints.forgive("401|403")
    audit.done()


def test_suggestions_in_a_project_without_a_pixel_size(auditor):
    lab, audit = auditor
    SUGGESTED.serve_to(lab, [lab.name])
    Jobs(lab, numbered(STARTED, finished("done")), job=SUGGESTING)
    call(lab.server, "api/project", {"pixel_size_angstrom": None}, "PATCH")
    lab.open()
    lab.has("0 labels, 3 suggestions")
    lab.click(120, 200)
    expect(lab.page.locator("#chip-text")).to_have_text("suggestion 2.00")
    audit.look("a suggestion, and no pixel size")
    for name in ("Train", "Review"):
        audit.tab(name)
        audit.look(f"suggestions, {name}", "#work")
    audit.done()


def test_a_folder_without_a_usable_file(serve, new_page, tmp_path):
    (tmp_path / "broken.mrc").write_bytes(b"short")
    audit = Auditor(new_page(reduced_motion="reduce"))
    audit.page.goto(serve(tmp_path).url)
    expect(audit.page.locator("#empty")).to_contain_text("1 file could not be used")
    audit.page.get_by_text("1 file refused").click()
    audit.look("nothing usable")
    for name in TABS[1:]:
        audit.tab(name)
        audit.look(f"nothing usable, {name}", "#work")
    audit.done()


GUESTS = ("Ada Lovelace", "Guest 7", "Prof", "<b>Kim</b>", "Rosalind Franklin", "Aaron Klug", "Max Perutz")
THOUSANDS = 3000
FIRST_OF_THEM = 100_000
"""The ids of micrographs that no server has begin here."""
PEOPLE = '42["people",'
KINDS_OF_ROWS = (
    {"labels": 1234, "negatives": 3, "looked_at": True, "complete": True},
    {"empty": True, "looked_at": True, "ctf": {"defocus_angstrom": 12345.0, "resolution_angstrom": 4.2}},
    {"labels": 2, "filaments": 7, "exclusions": 1, "warnings": ["the header says otherwise"]},
    {"missing": True},
)


def crowd(lab: Lab) -> None:
    """Stand in for what the server tells of people: many more have the project open."""

    def told(text: str) -> str:
        if not text.startswith(PEOPLE):
            return text
        body = json.loads(text[len(PEOPLE) : -1])
        for i, name in enumerate(GUESTS):
            guest = {"client": f"guest-{i}", "name": name, "looking": i == 2, "micrograph": FIRST_OF_THEM + i}
            body["people"].append(guest)
        return f"{PEOPLE}{json.dumps(body)}]"

    def join(line) -> None:
        server = line.connect_to_server()
        server.on_message(lambda text: line.send(told(text)))

    lab.page.route_web_socket(re.compile("/socket.io/"), join)


def thousands(lab: Lab) -> None:
    """Stand in for the list of a large project, with rows of every kind at its head."""

    def listing(route) -> None:
        answer = call(lab.server, "api/micrographs")
        own = next(one for one in answer["micrographs"] if one["name"] == lab.name)
        many = [
            {**own, "id": FIRST_OF_THEM + i, "name": f"many_{i:05}", **KINDS_OF_ROWS[i % len(KINDS_OF_ROWS)]}
            for i in range(THOUSANDS)
        ]
        route.fulfill(json={**answer, "micrographs": [own, *many]})

    def picture(route) -> None:
        route.continue_(url=re.sub(rf"/{FIRST_OF_THEM // 1000}\d{{3}}/", f"/{lab.id}/", route.request.url))

    lab.page.route(re.compile(r".*/api/micrographs(\?since=.*)?$"), listing)
    lab.page.route(re.compile(rf"/micrographs/{FIRST_OF_THEM // 1000}\d{{3}}/thumbnail"), picture)


@pytest.fixture
def large(auditor) -> tuple[Lab, Auditor]:
    """A page on a large project with many people in it."""
    lab, audit = auditor
    crowd(lab)
    thousands(lab)
    return lab.open(), audit


def test_people_thousands_of_rows_tools_filters_and_a_conflict(large):
    lab, audit = large
    see_people_and_rows(lab, audit)
    see_what_is_drawn(lab, audit)
    see_a_conflict_and_a_filter(lab, audit)
    audit.done()


def see_people_and_rows(lab: Lab, audit: Auditor) -> None:
    page = lab.page
    expect(page.locator("#others")).to_contain_text(re.compile(r"\+\d"))
    expect(page.locator("#rows .of-people").first).to_be_visible()
    page.locator("#line-text").click()
    page.get_by_label("always", exact=True).check()
    expect(page.locator("#line-text")).to_have_text(re.compile("^slow line"))
    audit.look("many people and rows, a slow line")
    page.locator("#me-name").click()
    audit.look("one's own name", "#top")
    page.keyboard.press("Escape")


def see_what_is_drawn(lab: Lab, audit: Auditor) -> None:
    page, chip = lab.page, lab.page.locator("#chip-text")
    draw_triangle(lab)
    audit.look("an exclusion", "#stage, #work")
    page.keyboard.press("a")
    lab.click(*INSIDE)
    expect(chip).to_have_text("exclusion")
    audit.look("an exclusion that is selected", "#stage")
    filament_mode(lab)
    lab.click(150, 420)
    expect(chip).to_contain_text("start set")
    audit.look("the start of a filament", "#stage")
    lab.click(350, 440)
    expect(chip).to_have_text("filament")
    audit.look("a filament that is selected", "#stage, #work")


def see_a_conflict_and_a_filter(lab: Lab, audit: Auditor) -> None:
    page = lab.page
    page.keyboard.press("a")
    lab.click(450, 150)
    lab.drag((450, 150), (500, 150))
    (label,) = lab.saved()
    removal = {"op_id": "removed-by-ada", "kind": "remove", "pick_id": label["id"]}
    body = {"client": "guest-0", "who": GUESTS[0], "operations": [removal]}
    call(lab.server, f"api/micrographs/{lab.id}/labels", body, "POST")
    expect(page.get_by_role("button", name="Bring mine back")).to_be_visible()
    held = hold(lab)
    with page.expect_request(FILTERED_VIEW):
        page.keyboard.press("q")
    expect(page.get_by_role("radio", name="low-pass 20 Å")).to_be_checked()
    audit.look("a conflict, and a filter that is coming", "#stage")
    held[-1].continue_()
    lab.wait()
    page.locator("#message-close").click()
    page.keyboard.press("p")
    expect(page.get_by_role("radiogroup", name="Layer on the right")).to_be_visible()
    lab.wait()
    audit.look("filtered, with the raw one beside it", "#stage")


def test_snapshots_refusals_models_an_import_keys_and_the_tour(auditor, complaints):
    lab, audit = auditor
    lab.open()
    lab.click(200, 150)
    see_snapshots(lab, audit)
    see_what_is_not_saved(lab, audit)
    complaints.forgive("ERR_FAILED|403|404")
    see_models_and_an_import(lab, audit)
    lab.page.get_by_role("button", name="Light or dark theme").click()
    see_keys(lab, audit)
    see_the_tour(lab, audit)
    audit.done()


def see_snapshots(lab: Lab, audit: Auditor) -> None:
    page, names = lab.page, lab.page.locator("#snapshot-list")
    page.get_by_text("Snapshots of all labels").click()
    keep(lab, "before the axe")
    lab.click(300, 150)
    page.get_by_role("button", name="Go back to before the axe").click()
    expect(names).to_contain_text("1 removed on 1 micrograph.")
    audit.look("a question before going back", "#panel-label")
    page.get_by_role("button", name="Go back to before the axe now").click()
    expect(page.get_by_role("button", name="Take that back")).to_be_visible()
    page.get_by_role("button", name="Remove before the axe").click()
    expect(names).to_contain_text("The name goes, no label does.")
    audit.look("gone back, and a question before a name goes", "#panel-label")
    page.get_by_role("button", name="Remove before the axe for good").click()


def see_what_is_not_saved(lab: Lab, audit: Auditor) -> None:
    page, banner = lab.page, lab.page.locator("#banner")
    answer_with(lab, lambda route: route.abort())
    lab.click(400, 150)
    expect(banner).to_contain_text("Trying again")
    audit.look("offline", "#banner, #top")
    answer_with(lab, lambda route: route.fulfill(status=403, json=FORBIDDEN))
    lab.click(450, 150)
    expect(banner).to_contain_text("open the link for working on it again")
    audit.look("without the right", "#banner, #top")
    answer_with(lab, lambda route: route.fulfill(status=404, json=NOT_FOUND))
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("button", name="Give them up")).to_be_visible()
    audit.look("without the micrograph", "#banner, #top")
    page.get_by_role("button", name="Give them up").click()
    answer_with(lab, None)


def see_models_and_an_import(lab: Lab, audit: Auditor) -> None:
    page = lab.page
    empty_library(lab.server)
    audit.tab("Train")
    page.locator("#library summary").click()
    bring(page)
    page.get_by_role("button", name="Rename apo").click()
    audit.look("a model, and a new name for it", "#library")
    page.get_by_role("button", name="Leave it").click()
    page.get_by_role("button", name="Delete apo").click()
    audit.look("a question before a model goes", "#library")
    page.get_by_role("button", name="Delete apo for good").click()
    audit.tab("Export")
    rows = f"image_name\tx_coord\ty_coord\n{lab.name}\t100\t120\nelsewhere\t5\t5\n"
    page.get_by_label("Files", exact=True).set_input_files(
        {"name": "labels.txt", "mimeType": "text/plain", "buffer": rows.encode()}
    )
    page.get_by_role("button", name="Check").click()
    expect(page.locator("#import-report")).to_contain_text("Nothing has been changed yet.")
    audit.look("the report of an import", "#panel-export")


def see_keys(lab: Lab, audit: Auditor) -> None:
    page = lab.page
    lab.canvas.focus()
    page.keyboard.press("F1")
    page.locator("#key-marks").click()
    page.keyboard.press("u")
    expect(page.get_by_role("button", name="All keys as they were")).to_be_visible()
    page.locator("#key-overview").click()
    page.keyboard.press("i")
    expect(page.locator("#keys-note")).to_contain_text("already")
    audit.look("a key of one's own, and one that is taken", "#help")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")


def see_the_tour(lab: Lab, audit: Auditor) -> None:
    page = lab.page
    page.keyboard.press("F1")
    page.get_by_role("button", name="Take the tour").click()
    for step in range(1, 8):
        expect(page.locator("#tour-count")).to_have_text(f"{step} of 7")
        # All of the page once: it is the light theme now.
        audit.look(f"the tour, {step}", "#tour" if step > 1 else None)
        page.locator("#tour-next").click()
    expect(page.locator("#tour")).to_be_hidden()
