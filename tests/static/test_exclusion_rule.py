"""The page hides exactly the picks that topazcore excludes: one rule in two languages, compared point by point."""

import json
import subprocess

import numpy as np
import pytest

from tests.static.test_node import HERE, node
from topazcore.exclusions import contains

PROGRAM = """
import {{ contains }} from {module};
const {{ outline, points, margin }} = {case};
console.log(JSON.stringify(points.map(([x, y]) => contains(outline, x, y, margin))));
"""


def page_says(outline: list, points: list, margin: float) -> list[bool]:
    module = json.dumps((HERE.parents[1] / "static" / "exclusions.js").as_uri())
    case = json.dumps({"outline": outline, "points": points, "margin": margin})
    program = PROGRAM.format(module=module, case=case)
    command = [node(), "--input-type=module"]
    return json.loads(
        subprocess.run(command, input=program, capture_output=True, text=True, check=True).stdout
    )


@pytest.mark.parametrize("margin", [0.0, 7.3])
@pytest.mark.parametrize("corners", [3, 40])
def test_page_and_core_agree_also_on_lines_and_corners(corners, margin):
    random = np.random.default_rng(corners)
    outline = random.integers(0, 100, (corners, 2)).astype(float)
    on_lines = (outline + np.roll(outline, 1, axis=0)) / 2
    points = np.concatenate([random.uniform(-10, 110, (500, 2)), outline, on_lines])
    core = contains([outline], points, margin)
    assert 0 < core.sum() < len(core)
    assert page_says(outline.tolist(), points.tolist(), margin) == core.tolist()
