#!/usr/bin/env python3
"""The one command of Peridot: `python3 run.py COMMAND`.

Standard library only, until it runs inside its own environment: it makes `.venv` beside this file, installs
`requirements.txt` there when that file changed (for `test` and `bench` also `requirements-dev.txt`), and starts
itself again with that Python. It never installs anything outside `.venv`, except the browser that `test` needs, on
Debian and only as root.
"""

import argparse
import hashlib
import importlib
import importlib.util
import json
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
ENVIRONMENT = Path(os.environ.get("PERIDOT_VENV", ROOT / ".venv"))
ENVIRONMENT_PYTHON = ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = ENVIRONMENT / "peridot-installed.json"
OLDEST_PYTHON = (3, 11)
BAD_INPUT = 2

# name: (module with add_arguments and run, one line of help)
COMMANDS = {
    "demo": ("server.commands.demo", "simulated micrographs in the page: try it out"),
    "serve": ("server.commands.serve", "open a folder of micrographs in the page"),
    "train": ("topazcore.commands.train", "train a model from labeled coordinates"),
    "sweep": ("topazcore.commands.sweep", "compare settings by cross-validation on labeled micrographs"),
    "pick": ("topazcore.commands.pick", "pick particles with a trained model"),
    "suggest": ("topazcore.commands.suggest", "suggest particles without a model, for review"),
    "preprocess": ("topazcore.commands.preprocess", "downsample and normalise micrographs"),
    "evaluate": ("topazcore.commands.evaluate", "compare picks with the truth"),
    "compare": ("topazcore.commands.compare", "compare two sets of picks with each other"),
    "remove-overlap": ("topazcore.commands.remove_overlap", "leave out picks that overlap a given set"),
    "convert": ("topazcore.commands.convert", "convert between coordinate formats"),
    "describe": ("topazcore.commands.describe", "show a network's layers, or what is in a model file"),
    "simulate": ("topazcore.commands.simulate", "make micrographs with known particles"),
    "bench": ("topazcore.commands.bench", "repeat the paper's experiments"),
}
BUILT_IN = {
    "test": "run every test, in a real browser too",
    "doctor": "show what is installed and what is wrong",
}

# They need requirements-dev.txt, too.
FOR_DEVELOPMENT = ("test", "bench")

# Debian's Chromium without a window first: the same engine, and a page is there in half the time.
DEBIAN_BROWSERS = ("chromium-headless-shell", "chromium")
BROWSERS = (*DEBIAN_BROWSERS, "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
BROWSER_PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Google/Chrome/Application/chrome.exe",
)


class Refusal(Exception):
    """Something the user must do first; shown as one line, exit code 2."""


# The environment


def requirement_files(for_development: bool) -> list[Path]:
    """The requirement files that a command needs."""
    files = [ROOT / "requirements.txt"]
    return [*files, ROOT / "requirements-dev.txt"] if for_development else files


def fingerprint(files: list[Path]) -> dict[str, str]:
    """What the environment is made from: each file's hash."""
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def installed() -> dict[str, str]:
    """The fingerprint that the last complete installation left, or nothing."""
    try:
        return json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def run_step(command: list[str], purpose: str) -> None:
    """Run one step of the installation; a failure says which step and what to type."""
    done = subprocess.run(command, check=False)
    if done.returncode:
        raise Refusal(f"{purpose} failed with exit code {done.returncode}; the lines above say why; "
                      f"to try it by hand: {' '.join(command)}")  # fmt: skip


def make_environment() -> None:
    """Make an empty `.venv`. Debian's Python may come without ensurepip: then the outer pip is used."""
    options = ["--clear"] if importlib.util.find_spec("ensurepip") else ["--clear", "--without-pip"]
    run_step([sys.executable, "-m", "venv", *options, str(ENVIRONMENT)], "making .venv")


def pip() -> list[str]:
    """The pip that installs into `.venv`: its own, else the one of the Python that runs this file."""
    own = subprocess.run([ENVIRONMENT_PYTHON, "-m", "pip", "--version"], capture_output=True, check=False)
    if own.returncode == 0:
        return [str(ENVIRONMENT_PYTHON), "-m", "pip"]
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip", "--python", str(ENVIRONMENT_PYTHON)]
    raise Refusal("this Python has neither ensurepip nor pip; on Debian: sudo apt install python3-venv")


