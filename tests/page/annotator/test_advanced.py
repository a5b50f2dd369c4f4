"""The Advanced fold with a real server: what is typed is kept for the project, shown as changed, and trained with."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.page.annotator.conftest import call
from tests.page.annotator.test_training import STARTED, Jobs


def unfolded(lab) -> Page:
    lab.page.get_by_role("tab", name="Train").click()
    lab.page.get_by_text("Advanced").click()
    expect(lab.page.get_by_role("spinbutton", name="Slack")).to_be_visible()
    return lab.page


def kept(project: dict) -> dict:
    return project["settings"]["training"]


def test_the_fold_is_closed_and_asks_nothing_until_it_is_opened(new_lab):
    lab = new_lab()
    asked = []
    lab.page.on("request", lambda request: asked.append(request.url))
    lab.open()
    lab.page.get_by_role("tab", name="Train").click()
    expect(lab.page.locator("#advanced-fields")).to_be_hidden()
    assert not [url for url in asked if "training-settings" in url]
    lab.page.get_by_text("Advanced").click()
    legends = lab.page.locator("#advanced legend")
    expect(legends).to_have_text(["Particle", "Network", "Objective", "Training", "Picks"])


def test_defaults_are_placeholders_with_range_and_help_from_the_server(lab):
    page = unfolded(lab)
    rows = {row["name"]: row for row in call(lab.server, "api/training-settings")["settings"]}
    decay = page.get_by_role("spinbutton", name="Weight decay")
    expect(decay).to_have_attribute("placeholder", f"{rows['weight_decay']['default']:g}")
    expect(decay).to_have_attribute("max", f"{rows['weight_decay']['high']:g}")
    expect(decay).to_have_value("")
    expect(page.locator(".field", has=decay)).to_have_attribute("title", rows["weight_decay"]["help"])
    expect(page.get_by_role("spinbutton", name="Slack")).to_have_attribute("placeholder", "derived")
    derived = call(lab.server, "api/project")["derived"]
    expect(page.get_by_role("spinbutton", name="Downsampling")).to_have_attribute(
        "placeholder", f"{derived['downsample']:g}"
    )


def test_a_change_is_seen_kept_over_a_reload_and_taken_back(lab):
    page = unfolded(lab)
    page.get_by_role("spinbutton", name="Slack").fill("2.5")
    page.keyboard.press("Tab")
    page.get_by_role("combobox", name="Classifier").select_option("resnet8")
    expect(page.locator("#advanced-changed")).to_have_text("2 changed")
    expect(page.locator(".field.changed label")).to_have_text(["Classifier", "Slack"])
    lab.settles(kept, {"slack": 2.5, "classifier": "resnet8"})
    page.reload()
    lab.wait()
    page = unfolded(lab)
    expect(page.get_by_role("spinbutton", name="Slack")).to_have_value("2.5")
    page.get_by_role("button", name="Default of Slack").click()
    expect(page.locator("#advanced-changed")).to_have_text("1 changed")
    expect(page.get_by_role("spinbutton", name="Slack")).to_have_value("")
    page.get_by_role("button", name="Back to the defaults").click()
    expect(page.locator("#advanced-changed")).to_be_empty()
    expect(page.get_by_role("combobox", name="Classifier")).to_have_value("conv31")
    lab.settles(kept, {})


@pytest.mark.parametrize(
    ("name", "text", "range_text"),
    [("Slack", "-1", "Slack is a number from 0 to 1000."), ("Seed", "1.5", "Seed is a whole number from 0")],
)
def test_what_is_out_of_range_is_said_and_not_kept(lab, name, text, range_text):
    page = unfolded(lab)
    field = page.get_by_role("spinbutton", name=name)
    field.fill(text)
    page.keyboard.press("Tab")
    expect(page.get_by_role("alert").filter(has_text=range_text)).to_be_visible()
    expect(field).to_have_attribute("aria-invalid", "true")
    assert kept(call(lab.server, "api/project")) == {}
    field.fill("3")
    page.keyboard.press("Tab")
    expect(field).to_have_attribute("aria-invalid", "false")
    expect(page.locator("#advanced-changed")).to_have_text("1 changed")


def test_what_was_typed_just_before_the_key_counts_for_the_training(new_lab):
    lab = new_lab()
    jobs = Jobs(lab, [STARTED])
    lab.open()
    page = unfolded(lab)
    page.get_by_role("spinbutton", name="Slack").fill("4")
    page.get_by_label("Start from the last model").uncheck()
    page.get_by_role("button", name=re.compile("^Train")).click()
    expect(page.get_by_role("heading", name="Reading labeled micrographs")).to_be_visible()
    assert [each["settings"] for each in jobs.asked] == [{"slack": 4, "warm_start": False}]


def test_the_pages_of_others_follow(new_lab):
    first = new_lab()
    second = new_lab(first.name)
    for lab in (first, second):
        lab.open()
        unfolded(lab)
    first.page.get_by_role("spinbutton", name="Dropout").fill("0.2")
    first.page.keyboard.press("Tab")
    expect(second.page.get_by_role("spinbutton", name="Dropout")).to_have_value("0.2")
