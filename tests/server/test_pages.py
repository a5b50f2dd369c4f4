"""The page's head: every module is announced, so that none waits for another."""

import re
from pathlib import PurePosixPath

from server.app import ROOT
from server.pages import modules, within

STATIC = ROOT / "static"


def test_all_modules_that_are_reached_are_found():
    every = {path.relative_to(STATIC).as_posix() for path in STATIC.rglob("*.js")}
    assert every - set(modules(STATIC)) == {"types.js"}  # holds types alone


def test_imports_are_followed_through_folders(tmp_path):
    (tmp_path / "panels").mkdir()
    (tmp_path / "app.js").write_text(
        "import { a } from './panels/a.js';\nimport {\n  b,\n} from \"./b.js\";\n"
    )
    (tmp_path / "panels/a.js").write_text("export { b } from '../b.js';\nexport const text = 'no import';\n")
    (tmp_path / "b.js").write_text("import './app.js';\n/** @typedef {import('./types.js').T} T */\n")
    assert modules(tmp_path) == ("app.js", "b.js", "panels/a.js")


def test_the_page_announces_each_module_once(client):
    announced = re.findall(
        r'rel="modulepreload" href="code/[0-9a-f]{12}/([^"]+)"', client.call("GET", "/").text
    )
    assert sorted(announced) == sorted(set(announced)) == list(modules(STATIC))


def test_dots_in_a_path_are_resolved():
    assert within(PurePosixPath("panels/../vendor/./a.js")) == "vendor/a.js"
