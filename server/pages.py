"""The one page of the app. Everything it shows it asks from the API."""

from flask import Blueprint, render_template

from topazcore import __version__

pages = Blueprint("pages", __name__)


@pages.get("/")
def index():
    """The page; its addresses are relative, so that it works behind any prefix."""
    return render_template("index.html", version=__version__)