def prepare_environment(for_development: bool) -> None:
    """Bring `.venv` up to date; quick when nothing changed."""
    files = requirement_files(for_development)
    wanted, have = fingerprint(files), installed()
    if ENVIRONMENT_PYTHON.exists() and wanted.items() <= have.items():
        return
    print("Setting up the environment in .venv; this happens once and takes a minute or more.", flush=True)
    if not have or not ENVIRONMENT_PYTHON.exists():  # never finished, or its Python has been uninstalled
        make_environment()
        have = {}
    quiet = [] if sys.stdout.isatty() else ["--quiet"]
    named = [part for file in files for part in ("-r", str(file))]
    run_step([*pip(), "install", "--disable-pip-version-check", *quiet, *named], "installing the packages")
    STAMP.write_text(json.dumps({**have, **wanted}), encoding="utf-8")


def inside_environment() -> bool:
    """Whether this process runs on the environment's Python."""
    return Path(sys.prefix).resolve() == ENVIRONMENT.resolve()


def enter_environment() -> None:
    """Start this command again on the environment's Python; does not return."""
    command = [str(ENVIRONMENT_PYTHON), str(ROOT / "run.py"), *sys.argv[1:]]
    if os.name == "nt":  # execv on Windows returns to the shell while the new process still runs
        raise SystemExit(subprocess.run(command, check=False).returncode)
    os.execv(command[0], command)


# The browser


def find_browser() -> str | None:
    """The path of Chromium or Chrome; `PERIDOT_BROWSER` overrides."""
    named = os.environ.get("PERIDOT_BROWSER")
    found = [named] if named else [shutil.which(name) for name in BROWSERS] + list(BROWSER_PLACES)
    return next((path for path in found if path and Path(path).exists()), None)


def require_browser() -> str:
    """The browser's path, after installing Debian's package where that is possible without asking."""
    browser = find_browser()
    if browser is None and shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0:
        print("The page's tests need Chromium; installing Debian's package.", flush=True)
        run_step(["apt-get", "update", "-qq"], "updating the package lists")
        browser = install_browser()
    if browser is None:
        raise Refusal("found no Chromium or Chrome, which the page's tests need; on Debian: sudo apt install "
                      "chromium; elsewhere install Chrome or set PERIDOT_BROWSER to its path")  # fmt: skip
    return browser


def install_browser() -> str | None:
    """Debian's package, the first that there is; older releases know only one of them."""
    for package in DEBIAN_BROWSERS:
        command = ["apt-get", "install", "-y", "-qq", package]
        if subprocess.run(command, check=False).returncode == 0:
            break
    return find_browser()


# The commands of this file


def run_tests(arguments: list[str]) -> int:
    """Lint, then pytest over everything (Python, the page's pure modules, the page in a browser)."""
    os.environ["PERIDOT_BROWSER"] = require_browser()
    python = str(ENVIRONMENT_PYTHON)
    if not arguments:
        run_step([python, "-m", "ruff", "check", "--quiet", str(ROOT)], "ruff check")
        run_step([python, "-m", "ruff", "format", "--check", "--quiet", str(ROOT)], "ruff format")
        # In the order of tests/conftest.py, not by how many tests a file has: long ones may be few.
        arguments = ["--numprocesses=2", "--dist=loadfile", "--no-loadscope-reorder", "--quiet"]
    return subprocess.run([python, "-m", "pytest", *arguments], cwd=ROOT, check=False).returncode


PROBE = """
import importlib.metadata, json, sys, torch
print(json.dumps({
    "packages": {name: importlib.metadata.version(name) for name in sys.argv[1:]},
    "cuda": torch.cuda.get_device_name(0) if torch.cuda.is_available() else None,
    "mps": torch.backends.mps.is_available(),
    "threads": torch.get_num_threads(),
}))
"""


