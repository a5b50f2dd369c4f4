"""faults.md G1 to G6, G12, G13: who gets in, and what every answer carries. Bypasses are data."""

import json
import logging

import pytest

from server.gate import Gate, Rules
from tests.security.conftest import unchanging_app
from tests.server.support import TOKEN, Client

BEARER = {"Authorization": f"Bearer {TOKEN}"}
OWN = "http://localhost"


def refused(answer) -> bool:
    """403 in the one error shape."""
    return answer.status_code == 403 and answer.json["error"]["code"] == "forbidden"


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    yield from unchanging_app(tmp_path_factory.mktemp("gate"))


@pytest.fixture
def browser(app):
    """A browser that has opened the address with the token: it brings the cookie and nothing else."""
    opened = app.test_client()
    assert opened.get(f"/?token={TOKEN}").status_code == 303
    return opened


# G1 Host


HOSTS = [
    "evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "evil.example:80", "localhost:80:80", "",
    "localhost/", "localhost@evil.example", "[::2]", "127.0.0.2", "0.0.0.0", "localhost, evil.example", "[localhost]",
    "local host", "localhost\t", "xn--lclhst-mua", "LOCALHOST.evil", "[::1", "2130706433",
]  # fmt: skip


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize(
    "path", ["/", "/api/health", "/api/project", "/socket.io/?EIO=4&transport=polling", "/static/app.js"]
)
def test_a_foreign_host_name_gets_nothing(app, host, path):
    assert refused(app.test_client().get(path, headers={**BEARER, "Host": host}))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:8899", "[::1]:9000", "LocalHost"])
def test_the_loopback_names_are_let_in_at_any_port(app, host):
    assert app.test_client().get("/api/project", headers={**BEARER, "Host": host}).status_code == 200


def test_a_name_that_was_allowed_is_let_in(folder):
    gate = Gate(
        lambda environ, start: [start("200 OK", []) or b"in"], Rules("t", "i", frozenset({"hub.example"}))
    )
    assert status_of(gate, HTTP_HOST="hub.example:443", HTTP_AUTHORIZATION="Bearer t") == 200
    assert status_of(gate, HTTP_HOST="xhub.example", HTTP_AUTHORIZATION="Bearer t") == 403


def status_of(gate: Gate, **environ: str) -> int:
    """The status that a request gets straight at the gate."""
    seen = []
    given = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/",
        "HTTP_HOST": "localhost",
        "wsgi.url_scheme": "http",
        **environ,
    }
    gate(given, lambda status, headers, exc_info=None: seen.append(int(status[:3])))
    return seen[0]


# G2, G4 Origin and Sec-Fetch-Site


