// The stepper: turns the pages of finished films and announces each step. It knows nothing of what they show; every
// text is set as text, never as markup. `mount(root, data)` is all there is; data comes from labkit/draw/page.py.

const ICONS = { first: "|◀", back: "◀", play: "Play", pause: "Pause", next: "▶", last: "▶|" };

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value != null) made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

// One film in the page: its markup, and at which steps which part changes its look.
class Projector {
  constructor(film, place) {
    place.innerHTML = film.markup; // made by labkit from escaped text
    const svg = place.querySelector(":scope > svg");
    if (svg) svg.style.setProperty("--lk-width", svg.getAttribute("width"));
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
    this.shown[part] = look;
    for (const [name, value] of Object.entries(this.looks[look])) {
      if (name === "text") this.parts[part].textContent = value;
      else this.parts[part].setAttribute(name, value);
    }
  }
}

// The pictures of one recording, and its texts.
class Side {
  constructor(run, open) {
    this.run = run;
    this.panels = run.scenes.map((scene) => this.panel(scene, open.includes(scene.name)));
  }

  panel(scene, open) {
    const place = element("div", { class: "lk-screen", tabindex: 0, role: "group", "aria-label": scene.title });
    const twin = element("div", { class: "lk-twin" });
    const save = element("button", { type: "button", class: "lk-small", title: "Save this picture, as it is at this step, as an SVG file" }, "SVG");
    const words = element("details", { class: "lk-words" }, element("summary", {}, "Legend, and the same as text"), element("p", {}, scene.legend), twin);
    const body = element("section", { class: `lk-panel lk-panel-${scene.name}`, "aria-label": scene.title },
      element("header", {}, element("h4", {}, scene.title), scene.svg ? save : ""), place, words);
    body.hidden = !open;
    const projector = new Projector(scene.film, place);
    const text = new Projector(scene.twin, twin);
    save.addEventListener("click", () => saveFile(`${scene.name}-${projector.step + 1}.svg`, "image/svg+xml", standalone(place.querySelector("svg"), this.run.css)));
    return { scene, body, place, projector, text };
  }

  show(step) {
    for (const panel of this.panels) {
      if (panel.body.hidden) continue;
      panel.projector.show(step);
      panel.text.show(step);
      const current = panel.place.querySelector("[aria-current]:not([aria-current=false])") ?? panel.place.querySelector(".now");
      if (current) reveal(panel.place, current);
    }
  }
}

// Scroll only inside the panel: the page itself must not move under the reader's eyes.
function reveal(place, current) {
  const outer = place.getBoundingClientRect(), inner = current.getBoundingClientRect();
  const line = Math.max(inner.height, 20);
  const top = outer.top + (place.querySelector(".head")?.offsetHeight ?? 0); // what stays in sight above the rest
  if (inner.top < top + line) place.scrollTop -= top + 2 * line - inner.top;
  else if (inner.bottom > outer.bottom - line) place.scrollTop += inner.bottom - outer.bottom + 2 * line;
  if (inner.left < outer.left + 20) place.scrollLeft -= outer.left + 60 - inner.left;
  else if (inner.right > outer.right - 20) place.scrollLeft += inner.right - outer.right + 60;
}

function standalone(svg, css) {
  const copy = svg.cloneNode(true);
  for (const gone of copy.querySelectorAll(".gone")) gone.remove();
  const style = document.createElementNS("http://www.w3.org/2000/svg", "style");
  style.textContent = css;
  copy.prepend(style);
  return new XMLSerializer().serializeToString(copy);
}

