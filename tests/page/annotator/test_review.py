"""Picks over the micrograph: threshold, keeping, removing, the least sure ones, export.

The picks stand in for those of a trained model; what follows from them is the page's own.
"""

import re
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.page.annotator.conftest import Picked

TOGETHER = 3


@pytest.fixture
def review(new_lab, picked, unused_names):
    """A page with five picks on each of three micrographs, at the Review tab."""
    lab = new_lab()
    picked.serve_to(lab, [lab.name, next(unused_names), next(unused_names)])
    lab.open()
    lab.has("0 labels, 3 picks")
    lab.page.get_by_role("tab", name="Review").click()
    return lab


def in_all(lab, here: int, everywhere: int) -> None:
    expect(lab.page.locator("#threshold-counts")).to_have_text(f"{here} here · {everywhere} in all")


def test_counts_are_of_this_micrograph_and_of_all(review):
    in_all(review, 3, 3 * TOGETHER)


def test_the_threshold_changes_counts_without_asking_for_picks(review):
    in_all(review, 3, 3 * TOGETHER)
    asked = []

    def hear(request):
        # Other requests have their own times: tiles of a layer, and the threshold itself, which is kept after a while.
        if "/picks" in request.url:
            asked.append(request.url)

    review.page.on("request", hear)
    slider = review.page.get_by_role("slider", name="Threshold")
    for value, here in ((-1, 5), (-0.5, 4), (1, 2), (3, 1), (4, 1)):
        slider.fill(str(value))
        in_all(review, here, here * TOGETHER)
    review.page.get_by_role("button", name="Back to 0").click()
    in_all(review, 3, 3 * TOGETHER)
    review.canvas.focus()
    review.page.keyboard.press(".")
    expect(review.page.locator("#threshold-value")).to_have_text("0.10")
    assert asked == []


def test_a_removed_pick_is_a_negative_label_and_comes_back(review):
    review.click(120, 200)
    expect(review.page.get_by_role("group", name="Selected")).to_contain_text("pick 4.00")
    review.page.keyboard.press("Delete")
    review.has("0 labels, 2 picks, 1 removed pick")
    in_all(review, 2, 3 * TOGETHER - 1)
    (label,) = review.saved()
    assert (label["label"], label["source"], label["x"], label["y"]) == ("negative", "pick", 120, 200)
    review.click(120, 200)
    review.page.get_by_role("button", name="Bring back").click()
    review.has("0 labels, 3 picks")
    assert review.saved() == []


def test_a_kept_pick_is_a_positive_label_and_still_counts(review):
    review.page.mouse.move(*review.screen(222, 200))
    review.page.keyboard.press("k")
    review.has("1 label, 3 picks")
    (label,) = review.saved()
    assert (label["label"], label["source"], label["x"], label["y"]) == ("positive", "pick", 220, 200)


def test_a_removed_pick_can_be_kept_after_all(review):
    review.click(120, 200)
    review.page.keyboard.press("x")
    review.has("0 labels, 2 picks, 1 removed pick")
    review.click(120, 200)
    review.page.keyboard.press("k")
    review.has("1 label, 3 picks")
    assert [label["label"] for label in review.saved()] == ["positive"]


def test_a_pick_near_a_negative_label_is_not_shown_and_undo_shows_it_again(review):
    review.click(220, 200, button="middle")
    review.has("0 labels, 2 picks, 1 removed pick")
    review.page.keyboard.press("Control+z")
    review.has("0 labels, 3 picks")
    assert review.saved() == []


def test_the_least_sure_picks_are_answered_one_after_the_other(review):
    removed = review.page.locator("#count-removed")
    # Tests that share the server may have removed picks of their own micrographs.
    before = int(re.search(r"(\d+) in all", removed.text_content()).group(1))
    crops = review.page.get_by_role("listbox", name="Least sure picks")
    expect(crops.get_by_role("option").first).to_have_accessible_name("Pick with score −0.40")
    review.page.get_by_role("button", name=re.compile("^Reject")).click()
    in_all(review, 3, 3 * TOGETHER)
    crops.focus()
    for _ in range(3):
        review.page.keyboard.press("x")
    expect(crops.get_by_role("option")).to_have_count(8)
    review.page.get_by_role("tab", name="Label").click()
    expect(removed).to_contain_text(f"{before + 4} in all")


def test_the_export_link_says_what_the_page_shows(review):
    review.click(120, 200)
    review.page.keyboard.press("Delete")
    review.click(220, 200)
    review.page.keyboard.press("k")
    review.saved()
    review.page.get_by_role("slider", name="Threshold").fill("0.4")
    review.page.get_by_role("tab", name="Export").click()
    link = review.page.get_by_role("link", name="Download")
    expect(link).to_have_text(f"Download {3 * TOGETHER - 1} coordinates")
    review.page.get_by_label("both, each particle once").check()
    review.page.get_by_label("Format").select_option("relion")
    query = parse_qs(urlsplit(link.get_attribute("href")).query)
    assert query == {"what": ["both"], "format": ["relion"], "threshold": ["0.4"]}


def test_ten_thousand_picks_are_drawn_counted_and_hit(new_lab):
    lab = new_lab()
    side = np.arange(100) * 6.0 + 20
    x, y = np.meshgrid(side, side)
    score = np.linspace(5, -5, x.size)
    Picked(x.ravel().tolist(), y.ravel().tolist(), score.tolist()).serve_to(lab, [lab.name])
    lab.open()
    lab.has("0 labels, 5,000 picks")
    lab.click(20 + 6 * 10, 20 + 6 * 10)
    expect(lab.page.get_by_role("group", name="Selected")).to_contain_text(f"pick {score[1010]:.2f}")
