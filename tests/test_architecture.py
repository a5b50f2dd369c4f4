"""The rules of the house that a test can hold: which way imports point, and what is never in the source."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import FIRST, TESTS

ROOT = Path(__file__).resolve().parents[1]
MODULES = [
    ROOT / "run.py",
    *sorted((ROOT / "server").rglob("*.py")),
    *sorted((ROOT / "topazcore").rglob("*.py")),
]
PAGE_MODULES = [path for path in sorted((ROOT / "static").rglob("*.js")) if "vendor" not in path.parts]
TORCH_FREE = [
    "errors", "config", "micrograph", "preprocess", "simulate", "coordinates", "formats", "targets",
    "suppression", "metrics", "job", "files", "extraction", "suggest", "templates", "suggesting",
]  # fmt: skip
UNSAFE_NAMES = {"pickle", "cPickle", "dill", "marshal", "shelve", "joblib"}
UNSAFE_CALLS = {"eval", "exec", "compile", "__import__"}
UNSAFE_KEYWORDS = {("allow_pickle", True), ("weights_only", False), ("shell", True)}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imported_packages(path: Path) -> set[str]:
    packages = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            packages |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            packages.add(node.module.split(".")[0])
    return packages


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_point_from_run_to_server_to_topazcore(path):
    above = {
        "topazcore": {"server", "run", "flask"},
        "server": {"run", "torch"},
        "run.py": {"torch", "flask"},
    }
    room = path.relative_to(ROOT).parts[0]
    assert not imported_packages(path) & (above[room] | {"tests"})


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_every_module_says_what_it_is(path):
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert docstring and len(docstring) > 30


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_nothing_unpickles_or_evaluates(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    called = {node.func.id for node in calls if isinstance(node.func, ast.Name)}
    keywords = {
        (k.arg, k.value.value) for node in calls for k in node.keywords if isinstance(k.value, ast.Constant)
    }
    assert not imported_packages(path) & UNSAFE_NAMES
    assert not called & UNSAFE_CALLS
    assert not keywords & UNSAFE_KEYWORDS


@pytest.mark.parametrize("path", PAGE_MODULES, ids=name_of)
def test_the_page_never_builds_markup_from_text(path):
    source = path.read_text(encoding="utf-8")
    for unsafe in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"):
        assert unsafe not in source


@pytest.mark.parametrize("path", sorted((ROOT / "templates").glob("*.html")), ids=name_of)
def test_templates_hold_structure_only(path):
    source = path.read_text(encoding="utf-8")
    assert "<style" not in source and "style=" not in source
    assert "<script>" not in source and " on" + "click=" not in source


def loaded_modules(statement: str) -> set[str]:
    """The top-level modules of a fresh interpreter after `statement`."""
    code = f"import sys\n{statement}\nprint(' '.join(sorted({{name.split('.')[0] for name in sys.modules}})))"
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(answer.stdout.split())


def test_the_web_process_never_loads_torch():
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts) for path in (ROOT / "server").rglob("*.py")
    ]
    modules = [name.removesuffix(".__init__") for name in modules if not name.endswith("__main__")]
    loaded = loaded_modules("\n".join(f"import {name}" for name in modules))
    assert "flask" in loaded and "torch" not in loaded


def test_what_the_server_uses_of_topazcore_is_free_of_torch():
    assert "torch" not in loaded_modules("\n".join(f"import topazcore.{name}" for name in TORCH_FREE))


def test_run_py_needs_the_standard_library_only():
    assert imported_packages(ROOT / "run.py") <= set(sys.stdlib_module_names) | {"topazcore"}


def test_the_tests_that_run_first_are_there():
    assert [name for name in FIRST if not (TESTS / name).exists()] == []
