"""Circles that are stamped, since there are very many, look like those that are stroked."""

import pytest

COLUMNS, ROWS, STEP_PX = 24, 20, 24.3
# Of the ink. A stamp lies an eighth of a pixel beside the stroke at most; half a pixel would be a half of it.
LARGEST_SHARE = 0.15

COMPARE = """
async ({ columns, rows, step, radius, ratio, kind }) => {
  const { Rings } = await import('./static/rings.js');
  const column = (put) => Float64Array.from({ length: columns * rows }, (_, i) => put(i));
  const x = column((i) => ((i % columns) + 0.5) * step);
  const y = column((i) => (Math.floor(i / columns) + 0.4) * step);
  const picks = { kind, x, y, score: column((i) => 8 - (6 * i) / (columns * rows)) };
  const set = { picks, classes: new Uint8Array(x.length) };
  const [width, height] = [Math.ceil(columns * step * ratio), Math.ceil(rows * step * ratio)];
  const draw = (rings) => {
    const context = new OffscreenCanvas(width, height).getContext('2d');
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const rect = { left: 0, top: 0, right: width, bottom: height };
    rings.draw({ context, at: (x, y) => ({ x, y }), radius, rect, ratio }, set, 1, '#b8e02f');
    return context.getImageData(0, 0, width, height).data;
  };
  const stroking = new Rings();
  stroking.press = stroking.stroke;
  const [stroked, stamped] = [draw(stroking), draw(new Rings())];
  const alphas = stroked.map((value, i) => (i % 4 === 3 ? value : 0));
  const offs = stroked.map((value, i) => (i % 4 === 3 ? Math.abs(value - stamped[i]) : 0));
  const inked = (i) => stroked[i | 3] > 100 && stamped[i | 3] > 100;
  const strong = stroked.map((value, i) => (inked(i) ? Math.abs(value - stamped[i]) : 0));
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / (width * height);
  return {
    ink: mean(alphas),
    off: mean(offs),
    colour: strong.reduce((most, value, i) => (i % 4 === 3 ? most : Math.max(most, value)), 0),
  };
}
"""


@pytest.mark.parametrize(("kind", "radius", "ratio"), [("train", 4.3, 1), ("train", 6, 2), ("suggest", 9, 1)])
def test_stamped_circles_look_like_stroked_ones(lab, kind, radius, ratio):
    look = {"kind": kind, "radius": radius, "ratio": ratio}
    seen = lab.page.evaluate(COMPARE, {"columns": COLUMNS, "rows": ROWS, "step": STEP_PX, **look})
    assert seen["ink"] > 5, seen
    assert seen["off"] <= LARGEST_SHARE * seen["ink"], seen
    assert seen["colour"] <= 6, seen
