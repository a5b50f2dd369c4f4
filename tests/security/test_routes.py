"""faults.md G8 to G10, G14 to G20 over every route of the app, taken from its url_map."""

import re
from pathlib import Path

import pytest

from server import create_app
from server.settings import Settings
from tests.server.support import TOKEN, Client, operation, write_micrograph

ROOT = Path(__file__).resolve().parents[2]
EVIL = [
    "..", "../..", "%2e%2e", "..%2f..%2fetc%2fpasswd", "%2e%2e%2f%2e%2e%2fetc%2fpasswd", "..\\..\\windows",
    "%5c..%5c", "/etc/passwd", "%2fetc%2fpasswd", "//etc/passwd", "C:\\", "file:///etc/passwd", "~root",
    "%00", "1%00.jpg", "1;rm", "1'--", "-1", "0", "1e9", "nan", "99999999999999999999999", "0x1", "１", "%ff%fe",
    "<img src=x onerror=alert(1)>", "{{7*7}}", "${7*7}", "a" * 4000, "%0d%0aSet-Cookie:%20a=b", ".", "CON", "😀",
]  # fmt: skip
FILLERS = {"int": "1", "default": "x", "path": "x"}


@pytest.fixture(scope="module")
def module_app(tmp_path_factory):
    folder = tmp_path_factory.mktemp("routes") / "project"
    write_micrograph(folder / "m1.mrc")
    (folder.parent / "project-secret").mkdir()
    write_micrograph(folder.parent / "project-secret" / "secret.mrc")
    made = create_app(Settings(folder=folder), TOKEN)
    Client(made).label(operation())
    yield made
    made.extensions["peridot"].close()


def rules(app) -> list:
    return sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule)


def methods(rule) -> list[str]:
    return sorted(rule.methods - {"HEAD", "OPTIONS"})


def addresses(rule, evil: str) -> list[str]:
    """The route with each of its parameters in turn replaced by something evil."""
    parts = re.findall(r"<(?:(\w+):)?(\w+)>", rule.rule)
    made = []
    for position in range(len(parts)):
        text = rule.rule
        for index, (kind, name) in enumerate(parts):
            value = evil if index == position else FILLERS[kind or "default"]
            text = re.sub(rf"<(?:\w+:)?{name}>", lambda _, value=value: value, text)
        made.append(text)
    return made


@pytest.mark.parametrize("evil", EVIL, ids=lambda text: text[:20])
def test_no_evil_string_in_any_parameter_is_more_than_not_found(module_app, evil):
    client, tried = Client(module_app), 0
    for rule in rules(module_app):
        for address in addresses(rule, evil):
            for method in methods(rule):
                answer = client.call(
                    method, address, **({} if method == "GET" else {"json": {}}), buffered=True
                )
                tried += 1
                assert answer.status_code in (200, 400, 404, 405), (address, answer.status_code)
                assert b"root:" not in answer.data and b"Traceback" not in answer.data
                if answer.status_code != 200:
                    assert set(answer.json["error"]) == {"code", "found", "expected", "action"}
    assert tried > 10


def test_every_route_is_documented_with_its_method(module_app):
    document = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    for rule in rules(module_app):
        if rule.endpoint in ("static", "pages.index"):
            continue
        shown = re.sub(r"<(?:\w+:)?(\w+)>", "<>", rule.rule)
        for method in methods(rule):
            listed = {
                re.sub(r"<[^>]+>", "<>", path.partition("?")[0])
                for verbs, path in re.findall(r"`([A-Z|]+) (/[^`\s]*)", document)
                if method in verbs.split("|")
            }
            assert shown in listed, f"{method} {rule.rule} is not in docs/api.md"


def snapshot(folder: Path) -> dict:
    """Every file of a project with its content, the database's journals left out: reading makes them."""
    return {
        path.relative_to(folder): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "sqlite" not in path.name and "tiles" not in path.parts
    }