FOREIGN = [
    {"Origin": "http://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://localhost:81"},
    {"Origin": "https://localhost"},
    {"Origin": "http://localhost.evil.example"},
    {"Origin": "http://evil.example/http://localhost"},
    {"Origin": ""},
    {"Origin": OWN, "Sec-Fetch-Site": "cross-site"},
    {"Origin": OWN, "Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "none"},
]
CHANGES = [
    ("POST", "/api/project/scan"),
    ("PATCH", "/api/project"),
    ("POST", "/api/micrographs/1/labels"),
    ("POST", "/api/jobs"),
    ("POST", "/api/import"),
    ("DELETE", "/api/project"),
    ("POST", "/socket.io/?EIO=4&transport=polling&sid=x"),
    ("POST", "/"),
]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
@pytest.mark.parametrize(("method", "path"), CHANGES)
@pytest.mark.parametrize("means", ["cookie", "bearer"])
def test_nothing_is_changed_from_another_site(app, browser, headers, method, path, means):
    if means == "bearer":
        headers = {**headers, **BEARER}
    sender = browser if means == "cookie" else app.test_client()
    assert refused(sender.open(path, method=method, headers=headers, json={}))


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_no_socket_is_opened_from_another_site(browser, headers):
    assert refused(browser.get("/socket.io/?EIO=4&transport=polling", headers=headers))
    assert refused(
        browser.get("/socket.io/?EIO=4&transport=websocket", headers={**headers, "Upgrade": "websocket"})
    )


def test_a_form_of_another_site_changes_nothing(browser):
    answer = browser.post("/api/project/scan", data={"a": "b"}, headers={"Origin": "http://evil.example"})
    assert refused(answer)


def test_a_browser_that_hides_where_it_was_sent_from_changes_nothing(browser):
    assert refused(browser.post("/api/project/scan", json={}))


@pytest.mark.parametrize(
    "headers", [{"Origin": OWN}, {"Sec-Fetch-Site": "same-origin"}, {"Origin": "HTTP://LOCALHOST"}]
)
def test_the_page_itself_may_change_things(browser, headers):
    assert browser.post("/api/project/scan", json={}, headers=headers).status_code == 200


def test_a_script_with_the_token_in_a_header_needs_no_origin(client):
    assert client.post("/api/project/scan")["micrographs"] == 1


# G3 X-Forwarded-*


@pytest.mark.parametrize(
    "name", ["X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Prefix", "X-Forwarded-For", "Forwarded"]
)
def test_forwarded_headers_are_believed_by_nobody_by_default(browser, name):
    spoofed = {"Origin": "http://evil.example", name: "evil.example"}
    assert refused(browser.post("/api/project/scan", json={}, headers=spoofed))
    assert browser.get("/api/project", headers={name: "evil.example"}).status_code == 200


def test_forwarded_headers_are_believed_from_a_proxy_that_was_announced(make_app):
    app = make_app(proxies=1)
    forwarded = {
        **BEARER,
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "localhost:444",
        "X-Forwarded-For": "1.2.3.4",
    }
    secure = app.test_client().post(
        "/api/project/scan", json={}, headers={**forwarded, "Origin": "https://localhost:444"}
    )
    assert secure.status_code == 200
    assert refused(app.test_client().post("/api/project/scan", json={}, headers={**forwarded, "Origin": OWN}))
    assert refused(
        app.test_client().get("/api/project", headers={**BEARER, "X-Forwarded-Host": "evil.example"})
    )


# G5, G6, G7 the token


@pytest.mark.parametrize("given", [{}, {"Authorization": "Bearer"}, {"Authorization": "Bearer "},
                                   {"Authorization": f"Bearer {TOKEN[:-1]}"}, {"Authorization": f"Bearer {TOKEN}x"},
                                   {"Authorization": f"Basic {TOKEN}"}, {"Authorization": TOKEN},
                                   {"Authorization": "Bearer \xe9"}, {"Cookie": f"peridot={TOKEN}"},
                                   {"Cookie": "peridot-x=y"}, {"Cookie": "\"; a=\x7f;;==;"}], ids=str)  # fmt: skip
@pytest.mark.parametrize(
    "path",
    ["/", "/api/project", "/tiles/1/x/raw/0/0/0.jpg", "/static/app.js", "/nowhere", "/api/health/", "//api/health",
     "/socket.io/?EIO=4&transport=polling", "/api/project?token=" + TOKEN, "/static/../api/project", "/API/health"],
)  # fmt: skip
def test_without_the_token_there_is_nothing_to_see(app, given, path):
    answer = app.test_client(use_cookies=False).get(path, headers=given)
    assert refused(answer)
    assert TOKEN not in answer.text


def test_a_websocket_without_the_token_is_refused(app):
    headers = {"Origin": OWN, "Upgrade": "websocket", "Connection": "Upgrade"}
    assert refused(app.test_client().get("/socket.io/?EIO=4&transport=websocket", headers=headers))


@pytest.mark.parametrize("token", ["", "x", TOKEN[:-1], TOKEN + "x", "%00", TOKEN.upper(), "%ff"])
def test_a_wrong_token_in_the_address_sets_no_cookie(app, token):
    answer = app.test_client().get(f"/?token={token}")
    assert answer.status_code == 403
    assert "Set-Cookie" not in answer.headers


def test_the_token_of_the_address_becomes_a_cookie_and_leaves_the_address(app):
    opened = app.test_client()
    answer = opened.get(f"/?token={TOKEN}&a=1%262")
    assert (answer.status_code, answer.headers["Location"]) == (303, "./?a=1%262")
    cookie = answer.headers["Set-Cookie"]
    instance = app.extensions["peridot"].store.instance
    assert cookie.startswith(f"peridot-{instance}=")
    assert TOKEN not in cookie
    assert all(part in cookie for part in ("; Path=/;", "; HttpOnly", "; SameSite=Strict"))
    assert opened.get("/api/project").status_code == 200


def test_the_cookie_of_another_project_opens_nothing(app, make_app, tmp_path):
    (tmp_path / "other").mkdir()
    other = make_app(folder=tmp_path / "other")
    opened = other.test_client()
    cookie = opened.get(f"/?token={TOKEN}").headers["Set-Cookie"].partition(";")[0]
    assert refused(app.test_client(use_cookies=False).get("/api/project", headers={"Cookie": cookie}))


def test_several_cookies_of_one_name_are_all_tried(app, browser):
    name, value = f"peridot-{app.extensions['peridot'].store.instance}", browser_cookie(app)
    headers = {"Cookie": f"{name}=old; other=1; {name}={value}"}
    assert app.test_client(use_cookies=False).get("/api/project", headers=headers).status_code == 200


def browser_cookie(app) -> str:
    header = app.test_client().get(f"/?token={TOKEN}").headers["Set-Cookie"]
    return header.partition(";")[0].partition("=")[2]


def test_an_empty_token_makes_no_gate():
    with pytest.raises(ValueError, match="without a token"):
        Rules(token="", instance="i")


def test_the_token_is_never_logged(app, caplog):
    caplog.set_level(logging.DEBUG)
    for path in (f"/?token={TOKEN}", f"/nowhere?token={TOKEN}", "/?token=wrong-one"):
        app.test_client().get(path)
        app.test_client().get(path, headers=BEARER)
    assert TOKEN not in caplog.text and "wrong-one" not in caplog.text


def test_a_person_without_the_token_gets_a_page_that_says_how_to_get_in(app):
    answer = app.test_client().get("/", headers={"Accept": "text/html"})
    assert answer.status_code == 403
    assert answer.mimetype == "text/html"
    assert "where Peridot was started" in answer.text
    assert app.test_client().get("/static/style.css", buffered=True).status_code == 200


# G12 headers


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", "/", BEARER),
        ("GET", "/", {}),
        ("GET", "/", {"Host": "evil.example"}),
        ("GET", f"/?token={TOKEN}", {}),
        ("GET", "/api/health", {}),
        ("GET", "/api/project", BEARER),
        ("GET", "/nowhere", BEARER),
        ("PUT", "/api/project", BEARER),
        ("GET", "/static/app.js", BEARER),
        ("GET", "/api/micrographs/1/thumbnail", BEARER),
        ("GET", "/socket.io/?EIO=4&transport=polling", BEARER),
        ("POST", "/api/project/scan", {**BEARER, "Content-Length": "99999999999"}),
    ],
)
def test_every_answer_carries_the_security_headers(app, method, path, headers):
    answer = app.test_client().open(path, method=method, headers=headers, buffered=True)
    policy = answer.headers["Content-Security-Policy"]
    for rule in (
        "default-src 'self'",
        "frame-ancestors 'none'",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
    ):
        assert rule in policy
    assert "unsafe" not in policy and "*" not in policy and "evil" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert len(answer.headers.getlist("Content-Security-Policy")) == 1


