"""GET and PATCH /api/project, and the scan."""

import pytest

from tests.server.support import operation, write_micrograph


def test_health_needs_no_token_and_says_the_version(app):
    answer = app.test_client().get("/api/health")
    assert answer.json == {"status": "ok", "version": "0.1.0"}


def test_a_new_project_says_what_is_still_unknown(client):
    project = client.get("/api/project")
    assert project["name"] == "project"
    assert project["micrographs"] == 2
    assert project["pixel_size_angstrom"] == project["header_pixel_size_angstrom"] == 2.0
    assert project["settings"] == {
        "pixel_size_angstrom": None, "diameter_angstrom": None, "expected_particles": None,
        "filament_spacing_angstrom": None, "training": {}, "view": {}
    }  # fmt: skip
    assert project["derived"] is None
    assert project["derived_error"]["found"] == "no particle diameter"
    assert (project["refused"], project["job"]) == ([], None)


def test_everything_derived_is_shown_once_the_diameter_is_known(client):
    project = client.patch("/api/project", {"diameter_angstrom": 36})
    derived = project["derived"]
    assert (derived["downsample"], derived["diameter_ds"], derived["suppression_radius_px"]) == (1, 18.0, 9.0)
    assert derived["expected_guessed"] is True
    assert (derived["labels"], derived["observed_fraction"]) == (0, 0.0)
    assert project["derived_error"]["found"] == "no labels"


def test_pi_and_the_observed_fraction_follow_from_expectation_and_labels(client):
    client.label(operation())
    derived = client.patch("/api/project", {"diameter_angstrom": 36, "expected_particles": 4})["derived"]
    assert derived["pi"] == pytest.approx(4 * 29 / (40 * 60))
    assert derived["observed_fraction"] == pytest.approx(29 / (40 * 60))
    assert (derived["labels"], derived["labeled_micrographs"], derived["expected_guessed"]) == (1, 1, False)


def test_training_settings_are_kept_as_given_and_null_clears_them(client):
    kept = {"slack": 2.5, "objective": "ge-kl", "warm_start": False}
    assert client.patch("/api/project", {"training": {**kept, "pi": None}})["settings"]["training"] == kept
    assert client.patch("/api/project", {"training": None})["settings"]["training"] == {}


def test_scales_and_prior_follow_from_the_training_settings(client):
    given = {"downsample": 2.0, "positive_radius_ds": 2.0, "pi": 0.25}
    derived = client.patch("/api/project", {"diameter_angstrom": 36, "training": given})["derived"]
    assert (derived["downsample"], derived["positive_radius_ds"], derived["pi"]) == (2, 2.0, 0.25)
    assert derived["prior_from"] == "pi"


def test_the_prior_says_where_it_comes_from(client):
    client.patch("/api/project", {"diameter_angstrom": 36})
    client.label(*[operation(x=10.0 + 15 * place) for place in range(3)])
    client.label(operation(), micrograph=2)

    def prior() -> tuple:
        derived = client.get("/api/project")["derived"]
        return derived["prior_from"], derived["expected_particles"]

    assert prior()[0] == "guess"
    client.patch("/api/micrographs/1", {"complete": True})
    # Of its density, on a micrograph of the mean size: 60 x 40 and 50 x 30.
    assert prior() == ("complete", pytest.approx(3 / 2400 * 1950))
    client.patch("/api/project", {"expected_particles": 5})
    assert prior() == ("expected", 5)


def test_a_complete_micrograph_leaves_nothing_to_find_so_only_the_others_are_observed(client):
    client.patch("/api/project", {"diameter_angstrom": 36, "expected_particles": 8})
    client.label(*[operation(x=5.0 + 9 * place) for place in range(6)])
    client.label(operation(), micrograph=2)
    client.patch("/api/micrographs/1", {"complete": True})
    assert client.get("/api/project")["derived"]["observed_fraction"] == pytest.approx(29 / (30 * 50))


