"""The settings of the server: one table that feeds the flags, the environment, the help and docs/settings.md.

Flags win over the environment (`PERIDOT_` and the name in capitals), which wins over the defaults. It never
reads a file and never touches the project.
"""

import argparse
import dataclasses
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from topazcore.errors import SettingsError

TRUE_WORDS, FALSE_WORDS = ("1", "true", "yes", "on"), ("0", "false", "no", "off", "")
BASE_PATH = re.compile(r"(/[A-Za-z0-9_~@%-][A-Za-z0-9._~@%-]*)*")
LOG_LEVELS = ("debug", "info", "warning", "error")


def setting(default: object, kind: type, text: str, *, shown: str = "", least: int | None = None):
    """One row of the table: default, type, help, how the default is shown, and the smallest value."""
    metadata = {"kind": kind, "help": text, "shown": shown or str(default), "least": least}
    return dataclasses.field(default=default, metadata=metadata)


@dataclass(frozen=True)
class Settings:
    """The table. Each field is one setting."""

    folder: Path
    host: str = setting("127.0.0.1", str, "the network interface to listen on; another one than this "
                        "machine's own needs a token of at least 16 characters")  # fmt: skip
    port: int | None = setting(None, int, "the port; refused when given and in use", least=0,
                               shown="8899, or the next free one")  # fmt: skip
    token: str | None = setting(None, str, "the secret in the address; better through the environment, "
                                "since flags are visible to other users of the machine",
                                shown="random, kept in the state folder")  # fmt: skip
    state: Path | None = setting(None, Path, "where labels, jobs and models are kept",  # noqa: RUF009 - a field
                                 shown="FOLDER/.peridot")  # fmt: skip
    no_browser: bool = setting(False, bool, "do not open the browser", shown="off")
    allow_host: tuple[str, ...] = setting((), tuple, "more names that the address may carry, separated by "
                                          "commas; needed behind a proxy", shown="none")  # fmt: skip
    base_path: str = setting("", str, "the path under which a proxy forwards to this server, such as "
                             "/node/7/peridot", shown="none")  # fmt: skip
    proxies: int = setting(0, int, "how many proxies in front are trusted to tell the outer address with "
                           "X-Forwarded-* headers", least=0)  # fmt: skip
    max_clients: int = setting(20, int, "how many pages may be open at once", least=1)
    cache_mb: int = setting(512, int, "memory for micrographs that are being looked at, in MB", least=16)
    max_upload_mb: int = setting(64, int, "the largest coordinate files or model to bring in, in MB", least=1)
    threads: int = setting(0, int, "processor threads of a training job; 0 leaves the choice to torch",
                           least=0)  # fmt: skip
    log_level: str = setting("info", str, f"how much to log: {', '.join(LOG_LEVELS)}")

    def __post_init__(self):
        if self.log_level not in LOG_LEVELS:
            raise SettingsError(f"log level {self.log_level!r}", f"one of {', '.join(LOG_LEVELS)}")
        object.__setattr__(self, "base_path", self.base_path.rstrip("/"))
        if not BASE_PATH.fullmatch(self.base_path):
            raise SettingsError(f"base path {self.base_path[:80]!r}", "a path such as /node/7/peridot")
        if self.port is not None and self.port > 65535:
            raise SettingsError(f"port {self.port}", "0 to 65535, where 0 takes any free one")


TABLE = tuple(field for field in dataclasses.fields(Settings) if field.metadata)


def flag(name: str) -> str:
    """The command line flag of a setting."""
    return "--" + name.replace("_", "-")


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return "PERIDOT_" + name.upper()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add one flag per setting."""
    for row in TABLE:
        text = f"{row.metadata['help']} (default: {row.metadata['shown']})".replace("%", "%%")
        if row.metadata["kind"] is bool:
            parser.add_argument(flag(row.name), action="store_true", default=None, help=text)
        else:
            parser.add_argument(flag(row.name), default=None, metavar=row.name.upper(), help=text)


def gather(
    folder: Path, flags: Mapping[str, object], environment: Mapping[str, str] = os.environ
) -> Settings:
    """The settings in effect.

    Raises:
        SettingsError: a value is of the wrong kind or out of range; the message names where it came from.
    """
    values = {}
    for row in TABLE:
        name = row.name
        if flags.get(name) is not None:
            values[name] = convert(row, flags[name], flag(name))
        elif environment.get(variable(name)):
            values[name] = convert(row, environment[variable(name)], variable(name))
    return Settings(folder=Path(folder), **values)


def convert(row: dataclasses.Field, value: object, source: str) -> object:
    """One value as its setting's type."""
    kind = row.metadata["kind"]
    if kind is bool:
        return truth(value, source)
    if kind is tuple:
        return tuple(part.strip().lower() for part in str(value).split(",") if part.strip())
    if kind is int:
        return whole_number(value, row.metadata["least"], source)
    return kind(value)


def truth(value: object, source: str) -> bool:
    """A yes or no, as people write it in an environment."""
    word = str(value).lower()
    if word not in TRUE_WORDS + FALSE_WORDS:
        raise SettingsError(f"{source} is {value!r}", f"one of {', '.join((*TRUE_WORDS, *FALSE_WORDS[:-1]))}")
    return word in TRUE_WORDS


def whole_number(value: object, least: int, source: str) -> int:
    """A whole number of at least `least`."""
    text = str(value)
    if not (text.isascii() and text.isdigit() and len(text) < 10) or int(text) < least:
        raise SettingsError(f"{source} is {text[:40]!r}", f"a whole number of at least {least}")
    return int(text)


def documentation() -> str:
    """The table of docs/settings.md."""
    rows = ["| flag | environment | default | |", "|---|---|---|---|"]
    for row in TABLE:
        shown, text = row.metadata["shown"], row.metadata["help"]
        rows.append(f"| `{flag(row.name)}` | `{variable(row.name)}` | {shown} | {text} |")
    return "\n".join(rows) + "\n"