@pytest.mark.parametrize("path", ["/api/project", "/api/micrographs", "/api/health", "/nowhere"])
def test_what_changes_is_not_kept_by_any_cache(client, path):
    assert client.call("GET", path).headers["Cache-Control"] == "no-store"


# G13 body limits


@pytest.mark.parametrize("length", ["99999999999", "9" * 400, "-1", "1e3", "abc", "1, 1", "٣"])
def test_a_body_of_an_absurd_length_is_refused_unread(length):
    gate = Gate(lambda environ, start: [start("200 OK", []) or b"in"], Rules("t", "i"))
    sent = {"REQUEST_METHOD": "POST", "HTTP_AUTHORIZATION": "Bearer t"}
    assert status_of(gate, **sent, CONTENT_LENGTH="12") == 200
    assert status_of(gate, **sent, CONTENT_LENGTH=length) == 413


def test_a_json_body_above_a_megabyte_is_refused(client):
    body = json.dumps({"view": {"a": "x" * (1 << 20)}})
    status, error = client.error("PATCH", "/api/project", data=body, content_type="application/json")
    assert (status, error["code"]) == (413, "too_large")


def test_an_upload_above_its_limit_is_refused(make_app):
    client = Client(make_app(max_upload_mb=1))
    kind = "multipart/form-data; boundary=x"
    status, error = client.error("POST", "/api/import", data=b"x" * (2 << 20), content_type=kind)
    assert (status, error["code"]) == (413, "too_large")


# More pages than places


def test_a_page_above_the_limit_is_told_so(make_app):
    app = make_app(max_clients=1)
    polling = "/socket.io/?EIO=4&transport=polling"
    first = app.test_client().get(polling, headers=BEARER)
    assert first.status_code == 200
    second = app.test_client().get(polling, headers=BEARER)
    assert (second.status_code, second.json["error"]["code"]) == (503, "busy")
    assert "1 pages" in second.json["error"]["found"]


# Behind a prefix


def test_behind_a_prefix_everything_lives_below_it_and_the_cookie_too(make_app):
    app = make_app(base_path="/node/7")
    opened = app.test_client()
    answer = opened.get(f"/node/7/?token={TOKEN}")
    assert "; Path=/node/7/;" in answer.headers["Set-Cookie"]
    assert opened.get("/node/7/api/project").status_code == 200
    for outside in ("/api/project", "/node/7x/api/project", "/node/7", "/node//7/api/project", "/"):
        assert app.test_client().get(outside, headers=BEARER).status_code == 404