def test_an_expectation_below_what_is_labeled_is_said_with_the_numbers(client):
    client.label(*[operation(x=10.0 + place) for place in range(5)])
    project = client.patch("/api/project", {"diameter_angstrom": 36, "expected_particles": 2})
    assert project["derived"]["labels"] == 5
    assert "pi 0.024" in project["derived_error"]["found"] and "0.06" in project["derived_error"]["found"]


def test_the_users_pixel_size_wins_over_the_headers_and_null_clears_it(client):
    assert client.patch("/api/project", {"pixel_size_angstrom": 3.5})["pixel_size_angstrom"] == 3.5
    cleared = client.patch("/api/project", {"pixel_size_angstrom": None})
    assert (cleared["settings"]["pixel_size_angstrom"], cleared["pixel_size_angstrom"]) == (None, 2.0)


def test_each_change_raises_the_revision_and_none_does_not(client):
    start = client.get("/api/project")["revision"]
    assert client.patch("/api/project", {"diameter_angstrom": 100})["revision"] == start + 1
    assert client.patch("/api/project", {})["revision"] == start + 1


def test_the_view_is_kept_as_it_is(client):
    view = {"contrast": {"raw": [1, 2.5]}, "name": "Ångström"}
    client.patch("/api/project", {"view": view})
    assert client.get("/api/project")["settings"]["view"] == view


@pytest.mark.parametrize(
    "changes",
    [
        {"diameter_angstrom": -1},
        {"diameter_angstrom": "143"},
        {"diameter_angstrom": True},
        {"pixel_size_angstrom": 0},
        {"pixel_size_angstrom": 1e6},
        {"expected_particles": 0},
        {"expected_particles": 1e9},
        {"view": {"text": "x" * 9000}},
        {"view": [1]},
        {"diameter": 143},
        {"training": [1]},
        {"training": {"colour": "red"}},
        {"training": {"slack": -1}},
        {"training": {"slack": "2"}},
        {"training": {"objective": "x"}},
        {"training": {"warm_start": 1}},
        {"training": {"diameter_angstrom": 143.0}},
    ],
    ids=str,
)
def test_settings_out_of_range_are_refused_and_nothing_changes(client, changes):
    before = client.get("/api/project")
    status, error = client.error("PATCH", "/api/project", json=changes)
    assert (status, error["code"]) == (400, "bad_request")
    assert client.get("/api/project") == before


@pytest.mark.parametrize(
    "body",
    [b"{", b"[]", b"null", b'{"diameter_angstrom": NaN}', b'{"diameter_angstrom": 1e999}', b"\xff\xfe",
     b"[" * 9999],
)  # fmt: skip
def test_a_body_that_is_no_object_of_finite_numbers_is_refused(client, body):
    answer = client.call("PATCH", "/api/project", data=body, content_type="application/json")
    assert answer.status_code == 400


def test_a_body_of_another_type_is_refused(client):
    status, error = client.error(
        "PATCH", "/api/project", data='{"diameter_angstrom": 5}', content_type="text/plain"
    )
    assert (status, error["expected"]) == (400, "application/json")


def test_a_scan_finds_new_and_vanished_files_and_says_what_it_refuses(client, folder):
    write_micrograph(folder / "m3.mrc")
    (folder / "torn.mrc").write_bytes(b"\0" * 100)
    (folder / "m1.mrc").unlink()
    project = client.post("/api/project/scan")
    assert project["micrographs"] == 3
    assert [each["path"] for each in project["refused"]] == ["torn.mrc"]
    assert set(project["refused"][0]["error"]) == {"code", "found", "expected", "action"}
    listed = {each["name"]: each["missing"] for each in client.get("/api/micrographs")["micrographs"]}
    assert listed == {"m2": False, "m3": False, "m1": True}


def test_a_folder_without_micrographs_opens_and_says_what_to_do(make_app, tmp_path):
    from tests.server.support import Client

    (tmp_path / "empty").mkdir()
    client = Client(make_app(folder=tmp_path / "empty"))
    project = client.patch("/api/project", {"diameter_angstrom": 100, "pixel_size_angstrom": 2})
    assert (project["micrographs"], project["derived"]) == (0, None)
    assert project["derived_error"]["found"] == "no micrographs"
