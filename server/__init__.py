"""The web: serves the page, keeps the labels, runs the jobs. Never imports torch.

`create_app` makes the whole app; importing this package has no effect.
"""

from .app import create_app

__all__ = ["create_app"]
