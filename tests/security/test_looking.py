"""The link for looking only: it shows everything, changes nothing, and tells nobody the other token."""

import re

import pytest

from server.access import looking_token
from tests.security.conftest import unchanging_app
from tests.server.support import TOKEN

LOOKING = looking_token(TOKEN)
BEARER = {"Authorization": f"Bearer {LOOKING}"}
READING = {"GET", "HEAD", "OPTIONS"}


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    yield from unchanging_app(tmp_path_factory.mktemp("looking"))


def test_the_two_tokens_do_not_resemble_each_other():
    assert LOOKING == looking_token(TOKEN) != looking_token(TOKEN + "x")
    assert TOKEN not in LOOKING and re.fullmatch("[0-9a-f]{64}", LOOKING)


def test_the_link_opens_the_page_and_everything_in_it(app):
    browser = app.test_client()
    assert browser.get(f"/?token={LOOKING}").status_code == 303
    assert browser.get("/").status_code == 200
    assert browser.get("/api/project").json["looks_only"] is True
    assert len(browser.get("/api/micrographs").json["micrographs"]) == 1
    assert browser.get("/api/micrographs/1/thumbnail").status_code == 200


def test_a_script_may_look_with_the_token_in_its_header(app):
    assert app.test_client().get("/api/project", headers=BEARER).json["looks_only"] is True
    full = app.test_client().get("/api/project", headers={"Authorization": f"Bearer {TOKEN}"})
    assert full.json["looks_only"] is False


def changes(app) -> list[tuple[str, str]]:
    """Every address that takes anything but reading, with something in the place of its variables."""
    rules = [(rule.rule, rule.methods - READING) for rule in app.url_map.iter_rules()]
    return [(method, re.sub("<[^>]+>", "1", path)) for path, methods in rules for method in methods]


def test_nothing_that_changes_something_is_let_through(app):
    found = changes(app)
    assert len(found) > 10 and ("POST", "/api/jobs") in found
    for method, path in [*found, ("PUT", "/api/project"), ("POST", "/nowhere")]:
        answer = app.test_client().open(path, method=method, headers=BEARER, json={})
        assert (answer.status_code, answer.json["error"]["code"]) == (403, "forbidden"), (method, path)
        assert "looking only" in answer.json["error"]["found"]


def test_the_socket_is_open_to_those_who_look(app):
    polling = "/socket.io/?EIO=4&transport=polling"
    opened = app.test_client().get(polling, headers=BEARER)
    sid = re.search(r'"sid":"([^"]+)"', opened.text).group(1)
    assert app.test_client().post(f"{polling}&sid={sid}", headers=BEARER, data="40").status_code == 200


def test_who_may_change_things_does_not_lose_that_by_the_link_for_looking(app):
    browser = app.test_client()
    browser.get(f"/?token={TOKEN}")
    assert browser.get(f"/?token={LOOKING}").status_code == 303
    assert browser.get("/api/project").json["looks_only"] is False


def test_who_looks_may_be_given_the_other_link(app):
    browser = app.test_client()
    for token in (LOOKING, TOKEN):
        browser.get(f"/?token={token}")
    assert browser.get("/api/project").json["looks_only"] is False


def test_a_cookie_that_was_tampered_with_does_not_count(app):
    browser = app.test_client()
    browser.get(f"/?token={LOOKING}")
    name, value = next((each.key, each.value) for each in browser._cookies.values())
    other = app.test_client()
    other.set_cookie(name, value[::-1])
    assert other.get("/api/project").status_code == 403