def rows(app) -> list[str]:
    """Everything in the database, as text."""
    with app.extensions["peridot"].database.reading() as connection:
        return list(connection.iterdump())


def test_reading_changes_nothing(module_app):
    client, here = Client(module_app), module_app.extensions["peridot"]
    before = snapshot(here.project.folder), rows(module_app)
    revision = client.get("/api/micrographs")["micrographs"][0]["revision"]
    for rule in rules(module_app):
        if "GET" in rule.methods:
            for address in addresses(rule, "1") or [rule.rule]:
                client.call("GET", address, buffered=True)
                client.call("HEAD", address, buffered=True)
    client.call("GET", f"/tiles/1/{revision}/raw/0/0/0.jpg")
    client.call("GET", "/api/export?what=labels&format=star")
    assert (snapshot(here.project.folder), rows(module_app)) == before
    assert here.jobs.spare is None or here.jobs.spare.is_alive() in (True, False)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "TRACE", "CONNECT", "PROPFIND", "GET"])
def test_a_method_that_a_route_does_not_take_has_the_one_shape(module_app, method):
    status, error = Client(module_app).error(method, "/api/project/scan")
    assert (status, error["code"]) == (405, "method_not_allowed")


def test_what_nobody_foresaw_is_an_id_and_one_log_line(module_app, monkeypatch, caplog):
    def broken(*_):
        raise RuntimeError("secret /etc/passwd\nforged line")

    monkeypatch.setattr(module_app.extensions["peridot"].store, "counts", broken)
    answer = Client(module_app).call("GET", "/api/micrographs")
    error = answer.json["error"]
    assert (answer.status_code, error["code"]) == (500, "internal")
    assert "secret" not in answer.text and "RuntimeError" not in answer.text
    assert re.fullmatch(r"[0-9a-f]{8}", error["id"])
    assert f"error {error['id']} at GET '/api/micrographs'" in caplog.text
    assert "RuntimeError: secret" in caplog.text


def test_a_path_with_line_breaks_forges_no_log_line(module_app, caplog):
    caplog.set_level("DEBUG")
    module_app.test_client().get("/%0d%0aERROR forged%0a")
    assert all("\n" not in record.getMessage() for record in caplog.records)


def test_a_person_who_gets_lost_sees_a_page_and_a_script_sees_json(module_app):
    client = Client(module_app)
    page = client.call("GET", "/nowhere", headers={"Accept": "text/html"})
    assert (page.status_code, page.mimetype) == (404, "text/html")
    assert client.call("GET", "/api/nowhere", headers={"Accept": "text/html"}).mimetype == "application/json"


def test_a_sibling_folder_with_the_same_start_is_outside(module_app):
    paths = [each["path"] for each in Client(module_app).get("/api/micrographs")["micrographs"]]
    assert paths == ["m1.mrc"]


@pytest.mark.parametrize(
    "name", ["<img onerror=x>.mrc", "a'b\"c.mrc", "{{7*7}}.mrc", "\u202egpj.mrc", "e\u0301.mrc", "\u00e9.mrc"]
)  # fmt: skip
def test_evil_file_names_are_data_and_never_markup(tmp_path, name):
    write_micrograph(tmp_path / name)
    app = create_app(Settings(folder=tmp_path), TOKEN)
    client = Client(app)
    project = client.get("/api/project")
    listed = client.get("/api/micrographs")["micrographs"]
    assert [each["path"] for each in listed + project["refused"]] == [name]
    assert client.call("GET", "/api/micrographs").mimetype == "application/json"
    app.extensions["peridot"].close()


def test_downloads_are_attachments(module_app):
    for file_format in ("relion", "star", "topaz"):
        answer = Client(module_app).call("GET", f"/api/export?what=labels&format={file_format}")
        assert answer.status_code == 200
        assert answer.headers["Content-Disposition"].startswith("attachment; filename=peridot_labels")
