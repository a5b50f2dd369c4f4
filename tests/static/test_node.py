"""Runs the tests of the page's pure modules with Node's own test runner.

Playwright's package carries a Node, so nobody has to install one.
"""

import shutil
import subprocess
from pathlib import Path

import playwright
import pytest

HERE = Path(__file__).resolve().parent
BUNDLED = Path(playwright.__file__).parent / "driver"


def node() -> str:
    bundled = [path for path in (BUNDLED / "node", BUNDLED / "node.exe") if path.exists()]
    return str(bundled[0]) if bundled else shutil.which("node")


@pytest.mark.parametrize("path", sorted(HERE.glob("*.test.js")), ids=lambda path: path.name)
def test_pure_module(path):
    answer = subprocess.run([node(), "--test", path], capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "# pass 0\n" not in answer.stdout
