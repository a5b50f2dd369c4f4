"""What the axe engine finds wrong with a page as it stands, in the dark and in the light theme."""

from pathlib import Path

from playwright.sync_api import Page

ENGINE = Path(__file__).resolve().parents[1] / "vendor" / "axe.min.js"
GRAVE = ("serious", "critical")
ALLOWED = ("label-content-name-mismatch", "#row-")
"""A row of the list shows signs where its name has words: "● 3" for "3 labels". Both begin with the name."""
# What the engine cannot decide (text over the micrograph, whose grey changes) is for the eye.
RUN = """async ({ within, ...options }) => {
  const { violations } = await axe.run(within ?? document, { resultTypes: ['violations'], ...options });
  return violations.map(({ id, impact, nodes }) => ({ id, impact,
    nodes: nodes.map(({ target, any, all, none }) =>
      target.join(' ') + ': ' + [...any, ...all, ...none].map(({ message }) => message).join('; ')) }));
}"""
SET_THEME = "(theme) => { document.documentElement.dataset.theme = theme }"


def violations(page: Page, grave: tuple[str, ...] = GRAVE, within: str | None = None) -> list[str]:
    """All rules in the theme that is shown, the contrast of texts in the other one as well; one line for each.

    `within` is a selector where only a part of the page has changed since the last look: the rest takes time.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(ENGINE.read_text())
    shown = page.evaluate("document.documentElement.dataset.theme ?? ''")
    found = [(shown, one) for one in page.evaluate(RUN, {"within": within})]
    for other in {"dark", "light"} - {shown}:
        page.evaluate(SET_THEME, other)
        found += [
            (other, one) for one in page.evaluate(RUN, {"within": within, "runOnly": ["color-contrast"]})
        ]
    if shown:
        page.evaluate(SET_THEME, shown)
    return [
        f"{one['id']} ({one['impact']}, {theme}): {node}"
        for theme, one in found
        if one["impact"] in grave
        for node in one["nodes"]
        if not (one["id"] == ALLOWED[0] and node.startswith(ALLOWED[1]))
    ]
