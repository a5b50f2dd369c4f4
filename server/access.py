"""The project's token: random, readable by its owner alone, kept over restarts so that open pages reconnect.

The token of the link for looking only is made from it, so that it lasts as long and is kept nowhere.
"""

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from topazcore.files import replace_file

from .errors import StartError

TOKEN_BYTES = 32


def token_for(path: Path, given: str | None) -> str:
    """The given token, else the kept one, else a new one that is kept from now on.

    Raises:
        StartError: the kept one cannot be read or written.
    """
    if given is not None:
        return given
    try:
        kept = path.read_text(encoding="ascii").strip() if path.exists() else ""
        if len(kept) >= TOKEN_BYTES and not is_readable_by_others(path):
            return kept
        return make_token(path)
    except (OSError, UnicodeDecodeError) as error:
        raise StartError(f"the token in {path} cannot be read or kept", "a file of its owner alone",
                         f"delete {path.name}") from error  # fmt: skip


def is_readable_by_others(path: Path) -> bool:
    """Whether the secret may have been read; Windows keeps rights in another way, by the folder's owner."""
    return os.name != "nt" and bool(path.stat().st_mode & 0o077)


def make_token(path: Path) -> str:
    """A new token, in a file that nobody else could read at any moment."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    path.unlink(missing_ok=True)
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    replace_file(path, token.encode("ascii"))
    return token


def looking_token(token: str) -> str:
    """The token that lets people look and change nothing; it does not tell the other."""
    return derived_secret(token, "peridot looking")


def derived_secret(token: str, purpose: str) -> str:
    """64 hexadecimal digits that nobody finds without the token, others for each purpose."""
    return hmac.new(token.encode(), purpose.encode(), hashlib.sha256).hexdigest()
