// One of the stepper's panels: a picture with its legend, its text twin and a button that saves it. A picture is made
// when it is first looked at, and follows only while it is open.

class Panel {
  constructor(scene, open, prefix, label, named, numbers) {
    this.numbers = numbers;
    this.scene = scene;
    this.prefix = `${prefix}-${scene.name}`;
    this.step = -1;
    this.place = element("div", { class: "lk-screen", tabindex: 0, role: "group", "aria-label": `${label}: the picture` });
    this.lines = element("div", { class: "lk-twin", tabindex: 0, role: "group", "aria-label": `${label}, as text` });
    this.words = element("details", { class: "lk-words", ontoggle: () => this.show(this.step) },
      element("summary", {}, "Legend, and the same as text"), element("p", {}, scene.legend), this.lines);
    const save = element("button", {
      type: "button", class: "lk-small", "aria-label": `Save ${label} as SVG`, title: "Save this picture, as it is at this step, as an SVG file", onclick: () => this.save(named),
    }, "SVG");
    this.body = element("div", { class: `lk-panel lk-panel-${scene.name}`, role: "region", "aria-label": label },
      element("header", {}, element("h4", {}, scene.title), scene.svg ? save : ""), this.place, this.words);
    this.body.hidden = !open;
  }

  show(step) {
    this.step = step;
    if (this.body.hidden || step < 0) return;
    if (!this.film) {
      this.film = new Projector(this.scene.film, this.place, this.prefix);
      const svg = this.place.querySelector(":scope > svg");
      if (svg) {
        svg.style.setProperty("--lk-width", svg.getAttribute("width"));
        svg.style.setProperty("--lk-ratio", svg.viewBox.baseVal.width / svg.viewBox.baseVal.height);
      }
    }
    this.film.show(step);
    if (!this.words.open) return;
    this.twin ??= new Projector(this.scene.twin, this.lines, `${this.prefix}-text`);
    this.twin.show(step);
  }

  // Room for the longest words above a listing, measured at the width it has now.
  reserve() {
    if (this.body.hidden || !this.film) return;
    for (const part of this.place.querySelectorAll(".head > [data-part]")) {
      const looks = new Set(this.film.score[part.dataset.part][1]);
      const longest = [...looks].map((look) => this.film.looks[look].text).sort((one, other) => other.length - one.length).slice(0, 6);
      part.style.minHeight = `${measured(part, longest.map((text) => [text]))}px`;
    }
  }

  // Scroll to what the step is about, and only inside the panel: the page must not move under the reader's eyes.
  reveal() {
    const { place } = this;
    if (this.body.hidden || (place.scrollHeight <= place.clientHeight && place.scrollWidth <= place.clientWidth)) return;
    const outer = place.getBoundingClientRect();
    const top = outer.top + (place.querySelector(".head")?.offsetHeight ?? 0); // what stays in sight above the rest
    let found = place.querySelector("[aria-current=step], .now");
    if (!found) {
      const inside = (box) => box.left >= outer.left && (box.right <= outer.right || box.width > outer.width) && box.bottom > top && box.top < outer.bottom;
      const visible = (one) => inside(one.getBoundingClientRect());
      const changed = [...place.querySelectorAll(".changed .box, .changed .cell")];
      const all = changed.length ? changed : [...place.querySelectorAll(".item:not(.gone) > .box")];
      if (all.some(visible)) return;
      [found] = all;
    }
    if (!found) return;
    const inner = found.getBoundingClientRect();
    const line = Math.min(Math.max(inner.height, 20), 60);
    if (inner.top < top + line) place.scrollTop -= top + 2 * line - inner.top;
    else if (inner.bottom > outer.bottom - line) place.scrollTop += inner.bottom - outer.bottom + 2 * line;
    if (inner.left < outer.left) place.scrollLeft -= outer.left + 20 - inner.left;
    else if (inner.right > outer.right && inner.width < outer.width) place.scrollLeft += inner.right - outer.right + 20;
  }

  save(named) {
    saveFile(`${named}-${this.scene.name}-${this.numbers[this.step] + 1}.svg`, "image/svg+xml", standalone(this.place.querySelector("svg")));
  }
}

// The height an element needs for the tallest of these contents, at the width it has now: with room for that, no step
// moves what stands below it. Beyond some dozen lines it may.
function measured(place, contents) {
  const probe = element("div", { class: place.className, "aria-hidden": "true" });
  probe.style.cssText = `position:absolute;visibility:hidden;box-sizing:border-box;width:${place.getBoundingClientRect().width}px`;
  place.after(probe);
  const heights = contents.map((content) => {
    probe.replaceChildren(...content);
    return probe.getBoundingClientRect().height;
  });
  const most = 20 * parseFloat(getComputedStyle(probe).fontSize);
  probe.remove();
  return Math.min(most, Math.max(0, ...heights));
}

// The picture as a file of its own, with the part of our style that pictures use.
function standalone(svg) {
  const copy = svg.cloneNode(true);
  for (const gone of copy.querySelectorAll(".gone")) gone.remove();
  copy.removeAttribute("style");
  const rules = [...document.querySelectorAll("style[data-labkit=style]")].slice(0, 1).flatMap((style) => [...style.sheet.cssRules]);
  const style = document.createElementNS("http://www.w3.org/2000/svg", "style");
  style.textContent = rules.filter((rule) => /^(svg)?\.lk\b(?!-)/.test(rule.selectorText ?? "")).map((rule) => rule.cssText).join("");
  copy.prepend(style);
  return new XMLSerializer().serializeToString(copy);
}

function saveFile(name, type, text) {
  const link = element("a", { href: URL.createObjectURL(new Blob([text], { type })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
