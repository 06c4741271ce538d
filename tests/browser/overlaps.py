"""Measures text in pictures as the browser drew it: what overlaps, what leaves its box, what leaves the picture."""

from __future__ import annotations

from playwright.sync_api import Locator

# Of every visible text its ink, as its box without the room above and below the letters. A text belongs to the rect of
# its group that its middle is in. Half a pixel of the drawing is nothing.
_MEASURE = """svg => {
  const wide = element => element.getBoundingClientRect().width > 0;
  const shown = [...svg.querySelectorAll("text")].filter(text => text.textContent.trim() && wide(text));
  const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
  const box = element => {
    const { left, right, top, bottom } = element.getBoundingClientRect();
    return { left, right, top, bottom };
  };
  const texts = shown.map(text => {
    const found = box(text), high = found.bottom - found.top;
    return { said: text.textContent, ...found, top: found.top + 0.22 * high, bottom: found.bottom - 0.22 * high, text };
  });
  const all = box(svg), slack = 0.5 * scale, problems = [];
  const without = (one, other) => one.left < other.left - slack || one.right > other.right + slack
    || one.top < other.top - slack || one.bottom > other.bottom + slack;
  for (const [number, one] of texts.entries()) {
    if (without(one, all)) problems.push(`cut off: ${one.said}`);
    for (const other of texts.slice(number + 1)) {
      if (one.left < other.right - slack && other.left < one.right - slack && one.top < other.bottom - slack
          && other.top < one.bottom - slack) problems.push(`overlap: ${one.said} | ${other.said}`);
    }
    const middle = [(one.left + one.right) / 2, (one.top + one.bottom) / 2];
    if (one.text.matches(".mark")) continue;
    const beside = [...(one.text.closest("g")?.children ?? [])];
    const around = beside.filter(child => child.matches("rect:is(.box, .cell, .buffer, .call)") && wide(child)).map(box)
      .find(rect => rect.left <= middle[0] && rect.right >= middle[0]
        && rect.top <= middle[1] && rect.bottom >= middle[1]);
    if (around && without(one, around)) problems.push(`leaves its box: ${one.said}`);
  }
  return problems; }"""


def overlaps(drawing: Locator) -> list[str]:
    """What is wrong with the texts of an `<svg>` as it is shown now; [] if every one can be read."""
    found: list[str] = drawing.evaluate(_MEASURE)
    return found
