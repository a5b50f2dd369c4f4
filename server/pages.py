"""The one page of the app. Everything it shows it asks from the API."""

from pathlib import Path

from flask import Blueprint, current_app, render_template

from topazcore import __version__

from .code import JOINED, joined_of, stamp

pages = Blueprint("pages", __name__)


@pages.get("/")
def index():
    """The page; its addresses are relative, so that it works behind any prefix.

    It is told the libraries that its one module needs: found from there they would take one more trip to the server.
    """
    folder = Path(current_app.static_folder)
    now = stamp(folder)
    libraries = joined_of(folder, now).libraries
    return render_template(
        "index.html", version=__version__, libraries=libraries, code=f"code/{now}", module=JOINED
    )