function saveFile(name, type, text) {
  const link = element("a", { href: URL.createObjectURL(new Blob([text], { type })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

// The list of steps: only the rows in sight exist.
class Roll {
  constructor(stepper) {
    this.stepper = stepper;
    this.height = 26;
    this.space = element("div", { class: "lk-roll-space" });
    this.body = element("div", { class: "lk-roll", role: "listbox", tabindex: 0, "aria-label": "Steps" }, this.space);
    this.body.addEventListener("scroll", () => this.draw());
    this.rows = new Map();
  }

  fill() {
    for (const row of this.rows.values()) row.remove();
    this.rows.clear();
    this.space.style.height = `${this.stepper.entries.length * this.height}px`;
    this.draw();
  }

  draw() {
    const entries = this.stepper.entries;
    const first = Math.max(0, Math.floor(this.body.scrollTop / this.height) - 4);
    const last = Math.min(entries.length, first + Math.ceil((this.body.clientHeight || 400) / this.height) + 8);
    for (const [number, row] of this.rows) {
      if (number < first || number >= last) { row.remove(); this.rows.delete(number); }
    }
    for (let number = first; number < last; number += 1) {
      if (!this.rows.has(number)) this.rows.set(number, this.row(entries[number], number));
    }
    this.mark();
  }

  row(entry, number) {
    const { stepper } = this;
    const row = element("div", { role: "option", id: `${stepper.id}-row-${number}`, class: "lk-row", style: `top:${number * this.height}px` });
    if (entry.fold) {
      row.classList.add("lk-fold");
      row.append(element("span", {}, entry.text));
      row.addEventListener("click", () => stepper.unfold(entry.fold));
    } else {
      row.append(element("span", { class: "lk-who" }, entry.who), element("code", {}, entry.text));
      row.addEventListener("click", () => stepper.go(entry.move));
    }
    this.space.append(row);
    return row;
  }

  mark() {
    const now = this.stepper.entryOf(this.stepper.move);
    for (const [number, row] of this.rows) row.setAttribute("aria-selected", String(number === now));
    if (this.rows.has(now)) this.body.setAttribute("aria-activedescendant", `${this.stepper.id}-row-${now}`);
  }

  follow() {
    const top = this.stepper.entryOf(this.stepper.move) * this.height;
    const { scrollTop, clientHeight } = this.body;
    if (top < scrollTop + this.height || top > scrollTop + clientHeight - 2 * this.height) {
      this.body.scrollTop = Math.max(0, top - clientHeight / 2);
    }
    this.draw();
  }
}

class Stepper {
  constructor(root, data) {
    this.root = root;
    this.data = data;
    this.id = root.id;
    this.unfolded = new Set();
    this.background = false;
    this.followed = -1;
    this.timer = null;
    this.zoom = 1;
    this.sides = data.runs.map((run) => new Side(run, data.open));
    this.build();
    this.plan();
    this.go(this.nearest(this.remembered() ?? data.at), false);
  }

  // ---- which steps there are to go to: `moves` are steps (pairs of them when two recordings are compared)

  plan() {
    const { runs, pairs, folds } = this.data;
    this.moves = [];
    this.entries = [];
    const text = (run, step) => run.strings[run.rows[step]];
    const add = (move, who, words) => {
      this.entries.push({ move: this.moves.length, who, text: words });
      this.moves.push(move);
    };
    if (pairs) {
      for (const [one, other, differs] of pairs) {
        const words = one == null ? `— | ${text(runs[1], other)}` : other == null ? `${text(runs[0], one)} | —`
          : differs ? `${text(runs[0], one)} | ${text(runs[1], other)}` : text(runs[0], one);
        add([one, other], one == null ? "right only" : other == null ? "left only" : differs ? "differs" : "both", words);
      }
    } else {
      const run = runs[0];
      const folded = new Map();
      const visible = run.hidden.flatMap((hidden, step) => (hidden ? [] : [step]));
      for (const [number, [first, period, times]] of folds.entries()) {
        if (this.unfolded.has(number) || this.background) continue;
        // Shown are the first two rounds and the last.
        for (let at = 2 * period; at < (times - 1) * period; at += 1) folded.set(visible[first + at], number);
      }
      let last = -1;
      for (let step = 0; step < run.steps; step += 1) {
        if (run.hidden[step] && !this.background) continue;
        const fold = folded.get(step);
        if (fold === undefined) add([step], run.strings[run.who[step]], text(run, step));
        else if (fold !== last) {
          const [, period, times] = folds[fold];
          const what = period === 1 ? "the same step" : `the same ${period} steps`;
          this.entries.push({ fold: fold + 1, move: this.moves.length, text: `⋯ ${what}, ${(times - 3).toLocaleString("en")} times more: unfold` });
        }
        last = fold ?? -1;
      }
    }
    this.slider.max = Math.max(0, this.moves.length - 1);
    this.roll.fill();
  }

  entryOf(move) {
    let low = 0, high = this.entries.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      const entry = this.entries[middle];
      if (entry.move < move || (entry.fold && entry.move === move)) low = middle + 1; else high = middle;
    }
    return low;
  }

  nearest(step) {
    let found = 0;
    this.moves.forEach((move, number) => { if (move[0] != null && move[0] <= step) found = number; });
    return found;
  }

  unfold(fold) {
    const step = this.steps[0];
    this.unfolded.add(fold - 1);
    this.plan();
    this.go(this.nearest(step));
  }

  // ---- going there

  go(move, announce = true) {
    this.move = Math.max(0, Math.min(this.moves.length - 1, move));
    const steps = this.moves[this.move] ?? [0];
    this.steps = this.sides.map((_, side) => steps[side] ?? this.before(side));
    this.sides.forEach((side, number) => {
      side.show(this.steps[number]);
      const missing = steps[number] == null && steps.length > 1;
      this.columns[number].classList.toggle("lk-waits", missing);
      const { run } = side;
      this.calls[number].textContent = missing ? "does nothing here" : `${run.strings[run.who[this.steps[number]]]}  ${run.strings[run.rows[this.steps[number]]]}`.trim();
      const sentence = missing ? "No step of this run matches." : run.strings[run.say[this.steps[number]]];
      if (this.sentences[number].textContent !== sentence) this.sentences[number].textContent = sentence;
    });
    this.slider.value = this.move;
    const position = `step ${(this.move + 1).toLocaleString("en")} of ${this.moves.length.toLocaleString("en")}`;
    this.position.textContent = position;
    this.slider.setAttribute("aria-valuetext", `${position}: ${this.sentences.map((said) => said.textContent).join("; ")}`);
    this.buttons.first.disabled = this.buttons.back.disabled = this.move === 0;
    this.buttons.last.disabled = this.buttons.next.disabled = this.move === this.moves.length - 1;
    this.roll.follow();
    if (announce) this.remember();
  }

  before(side) {
    for (let move = this.move; move >= 0; move -= 1) if (this.moves[move][side] != null) return this.moves[move][side];
    return 0;
  }

  turn(by) {
    this.stop();
    let move = this.move + by;
    if (this.followed >= 0) {
      const concerns = this.data.runs[0].concerns;
      while (move >= 0 && move < this.moves.length && !concerns[this.moves[move][0]].includes(this.followed)) move += by;
      if (move < 0 || move >= this.moves.length) return this.say(`No ${by > 0 ? "later" : "earlier"} step of ${this.data.runs[0].subjects[this.followed]}.`);
    }
    return this.go(move);
  }

  follow(subject, leap = false) {
    this.followed = subject;
    this.chooser.value = String(subject);
    if (leap) this.turn(1);
  }

  search() {
    const wanted = this.seeker.value.toLowerCase();
    if (!wanted) return;
    const hit = (move) => move.some((step, side) => {
      if (step == null) return false;
      const { strings, rows, say, who } = this.data.runs[side];
      return [rows, say, who].some((column) => strings[column[step]].toLowerCase().includes(wanted));
    });
    for (let count = 1; count <= this.moves.length; count += 1) {
      const move = (this.move + count) % this.moves.length;
      if (hit(this.moves[move])) { this.say(""); this.go(move); return; }
    }
    this.say(`No step has “${this.seeker.value}” in it.`);
  }

  play() {
    if (this.timer) return this.stop();
    if (this.move === this.moves.length - 1) this.go(0);
    this.buttons.play.textContent = ICONS.pause;
    this.buttons.play.setAttribute("aria-pressed", "true");
    this.timer = setInterval(() => {
      if (!this.root.isConnected || this.move === this.moves.length - 1) this.stop(); else this.go(this.move + 1);
    }, 1400);
    return undefined;
  }

  stop() {
    clearInterval(this.timer);
    this.timer = null;
    this.buttons.play.textContent = ICONS.play;
    this.buttons.play.setAttribute("aria-pressed", "false");
  }

  say(text) { this.notice.textContent = text; }

  // ---- where one was: in the page's address when the page is ours alone, else for as long as the window is open

  remembered() {
    const asked = this.data.alone && /(?:^#|&)step=(\d+)/.exec(window.location.hash);
    if (asked) return Number(asked[1]) - 1;
    try { const kept = sessionStorage.getItem(`labkit ${this.id}`); return kept === null ? null : Number(kept); } catch { return null; }
  }

  remember() {
    const step = this.steps[0];
    if (this.data.alone) history.replaceState(null, "", `#step=${step + 1}`);
    else try { sessionStorage.setItem(`labkit ${this.id}`, String(step)); } catch { /* private windows keep nothing */ }
  }

  async link() {
    const step = this.steps[0] + 1;
    const text = this.data.alone ? `${window.location.href.split("#")[0]}#step=${step}` : `labkit.step(recording, at=${step})`;
    try { await navigator.clipboard.writeText(text); this.say(`Copied: ${text}`); } catch { this.say(text); }
  }

  // ---- the page

  build() {
    const button = (name, label, key, act) => element("button", { type: "button", "aria-label": label, title: `${label} (${key})`, onclick: act }, ICONS[name]);
    this.buttons = {
      first: button("first", "First step", "Home", () => { this.stop(); this.go(0); }),
      back: button("back", "Previous step", "←", () => this.turn(-1)),
      play: button("play", "Play", "Space", () => this.play()),
      next: button("next", "Next step", "→", () => this.turn(1)),
      last: button("last", "Last step", "End", () => { this.stop(); this.go(this.moves.length - 1); }),
    };
    this.buttons.play.setAttribute("aria-pressed", "false");
    this.slider = element("input", { type: "range", min: 0, step: 1, "aria-label": "Step" });
    this.slider.addEventListener("input", () => { this.stop(); this.go(Number(this.slider.value)); });
    this.position = element("span", { class: "lk-position" });
    this.notice = element("span", { class: "lk-notice", role: "status" });
    this.roll = new Roll(this);
    const one = this.data.runs.length === 1;
    const { subjects } = this.data.runs[0];
    this.chooser = element("select", { title: "Which steps Next and Previous stop at" }, element("option", { value: -1 }, "every step"),
      ...subjects.map((subject, number) => element("option", { value: number }, subject)));
    this.chooser.addEventListener("change", () => { this.followed = Number(this.chooser.value); });
    this.seeker = element("input", { type: "search", placeholder: "search steps", "aria-label": "Search the steps; Enter goes to the next one found" });
    const startUp = element("input", { type: "checkbox" });
    startUp.addEventListener("change", () => {
      const step = this.steps[0];
      this.background = startUp.checked;
      this.plan();
      this.go(this.nearest(step));
    });
    const hidden = one ? this.data.runs[0].hidden.filter(Boolean).length : 0;
    const toggles = [...this.sides[0].panels.map((panel, number) => [panel.scene.word, !panel.body.hidden, (on) => {
      for (const side of this.sides) side.panels[number].body.hidden = !on;
      this.go(this.move, false);
    }]), ["steps", this.data.open.includes("steps"), (on) => { this.roll.body.hidden = !on; this.roll.follow(); }]];
    this.roll.body.hidden = !this.data.open.includes("steps");
    const shows = toggles.map(([word, on, act]) => {
      const box = element("input", { type: "checkbox" });
      box.checked = on;
      box.addEventListener("change", () => act(box.checked));
      return element("label", {}, box, word);
    });
    const enlarge = (by) => { this.zoom = Math.max(0.6, Math.min(3, this.zoom * by)); this.root.style.setProperty("--lk-zoom", this.zoom.toFixed(3)); };
    this.projection = element("button", { type: "button", "aria-pressed": "false", title: "Fill the screen (f; Escape ends it)", onclick: () => this.present() }, "Present");
    this.calls = this.sides.map(() => element("code", { class: "lk-call" }));
    this.sentences = this.sides.map((_, number) => element("p", { class: "lk-sentence", ...(number === 0 || !one ? { role: "status", "aria-live": "polite" } : {}) }));
    this.columns = this.sides.map((side, number) => element("div", { class: "lk-side" },
      one ? "" : element("h4", { class: "lk-side-title" }, side.run.title),
      element("div", { class: "lk-now" }, this.calls[number], this.sentences[number]),
      this.arrange(side, one)));
    this.root.replaceChildren(
      element("div", { class: "lk-bar", role: "toolbar", "aria-label": `Step through ${this.data.title}` },
        ...Object.values(this.buttons), this.slider, this.position),
      element("div", { class: "lk-bar lk-options" },
        element("details", {}, element("summary", {}, "Options"), element("div", { class: "lk-bar" },
          element("span", { role: "group", "aria-label": "Show", class: "lk-shows" }, "Show ", ...shows),
          one ? element("label", {}, "Stop at ", this.chooser) : "",
          hidden ? element("label", { title: "Calls of the dynamic loader and the like" }, startUp, `${hidden.toLocaleString("en")} start-up steps, too`) : "",
          element("button", { type: "button", "aria-label": "Smaller", title: "Smaller (-)", onclick: () => enlarge(1 / 1.15) }, "A−"),
          element("button", { type: "button", "aria-label": "Larger", title: "Larger (+)", onclick: () => enlarge(1.15) }, "A+"),
          element("button", { type: "button", onclick: () => this.link(), title: this.data.alone ? "Copy a link to this step" : "Copy the Python that opens this step" }, "Copy link"))),
        this.seeker, this.projection, this.notice),
      element("div", { class: one ? "lk-sides" : "lk-sides lk-two" }, ...this.columns, ...(one ? [] : [this.roll.body])));
    this.seeker.addEventListener("keydown", (event) => { if (event.key === "Enter") this.search(); });
    this.root.addEventListener("keydown", (event) => this.key(event, enlarge));
    this.root.addEventListener("click", (event) => this.click(event));
  }

  // Beside what the program says (its source, the list of steps) stands what it did; time runs below both.
  arrange(side, one) {
    const within = (...names) => side.panels.filter((panel) => names.includes(panel.scene.name)).map((panel) => panel.body);
    const left = element("div", { class: "lk-left" }, ...within("source"), ...(one ? [this.roll.body] : []));
    const right = element("div", { class: "lk-right" }, ...within("descriptors", "bytes"));
    return element("div", { class: "lk-panels" }, left, right, element("div", { class: "lk-below" }, ...within("time")));
  }

  click(event) {
    const found = event.target.closest?.("[data-go],[data-subject]");
    if (!found || !this.root.contains(found)) return;
    if (found.dataset.go) { this.stop(); this.go(this.nearest(Number(found.dataset.go))); }
    else if (found.dataset.subject && this.data.runs.length === 1) this.follow(Number(found.dataset.subject), true);
  }

  present() {
    const on = this.root.classList.toggle("lk-present");
    this.projection.setAttribute("aria-pressed", String(on));
    this.projection.textContent = on ? "End" : "Present";
    if (on) this.root.requestFullscreen?.().catch(() => {});
    else if (document.fullscreenElement === this.root) document.exitFullscreen();
    this.go(this.move, false);
  }

  // Keys act while the stepper has the focus, and go no further: JupyterLab would insert and delete cells.
  key(event, enlarge) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.key === "Tab") return;
    const presenting = this.root.classList.contains("lk-present");
    if (event.key === "Escape") { if (presenting) { this.present(); event.stopPropagation(); } return; }
    event.stopPropagation();
    const typing = event.target.matches("input[type=search], select");
    const on = event.target.matches("button, summary, input[type=checkbox]");
    const acts = {
      ArrowRight: () => this.turn(1), ArrowLeft: () => this.turn(-1), ArrowDown: () => this.turn(1), ArrowUp: () => this.turn(-1),
      PageDown: () => this.go(this.move + 10), PageUp: () => this.go(this.move - 10),
      Home: () => this.go(0), End: () => this.go(this.moves.length - 1),
      " ": () => this.play(), "/": () => this.seeker.focus(), f: () => this.present(), "+": () => enlarge(1.15), "-": () => enlarge(1 / 1.15),
    };
    if (typing || !(event.key in acts) || (event.key === " " && on)) return;
    if (event.target.matches(".lk-screen") && ["ArrowDown", "ArrowUp", "PageDown", "PageUp"].includes(event.key)) return; // scrolls
    event.preventDefault();
    acts[event.key]();
  }
}

function mount(root, data) {
  root.classList.add("lk", "lk-stepper");
  return new Stepper(root, data);
}
