"""Export and import through the page: what was labelled comes out, and comes in again."""

import re

import pytest
from playwright.sync_api import expect

from tests.page.annotator.conftest import NEIGHBOURS


@pytest.fixture
def table(tmp_path):
    """A Topaz table with two labels of one micrograph and one of another that is not in the project."""

    def write(name: str):
        path = tmp_path / "labels.txt"
        rows = [f"{name}\t100\t120", f"{name}\t300\t320", "elsewhere\t5\t5"]
        path.write_text("\n".join(["image_name\tx_coord\ty_coord", *rows]) + "\n", encoding="utf-8")
        return path

    return write


def test_an_import_reports_first_and_then_adds_labels(lab, table):
    lab.page.get_by_role("tab", name="Export").click()
    lab.page.get_by_label("Files", exact=True).set_input_files(table(lab.name))
    lab.page.get_by_role("button", name="Check").click()
    report = lab.page.locator("#import-report")
    expect(report).to_contain_text("3 coordinates read")
    expect(report).to_contain_text("2 on 1 micrograph of this project")
    expect(report).to_contain_text("1 on micrographs that are not here: elsewhere")
    expect(report).to_contain_text("Nothing has been changed yet.")
    lab.has("0 labels, 0 picks")
    lab.page.get_by_role("button", name="Import", exact=True).click()
    expect(report).to_contain_text("2 labels imported")
    lab.has("2 labels, 0 picks")
    assert [(label["x"], label["source"]) for label in lab.saved()] == [(100, "import"), (300, "import")]


def test_an_import_that_matches_nothing_is_refused_with_the_reason(lab, table, complaints):
    lab.page.get_by_role("tab", name="Export").click()
    lab.page.get_by_label("Files", exact=True).set_input_files(table("nowhere"))
    lab.page.get_by_role("button", name="Check").click()
    expect(lab.page.locator("#import-report .problem")).to_be_visible()
    expect(lab.page.get_by_role("button", name="Import", exact=True)).to_be_hidden()
    complaints.forgive("400")


def test_the_downloaded_table_holds_the_labels_of_the_page(lab):
    lab.click(200, 150)
    lab.saved()
    lab.page.get_by_role("tab", name="Export").click()
    lab.page.get_by_role("radio", name=re.compile("^labels")).check()
    lab.page.get_by_label("Format").select_option("topaz")
    with lab.page.expect_download() as download:
        lab.page.get_by_role("link", name=re.compile("^Download")).click()
    rows = download.value.path().read_text(encoding="utf-8").splitlines()
    mine = [row.split("\t") for row in rows if row.startswith(lab.name)]
    assert [(float(row[1]), float(row[2])) for row in mine] == [pytest.approx((200, 150), abs=0.5)]


def test_filaments_go_out_as_pairs_and_come_in_again(new_lab, tmp_path, complaints):
    lab = new_lab().open()
    lab.page.keyboard.press("w")
    lab.drag((100, 100), (300, 140))
    lab.saved()
    lab.page.get_by_role("tab", name="Export").click()
    lab.page.get_by_role("radio", name=re.compile("^filaments")).check()
    lab.page.get_by_label("Format").select_option("star")
    expect(lab.page.locator("#export-note")).to_contain_text("Two rows for each filament")
    with lab.page.expect_download() as download:
        lab.page.get_by_role("link", name=re.compile("^Download")).click()
    path = tmp_path / "pairs.star"
    mine = [line for line in download.value.path().read_text().splitlines() if line.startswith(lab.name)]
    assert len(mine) == 2
    other = new_lab().open()
    rows = [line.replace(lab.name, other.name).split()[:3] for line in mine]
    tags = "_rlnMicrographName\n_rlnCoordinateX\n_rlnCoordinateY\n"
    path.write_text(f"data_\nloop_\n{tags}" + "\n".join(map(" ".join, rows)) + "\n")
    other.page.get_by_role("tab", name="Export").click()
    other.page.get_by_label("Files", exact=True).set_input_files(path)
    other.page.get_by_label("Rows are").select_option("filaments")
    other.page.get_by_role("button", name="Check").click()
    expect(other.page.locator("#import-report")).to_contain_text("1 filament read")
    other.page.get_by_role("button", name="Import", exact=True).click()
    expect(other.page.locator("#import-report")).to_contain_text("1 filament imported")
    other.has("0 labels, 1 filament, 0 picks")
    path.write_text(path.read_text() + f"{other.name} 5 5\n")
    other.page.get_by_label("Files", exact=True).set_input_files(path)
    other.page.get_by_role("button", name="Check").click()
    expect(other.page.locator("#import-report .problem")).to_contain_text("an odd number of filament ends")
    complaints.forgive("400")


def test_the_ctf_of_micrographs_is_imported_listed_sorted_and_limited(lab, tmp_path):
    """A file of RELION's for two micrographs of the project, one that is not here, and one failed fit."""
    first, second, third = (f"{number:04}" for number in (NEIGHBOURS[0], NEIGHBOURS[1], NEIGHBOURS[2]))
    tags = "_rlnMicrographName\n_rlnDefocusU\n_rlnDefocusV\n_rlnCtfMaxResolution\n"
    rows = [f"M/{first}.mrc 21000 19000 7.5", f"M/{second}.mrc 15000 14000 3.84", f"M/{third}.mrc nan nan 9"]
    path = tmp_path / "micrographs_ctf.star"
    path.write_text(
        f"data_optics\n\ndata_micrographs\nloop_\n{tags}" + "\n".join([*rows, "M/x.mrc 1 1 1"]) + "\n"
    )
    lab.page.get_by_role("tab", name="Export").click()
    lab.page.get_by_label("Files", exact=True).set_input_files(path)
    lab.page.get_by_label("Rows are").select_option("ctf")
    lab.page.get_by_role("button", name="Check").click()
    report = lab.page.locator("#import-report")
    for line in ("4 micrographs read", "2 on 2 micrographs", "not here: x", "1 failed fit left out"):
        expect(report).to_contain_text(line)
    lab.page.get_by_role("button", name="Import", exact=True).click()
    expect(report).to_contain_text("2 CTFs imported")
    lab.page.get_by_label("Order", exact=True).select_option("resolution")
    rows = lab.page.locator("#rows").get_by_role("option")
    lab.page.get_by_text("Limits", exact=True).click()
    limit = lab.page.get_by_label("at most, resolution, Å")
    limit.fill("10")
    expect(rows).to_have_count(2)
    expect(lab.page.locator('[aria-posinset="1"]')).to_contain_text("1.45 µm · 3.8 Å")
    expect(lab.page.locator('[aria-posinset="2"]')).to_contain_text("2.00 µm · 7.5 Å")
    limit.fill("6")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text(second)