def doctor() -> int:
    """Print one line per thing that Peridot needs; exit code 1 when something is wrong."""
    findings = [
        ("Python", platform.python_version(), sys.version_info >= OLDEST_PYTHON),
        ("system", f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors", True),
        disk_finding(),
        *environment_findings(),
        ("browser", find_browser() or "none found (only the tests need one)", True),
    ]
    for name, text, good in findings:
        print(f"{'ok   ' if good else 'WRONG'}  {name:<12} {text}")
    return 0 if all(good for _, _, good in findings) else 1


def disk_finding() -> tuple[str, str, bool]:
    """Free space where Peridot lives: the environment alone takes 1 to 6 GB."""
    free_gb = shutil.disk_usage(ROOT).free / 1e9
    return "disk", f"{free_gb:.1f} GB free", free_gb > 1


def required_packages() -> list[str]:
    """The names in requirements.txt that this system needs."""
    lines = requirement_files(for_development=False)[0].read_text(encoding="utf-8").splitlines()
    pinned = [line for line in lines if "==" in line and not (os.name == "nt" and "win32" in line)]
    return [line.split("==")[0] for line in pinned]


def environment_findings() -> list[tuple[str, str, bool]]:
    """What is installed in `.venv`, and which device torch would train on."""
    if not ENVIRONMENT_PYTHON.exists():
        return [("environment", "not made yet; `python3 run.py demo` makes it", False)]
    probe = [str(ENVIRONMENT_PYTHON), "-c", PROBE, *required_packages()]
    answer = subprocess.run(probe, capture_output=True, text=True, check=False)
    if answer.returncode:
        reason = answer.stderr.strip().splitlines()[-1]
        return [("environment", f"broken: {reason}; delete .venv and try again", False)]
    facts = json.loads(answer.stdout)
    current = fingerprint(requirement_files(for_development=False)).items() <= installed().items()
    device = facts["cuda"] or ("Apple GPU (mps)" if facts["mps"] else f"CPU, {facts['threads']} threads")
    return [
        ("environment", "up to date" if current else "out of date; the next command updates it", True),
        ("packages", ", ".join(f"{name} {version}" for name, version in facts["packages"].items()), True),
        ("trains on", device, True),
    ]


# The way in


def usage() -> str:
    """The help text, which needs no environment."""
    rows = {**{name: text for name, (_, text) in COMMANDS.items()}, **BUILT_IN}
    lines = [f"  {name:<14} {text}" for name, text in rows.items()]
    more = "python3 run.py COMMAND --help shows a command's options."
    return "\n".join(["usage: python3 run.py COMMAND [...]", "", *lines, "", more])


class OneLineParser(argparse.ArgumentParser):
    """An argument parser whose errors are one line, like every other refusal."""

    def error(self, message: str):
        raise Refusal(f"{message}; `python3 {self.prog} --help` shows the options")


def run_command(name: str, arguments: list[str]) -> int:
    """Run one of COMMANDS inside the environment; errors a person can mend are one line and exit code 2."""
    from topazcore.errors import PeridotError

    module = importlib.import_module(COMMANDS[name][0])
    parser = OneLineParser(prog=f"run.py {name}", description=module.HELP)
    module.add_arguments(parser)
    try:
        return module.run(parser.parse_args(arguments))
    except PeridotError as error:
        raise Refusal(str(error)) from error


def main(argv: list[str]) -> int:
    """Dispatch; see `usage`."""
    if sys.version_info < OLDEST_PYTHON:
        raise Refusal(f"this is Python {platform.python_version()}; Peridot needs 3.11 or newer")
    name, arguments = (argv[0], argv[1:]) if argv else ("", [])
    if name in ("", "-h", "--help", "help"):
        print(usage())
        return 0 if name else BAD_INPUT
    if name == "doctor":
        return doctor()
    if name not in COMMANDS and name != "test":
        raise Refusal(f"there is no command {name!r}; expected one of {', '.join([*COMMANDS, *BUILT_IN])}")
    if not inside_environment():
        prepare_environment(for_development=name in FOR_DEVELOPMENT)
        enter_environment()
    return run_tests(arguments) if name == "test" else run_command(name, arguments)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Refusal as refusal:
        print(f"run.py: {refusal}", file=sys.stderr)
        sys.exit(BAD_INPUT)
    except KeyboardInterrupt:
        sys.exit(130)
