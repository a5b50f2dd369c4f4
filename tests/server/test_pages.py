"""The page's head: one module, and the libraries that it needs."""

import re

from server.app import ROOT
from server.joined import join

STATIC = ROOT / "static"


def test_the_page_asks_for_one_module_and_announces_each_library_once(client):
    page = client.call("GET", "/").text
    (module,) = re.findall(r'<script type="module" src="code/[0-9a-f]{12}/([^"]+)"', page)
    assert module == "joined.js"
    announced = re.findall(r'rel="modulepreload" href="code/[0-9a-f]{12}/([^"]+)"', page)
    assert (
        sorted(announced)
        == sorted(join(STATIC).libraries)
        == ["vendor/socket.io.esm.min.js", "vendor/uPlot.esm.js"]
    )
