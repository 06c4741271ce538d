// A film in the page: its markup, and at which steps which part changes its look. Does what labkit/draw/film.py's
// `Film.at` does, and like it knows nothing of what is shown.

class Projector {
  constructor(film, place, prefix) {
    place.innerHTML = film.markup; // made by labkit from escaped text
    ownIds(place, prefix);
    this.looks = film.looks;
    this.cuts = film.cuts;
    this.parts = [];
    for (const found of place.querySelectorAll("[data-part]")) this.parts[found.dataset.part] = found;
    this.score = this.parts.map(() => [[], []]);
    film.cuts.forEach((cut, step) => {
      for (let i = 0; i < cut.length; i += 2) {
        this.score[cut[i]][0].push(step);
        this.score[cut[i]][1].push(cut[i + 1]);
      }
    });
    this.shown = this.parts.map(() => -1);
    this.step = -1;
  }

  look(part, step) {
    const [steps, looks] = this.score[part];
    let low = 0, high = steps.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (steps[middle] <= step) low = middle + 1; else high = middle;
    }
    return looks[low - 1];
  }

  show(step) {
    const from = Math.min(this.step, step), to = Math.max(this.step, step);
    const touched = new Set();
    if (this.step < 0 || to - from > 64) for (const part of this.parts.keys()) touched.add(part);
    else for (let at = from + 1; at <= to; at += 1) {
      for (let i = 0; i < this.cuts[at].length; i += 2) touched.add(this.cuts[at][i]);
    }
    for (const part of touched) this.set(part, this.look(part, step));
    this.step = step;
  }

  set(part, look) {
    if (this.shown[part] === look) return;
    const before = this.looks[this.shown[part]] ?? {};
    this.shown[part] = look;
    for (const [name, value] of Object.entries(this.looks[look])) {
      if (before[name] === value) continue;
      if (name === "text") this.parts[part].textContent = value;
      else this.parts[part].setAttribute(name, value);
    }
  }
}

// The same picture may be in a page twice: what it refers to by id must be its own.
function ownIds(place, prefix) {
  const named = [...place.querySelectorAll("[id]")];
  if (!named.length) return;
  const ids = new Set(named.map((one) => one.id));
  for (const one of named) one.id = `${prefix}-${one.id}`;
  for (const one of place.querySelectorAll("*")) {
    for (const attribute of one.attributes) {
      const [, before, id, after] = /^(url\(#|#)([^)]+)(\)?)$/.exec(attribute.value) ?? [];
      if (ids.has(id)) attribute.value = `${before}${prefix}-${id}${after}`;
    }
  }
}
