"""The library of models with a real server: brought from a file, named, applied, fetched, deleted."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.page.annotator.conftest import call
from tests.page.annotator.test_run import HELD_OUT, finished, numbered
from tests.page.annotator.test_training import JOB, STARTED, STEPS, Jobs
from tests.page.conftest import Server
from tests.server.fake_worker import model_bytes

APPLIED = {**JOB, "id": "j1", "kind": "pick", "model": "apo"}


def empty_library(server: Server) -> None:
    """No test before this one has left a model."""
    for model in call(server, "api/models")["models"]:
        call(server, f"api/models/{model['id']}", {}, "DELETE")


@pytest.fixture
def models(lab) -> Page:
    """The open library, empty."""
    empty_library(lab.server)
    lab.page.get_by_role("tab", name="Train").click()
    lab.page.locator("#library summary").click()
    expect(lab.page.get_by_text("Trained models that you keep stand here")).to_be_visible()
    return lab.page


def bring(page: Page, name: str = "apo", data: bytes = model_bytes(HELD_OUT[1])) -> None:
    with page.expect_file_chooser() as choosing:
        page.get_by_role("button", name="Add a model file").click()
    choosing.value.set_files({"name": f"{name}.safetensors", "mimeType": "", "buffer": data})


def names(page: Page):
    return page.locator("#model-list b")


def test_a_model_file_is_added_and_says_what_it_is(models):
    bring(models)
    expect(names(models)).to_have_text(["apo"])
    expect(models.locator("#model-list .note")).to_contain_text(
        "36 Å · trained at 1.5 Å/px, rescales these of 2 · 2 labels · held-out ≥ 0.86"
    )
    expect(models.locator("#library-count")).to_have_text("1")


def test_a_file_that_is_no_model_says_so_and_adds_nothing(models, complaints):
    bring(models, data=b"junk")
    expect(models.locator("#models-error")).to_contain_text("No model of Peridot")
    expect(names(models)).to_have_count(0)
    complaints.forgive("400")
    bring(models)
    expect(models.locator("#models-error")).to_be_hidden()


def test_a_model_is_renamed(models):
    bring(models)
    models.get_by_role("button", name="Rename apo").click()
    field = models.get_by_role("textbox", name="New name of apo")
    expect(field).to_be_focused()
    field.fill("<b>apo 2</b>")
    field.press("Enter")
    expect(names(models)).to_have_text(["<b>apo 2</b>"])


def test_news_leave_a_half_typed_name_alone(models, lab):
    bring(models)
    models.get_by_role("button", name="Rename apo").click()
    field = models.get_by_role("textbox", name="New name of apo")
    field.fill("half a na")
    kept = call(lab.server, "api/models")["models"][0]["id"]
    with models.expect_response(lambda response: response.url.endswith("api/models")):
        call(lab.server, f"api/models/{kept}", {"name": "from elsewhere"}, "PATCH")
    expect(field).to_have_value("half a na")
    field.press("Enter")
    expect(names(models)).to_have_text(["half a na"])


def test_the_last_answer_that_was_asked_for_is_shown(models, lab):
    """The slow line of a server answers an early question last."""
    bring(models)
    expect(names(models)).to_have_text(["apo"])
    held = []

    def hold_the_first(route):
        if held:
            route.continue_()
        else:
            held.append((route, route.fetch()))

    models.route("**/api/models", hold_the_first)
    kept = call(lab.server, "api/models")["models"][0]["id"]
    with models.expect_request("**/api/models"):
        call(lab.server, f"api/models/{kept}", {"name": "second"}, "PATCH")
    models.wait_for_function("() => true")  # so that the answer is fetched before the next name
    call(lab.server, f"api/models/{kept}", {"name": "third"}, "PATCH")
    expect(names(models)).to_have_text(["third"])
    [(route, early)] = held
    with models.expect_response(lambda response: response.url.endswith("api/models")):
        route.fulfill(response=early)
    expect(names(models)).to_have_text(["third"])


def test_a_model_is_deleted_after_a_question(models):
    bring(models)
    models.get_by_role("button", name="Delete apo").click()
    expect(models.get_by_role("button", name="Keep", exact=True)).to_be_focused()
    models.keyboard.press("Enter")
    expect(names(models)).to_have_text(["apo"])
    models.get_by_role("button", name="Delete apo").click()
    models.get_by_role("button", name="Delete apo for good").click()
    expect(names(models)).to_have_count(0)


def test_a_model_is_downloaded_whole(models):
    bring(models)
    with models.expect_download() as downloading:
        models.get_by_role("link", name="Download apo").click()
    assert downloading.value.suggested_filename == "apo.safetensors"
    assert downloading.value.path().read_bytes() == model_bytes(HELD_OUT[1])


def test_applying_a_model_starts_a_job_that_picks(new_lab):
    lab = new_lab()
    jobs = Jobs(lab, numbered({"event": "picks", "micrograph": 1, "final": True, "done": 1, "total": 3}))
    jobs.started = APPLIED
    empty = {"job": "j1", "kind": "pick", "final": True, "step": 0, "x": [], "y": [], "score": []}
    lab.page.route(re.compile(r".*/api/micrographs/\d+/picks.*"), lambda route: route.fulfill(json=empty))
    model = {"id": "0" * 16, "name": "apo", "created": 1790000000, "classifier": "conv31", "bytes": 9,
             "diameter_angstrom": 36.0, "labels": 2, "held_out": HELD_OUT[1]}  # fmt: skip
    lab.page.route("**/api/models", lambda route: route.fulfill(json={"models": [model]}))
    lab.open()
    lab.page.get_by_role("tab", name="Train").click()
    lab.page.locator("#library summary").click()
    lab.page.get_by_role("button", name="Apply apo").click()
    expect(lab.page.get_by_role("heading", name="Picking with apo")).to_be_visible()
    expect(lab.page.get_by_role("button", name="Apply apo")).to_be_disabled()
    expect(lab.page.get_by_role("button", name="Good enough")).to_be_hidden()
    expect(lab.page.locator("#curve")).to_be_hidden()
    assert jobs.asked == [{"kind": "pick", "focus": lab.id, "model": "0" * 16}]


def test_a_finished_training_offers_to_keep_its_model(new_lab):
    lab = new_lab()
    Jobs(lab, numbered(STARTED, *STEPS, finished("done")), job=JOB)
    asked = []

    def answer(route):
        if route.request.method == "GET":
            return route.fallback()
        asked.append(route.request.post_data_json)
        route.fulfill(status=201, json={})

    lab.page.route("**/api/models", answer)
    lab.open()
    lab.page.get_by_role("tab", name="Train").click()
    name = lab.page.get_by_role("textbox", name="Name of the model")
    name.fill("round 3")
    name.press("Enter")
    expect(name).to_have_value("")
    assert asked == [{"job": "j1", "name": "round 3"}]


def test_a_training_that_runs_or_failed_has_no_model_to_keep(new_lab):
    lab = new_lab()
    Jobs(lab, numbered(STARTED, *STEPS), job=JOB)
    lab.open()
    lab.page.get_by_role("tab", name="Train").click()
    expect(lab.page.get_by_role("button", name=re.compile("^Good enough"))).to_be_visible()
    expect(lab.page.get_by_role("textbox", name="Name of the model")).to_be_hidden()
