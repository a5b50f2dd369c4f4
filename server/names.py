"""Names that people give: of themselves, of models, of snapshots. Text and nothing else: never a path, never markup."""

import unicodedata

from topazcore.errors import PeridotError

from .errors import BadRequestError, echo

LONGEST_NAME = 80
LONGEST_PERSON = 40


def composed(name: object) -> str:
    """A name in its composed form, without blanks around it; what is no text is no name."""
    return unicodedata.normalize("NFC", name).strip() if isinstance(name, str) else ""


def checked(name: object, what: str, error: type[PeridotError] = BadRequestError) -> str:
    """The name of a thing as it is kept.

    Args:
        error: the kind of error that says so.

    Raises:
        PeridotError: it is empty, too long, or not printable.
    """
    text = composed(name)
    if not 0 < len(text) <= LONGEST_NAME or not text.isprintable():
        raise error(
            f"a {what} named {echo(name)}", f"1 to {LONGEST_NAME} printable characters", "choose another name"
        )
    return text


def person(name: object) -> str:
    """What somebody is called, as far as it can be shown; "" for nobody.

    It is mended and not refused: nobody's labels are lost by an odd name.
    """
    printable = "".join(each for each in composed(name) if each.isprintable())
    return " ".join(printable.split())[:LONGEST_PERSON].strip()
