"""The page's modules as one file, for browsers.

People read, write and test a hundred small modules (static/). A browser that asks for them one by one takes seconds
over a tunnel, and half a second from its own disk. This joins their text, each in a function of its own, in the order
in which they need one another. It knows the forms of import and export that the page's modules have, refuses all
others, and rewrites nothing else. Libraries (vendor/) stay files of their own.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

FIRST_MODULE = "app.js"
LIBRARIES = "vendor/"
IMPORT = re.compile(
    r"^import (?:\* as (?P<all>\w+)|(?P<default>\w+)|\{(?P<names>[^}]*)\}) from '(?P<from>[^']+)';\n", re.M
)
EXPORT = re.compile(r"^export (?P<kind>(?:async )?function|class|const) (?P<name>\w+)", re.M)
NOTHING = re.compile(r"^export \{\};\n", re.M)
OTHER = re.compile(r"^(?:import|export)\b.*", re.M)
RENAMED = re.compile(r"\s+as\s+")


class CannotJoinError(ValueError):
    """A module is written in a way that is not known here."""


@dataclass
class Joined:
    """All that the first module needs.

    Attributes:
        modules: their paths relative to the folder, each after those that it needs.
        libraries: the paths of those that stay files of their own.
        parts: the text, module by module.
    """

    modules: list[str] = field(default_factory=list)
    libraries: list[str] = field(default_factory=list)
    imports: list[str] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """One module; its place must be beside the first one's, since libraries are found from there."""
        return "\n".join([*self.imports, "const $modules = {};", *self.parts])


def join(folder: Path) -> Joined:
    """Join what `app.js` needs, itself included.

    Raises:
        CannotJoinError: a module has another form of import or export, or modules need each other in a ring.
        OSError: a module that is imported is not there.
    """
    joined = Joined()
    add(joined, folder, FIRST_MODULE, ())
    return joined


def add(joined: Joined, folder: Path, name: str, needed_by: tuple[str, ...]) -> None:
    """One module, after those that it needs."""
    if name in joined.modules:
        return
    if name in needed_by:
        raise CannotJoinError(f"modules need each other in a ring: {' > '.join([*needed_by, name])}")
    source = (folder / name).read_text(encoding="utf-8")
    head = []
    for found in IMPORT.finditer(source):
        other = within(PurePosixPath(name).parent / found["from"])
        if other.startswith(LIBRARIES):
            add_library(joined, other, found)
        else:
            add(joined, folder, other, (*needed_by, name))
            head.append(f"const {taken(found)} = $modules['{other}'];")
    body = NOTHING.sub("", IMPORT.sub("", source))
    names = [found["name"] for found in EXPORT.finditer(body)]
    body = EXPORT.sub(r"\g<kind> \g<name>", body)
    if unknown := OTHER.search(body):
        raise CannotJoinError(f"{name}: cannot join this form: {unknown[0]}")
    lines = [f"$modules['{name}'] = (() => {{", *head, body, f"return {{ {', '.join(names)} }};", "})();"]
    joined.parts.append("\n".join(lines))
    joined.modules.append(name)


def taken(found: re.Match[str]) -> str:
    """What an import takes from another module, as a declaration writes it."""
    if found["default"]:
        raise CannotJoinError(f"only a library has a default: {found[0].strip()}")
    if found["all"]:
        return found["all"]
    names = [RENAMED.sub(": ", each.strip()) for each in found["names"].split(",") if each.strip()]
    return f"{{ {', '.join(names)} }}"


def add_library(joined: Joined, name: str, found: re.Match[str]) -> None:
    """Import it once, at the head; no two modules may call different things the same."""
    line = found[0].strip().replace(found["from"], f"./{name}")
    if line not in joined.imports:
        joined.imports.append(line)
    if name not in joined.libraries:
        joined.libraries.append(name)


def within(path: PurePosixPath) -> str:
    """The path without `.` and `..`."""
    parts: list[str] = []
    for part in path.parts:
        parts = parts[:-1] if part == ".." else [*parts, part]
    return "/".join(parts)
