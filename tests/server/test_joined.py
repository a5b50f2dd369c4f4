"""The page's modules as one file: what it does is what they do one by one, and what cannot be joined is refused."""

import re
import subprocess
from pathlib import Path, PurePosixPath

import pytest

from server.app import ROOT
from server.joined import CannotJoinError, join, within
from tests.static.test_node import node

STATIC = ROOT / "static"


def write(folder: Path, modules: dict[str, str]) -> Path:
    for name, text in modules.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return folder


def run(path: Path) -> str:
    return subprocess.run([node(), path], capture_output=True, text=True, check=True).stdout


def test_it_does_what_the_modules_do(tmp_path):
    write(
        tmp_path,
        {
            "package.json": '{"type": "module"}',
            "app.js": """\
import * as shapes from './panels/shapes.js';
import library from './vendor/library.js';
import {
  area as size,
  Circle,
} from './panels/shapes.js';
import { seen, note } from './seen.js';

note('app');
console.log(size(new Circle(2)), Object.keys(shapes).sort().join(), library('x'), seen.join());
export {};
""",
            "panels/shapes.js": """\
import { note } from '../seen.js';
import library from '../vendor/library.js';
const square = (x) => x * x; // not to be seen from outside
note('shapes');
/** An export is no word of a comment: export const lost = 1; */
export class Circle {
  constructor(radius) {
    this.radius = radius;
  }
}
export function area({ radius }) {
  return 3 * square(radius);
}
export async function later() {
  return library('later');
}
export const UNIT = 'px';
""",
            "seen.js": """\
export const seen = [];
export const note = (name) => seen.push(name);
const square = 'another one';
note(square);
""",
            "vendor/library.js": "export default (text) => `<${text}>`;\n",
        },
    )
    joined = join(tmp_path)
    assert joined.modules == ["seen.js", "panels/shapes.js", "app.js"]
    assert joined.libraries == ["vendor/library.js"]
    (tmp_path / "joined.js").write_text(joined.text)
    assert run(tmp_path / "joined.js") == run(tmp_path / "app.js")
    assert run(tmp_path / "app.js") == "12 Circle,UNIT,area,later <x> another one,shapes,app\n"


@pytest.mark.parametrize(
    "line",
    [
        "export default 1;",
        "export let count = 0;",
        "export { a } from './a.js';",
        "export * from './a.js';",
        "import './a.js';",
        'import { a } from "./a.js";',
        "import a from './a.js';",
    ],
)
def test_a_form_that_is_not_known_is_refused_with_its_line(tmp_path, line):
    write(tmp_path, {"app.js": f"const x = 1;\n{line}\n", "a.js": "export const a = 1;\n"})
    with pytest.raises(CannotJoinError, match=re.escape(line)):
        join(tmp_path)


def test_modules_that_need_each_other_in_a_ring_are_refused(tmp_path):
    write(
        tmp_path,
        {
            "app.js": "import { a } from './a.js';\n",
            "a.js": "import { b } from './b.js';\nexport const a = 1;\n",
            "b.js": "import { a } from './a.js';\nexport const b = 1;\n",
        },
    )
    with pytest.raises(CannotJoinError, match=r"app\.js > a\.js > b\.js > a\.js"):
        join(tmp_path)


def test_all_modules_of_the_page_are_joined_and_make_one_that_can_be_read(tmp_path):
    joined = join(STATIC)
    every = {path.relative_to(STATIC).as_posix() for path in STATIC.rglob("*.js")}
    assert every - {*joined.modules, *joined.libraries} == {"types.js"}  # holds types alone
    assert len(joined.modules) == len(set(joined.modules))
    (tmp_path / "joined.mjs").write_text(joined.text)
    checked = subprocess.run(
        [node(), "--check", tmp_path / "joined.mjs"], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr


def test_dots_in_a_path_are_resolved():
    assert within(PurePosixPath("panels/../vendor/./a.js")) == "vendor/a.js"
