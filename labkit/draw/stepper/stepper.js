// The stepper: turns the pages of finished films and announces each step. It knows nothing of what they show; every
// text is set as text, never as markup. `mount(root, data)` is all there is; data comes from labkit/draw/page.py, which
// puts the files stepper_*.js before this one.

const SPEEDS = [[2800, "slow"], [1400, "normal"], [600, "fast"], [200, "very fast"]]; // milliseconds a step
const KEYS = "Keys: ← → one step, Page Up and Page Down ten, Home End, Space plays, / searches, f fills the screen, + − size, Escape ends it.";

class Stepper {
  constructor(root, data) {
    this.root = root;
    this.data = data;
    this.id = root.id;
    this.plan = new Plan(data);
    this.followed = -1;
    this.zoom = 1;
    this.pace = 1400;
    this.names = this.nameSides();
    this.sides = data.runs.map((run, side) => run.scenes.map((scene) => new Panel(
      scene, data.open.includes(scene.name), `${root.id}-${side}`, data.runs.length > 1 ? `${scene.title} (${this.names[side]})` : scene.title,
      data.elsewhere ? `${run.title}-recorded-elsewhere` : run.title, run.numbers)));
    this.build();
    this.list.fill();
    this.measured = 0;
    this.go(this.remembered() ?? this.plan.locate(data.at), false);
    new ResizeObserver(() => this.resized()).observe(root);
    window.addEventListener("hashchange", () => {
      const asked = this.root.isConnected ? this.asked() : null;
      if (asked != null) this.act(asked);
    });
    document.addEventListener("visibilitychange", () => { if (document.hidden) this.stop(); });
    window.addEventListener("pagehide", () => this.remember());
  }

  nameSides() {
    const titles = this.data.runs.map((run) => run.title);
    if (titles.length < 2) return [""];
    return ["left", "right"].map((side, number) => (titles[0] === titles[1] ? `${side}: ${titles[number]}` : titles[number]));
  }

  // ---- going there

  // What the reader does: it stops the play.
  act(move) {
    this.stop();
    this.say("");
    this.go(move);
  }

  go(move, remember = true) {
    const { moves } = this.plan;
    this.move = Math.max(0, Math.min(moves.length - 1, move));
    const steps = moves[this.move] ?? [0];
    this.steps = this.sides.map((_, side) => steps[side] ?? this.before(side));
    this.sides.forEach((panels, side) => {
      for (const panel of panels) panel.show(this.steps[side]);
      this.tell(side, steps[side] == null && steps.length > 1);
    });
    this.slider.value = this.move;
    this.slider.setAttribute("aria-valuetext", this.position());
    this.place.textContent = this.position();
    const [start, end] = [this.move === 0, this.move >= moves.length - 1];
    for (const [name, off] of [["first", start], ["back", start], ["next", end], ["last", end]]) this.buttons[name].setAttribute("aria-disabled", String(off));
    // All is written; only now is anything measured, so that the page is laid out once a step.
    for (const panels of this.sides) for (const panel of panels) panel.reveal();
    this.list.follow();
    if (remember) { clearTimeout(this.remembering); this.remembering = setTimeout(() => this.remember(), 200); }
  }

  tell(side, missing) {
    const run = this.data.runs[side], step = this.steps[side];
    this.columns[side].classList.toggle("lk-waits", missing);
    this.calls[side].textContent = missing ? "does nothing here" : `${run.strings[run.who[step]]}  ${run.strings[run.rows[step]]}`.trim();
    const [number, said] = this.sentences[side].children;
    number.textContent = `${this.names[side]} ${this.position()}: `; // so that an equal sentence is announced again
    said.textContent = missing ? "No step of this run matches." : run.strings[run.say[step]];
  }

  position() {
    const [number, count] = this.data.pairs ? [this.move + 1, this.plan.moves.length] : [this.number() + 1, this.data.runs[0].of ?? this.data.runs[0].steps];
    return `step ${number.toLocaleString("en")} of ${count.toLocaleString("en")}`;
  }

  // The number of the step shown, in the whole recording.
  number() { return this.data.runs[0].numbers[this.steps[0]]; }

  before(side) {
    for (let move = this.move; move >= 0; move -= 1) if (this.plan.moves[move][side] != null) return this.plan.moves[move][side];
    return 0;
  }

  // Next and Previous: one step, or to the next that concerns what is followed.
  turn(by) {
    const any = this.followed < 0;
    const move = any ? this.move + by : this.plan.next(this.move, by, (steps) => this.plan.concerns(steps, this.followed));
    if (any ? move < 0 || move >= this.plan.moves.length : move < 0) {
      this.stop();
      const where = by > 0 ? "later" : "earlier";
      return this.say(any ? `There is no ${where} step.` : `No ${where} step of ${this.plan.topics[this.followed]}.`);
    }
    return this.act(move);
  }

  follow(topic) {
    this.followed = topic;
    this.chooser.value = String(topic);
    const focused = this.chip === document.activeElement;
    this.chip.hidden = topic < 0;
    if (focused && topic < 0) this.buttons.next.focus();
    this.chip.textContent = topic < 0 ? "" : `only ${this.plan.topics[topic]} ✕`;
    const marks = this.plan.topicOf.map((of, side) => [side, of.indexOf(topic)]).filter(([, own]) => own >= 0);
    this.marking.textContent = topic < 0 ? "" : marks.map(([side, own]) => {
      const one = `#${CSS.escape(this.id)} .lk-side:nth-child(${side + 1}) [data-subject="${own}"]`;
      return `${one}>:is(.box,.cell,.buffer){stroke:var(--lk-accent);stroke-width:2.5}${one}.row>i{color:var(--lk-accent);font-weight:600}`;
    }).join("");
  }

  // ---- searching, and going to a number

  search(by) {
    const wanted = this.seeker.value.trim();
    if (!wanted) return this.say("");
    const [, kind, number] = /^(line|step|event)\s+([\d,]+)$/i.exec(wanted) ?? [];
    if (kind) return this.seek(kind.toLowerCase(), Number(number.replaceAll(",", "")), by);
    return this.find(this.plan.having(wanted), by, `“${wanted}”`);
  }

  find(test, by, called) {
    const { plan } = this;
    const found = plan.moves.flatMap((move, number) => (test(move) ? [number] : []));
    if (!found.length) {
      const hidden = this.data.pairs ? -1 : this.data.runs[0].rows.findIndex((_, step) => test([step]));
      if (hidden < 0) return this.say(`No step has ${called}.`);
      return this.reach(hidden);
    }
    const at = by > 0 ? found.findIndex((move) => move > this.move) : found.findLastIndex((move) => move < this.move);
    const match = at >= 0 ? at : by > 0 ? 0 : found.length - 1; // round again
    this.act(found[match]);
    return this.say(`${(match + 1).toLocaleString("en")} of ${found.length.toLocaleString("en")} with ${called}`);
  }

  seek(kind, number, by) {
    const { pairs, runs: [run] } = this.data;
    if (kind === "line") {
      const lines = this.plan.topics.flatMap((label, topic) => (label.endsWith(`, line ${number}`) ? [topic] : []));
      return this.find((move) => lines.some((topic) => this.plan.concerns(move, topic)), by, `line ${number}`);
    }
    if (pairs && kind === "step") return number >= 1 && number <= pairs.length ? this.act(number - 1) : this.say(`There are steps 1 to ${pairs.length}.`);
    const step = kind === "step" ? run.numbers.indexOf(number - 1) : run.events ? run.events.indexOf(number) : number;
    if (step < 0 || step >= run.steps) return this.say(`There is no ${kind} ${number.toLocaleString("en")}${run.of ? " among those shown here" : ""}.`);
    return this.reach(step);
  }

  // Go to a step even if it is folded or hidden.
  reach(step) {
    const { background } = this.plan;
    const move = this.plan.locate(step);
    this.replanned();
    this.act(move);
    if (this.plan.background !== background) this.say("one of the start-up steps, which are shown now");
  }

  replanned() {
    this.slider.max = Math.max(0, this.plan.moves.length - 1);
    if (this.startUp) this.startUp.querySelector("input").checked = this.plan.background;
    this.list.fill();
  }

  replan(change) {
    const [step] = this.steps;
    change();
    this.replanned();
    this.act(this.plan.nearest(step));
  }

  detail(level) {
    this.replan(() => { this.plan.level = level; this.plan.unfolded.clear(); this.plan.lay(); });
    this.measured = 0;
    this.resized();
  }

  fold(number) {
    const { active } = this.list;
    this.replan(() => this.plan.toggle(number));
    this.list.follow(active); // stay on the fold, to close it again
  }

  // ---- playing

  play() {
    if (this.timer) return this.stop();
    this.say("");
    if (this.move === this.plan.moves.length - 1) this.go(0);
    this.showPlaying(true);
    this.timer = setInterval(() => {
      if (!this.root.isConnected || this.move >= this.plan.moves.length - 1) return this.stop();
      this.go(this.move + 1);
      if (this.move >= this.plan.moves.length - 1) this.stop();
      return undefined;
    }, this.pace);
    return undefined;
  }

  stop() {
    if (!this.timer) return;
    clearInterval(this.timer);
    this.timer = null;
    this.showPlaying(false);
  }

  showPlaying(on) {
    this.buttons.play.textContent = on ? "Pause" : "Play";
    this.buttons.play.setAttribute("aria-pressed", String(on));
  }

  say(text) { this.notice.textContent = text; }

  // ---- where one was: in the page's address when the page is ours alone, else for as long as the window is open

  asked() {
    const asked = this.data.alone && /(?:^#|&)step=(\d+)/.exec(window.location.hash);
    if (!asked) return null;
    const number = Number(asked[1]) - 1;
    if (this.data.pairs) return number;
    const move = this.plan.locate(this.plan.stepOf(number));
    this.replanned();
    return move;
  }

  remembered() {
    const asked = this.asked();
    if (asked != null || this.data.alone) return asked;
    let kept = null;
    try { kept = sessionStorage.getItem(`labkit ${this.id}`); } catch { /* private windows keep nothing */ }
    if (kept === null) return null;
    const move = this.data.pairs ? Number(kept) : this.plan.locate(this.plan.stepOf(Number(kept)));
    this.replanned();
    return move;
  }

  remember() {
    const number = this.data.pairs ? this.move : this.number();
    if (!this.root.isConnected) return;
    if (this.data.alone) history.replaceState(null, "", `#step=${number + 1}`);
    else try { sessionStorage.setItem(`labkit ${this.id}`, String(number)); } catch { /* nor do they take anything */ }
  }

  async link() {
    const number = (this.data.pairs && this.data.alone ? this.move : this.number()) + 1;
    const code = this.data.pairs ? `labkit.compare(first, second, at=${number})` : `labkit.step(${this.data.value ?? "recording"}, at=${number})`;
    const text = this.data.alone ? `${window.location.href.split("#")[0]}#step=${number}` : code;
    try { await navigator.clipboard.writeText(text); this.say(`Copied: ${text}`); } catch { this.say(text); }
  }

  // ---- sizes

  resized() {
    const width = `${this.root.clientWidth} ${this.zoom} ${this.presentation.on}`;
    if (width === this.measured || !this.root.clientWidth) return;
    this.measured = width;
    const heights = this.data.runs.map((run, side) => this.tallest(run, side));
    for (const column of this.columns) column.querySelector(".lk-now").style.minHeight = `${Math.max(...heights)}px`;
    for (const panels of this.sides) for (const panel of panels) panel.reserve();
    this.list.fill(Math.round(26 * this.zoom * (this.presentation.on ? 1.35 : 1)));
    for (const panels of this.sides) for (const panel of panels) panel.reveal();
    this.list.follow();
  }

  // How high the words of a step get: of those that look longest, measured.
  tallest(run, side) {
    const call = (step) => `${run.strings[run.who[step]]}  ${run.strings[run.rows[step]]}`;
    const said = (step) => run.strings[run.say[step]];
    const steps = run.hidden.flatMap((_, step) => (this.plan.hides(run, step) ? [] : [step]));
    const longest = (length) => steps.sort((one, other) => length(other) - length(one)).slice(0, 12);
    const tried = [...longest((step) => call(step).length), ...longest((step) => said(step).length), ...longest((step) => call(step).length + said(step).length)];
    return measured(this.columns[side].querySelector(".lk-now"), tried.map((step) => [
      element("code", { class: "lk-call" }, call(step)), element("p", { class: "lk-sentence" }, said(step)),
    ]));
  }

  enlarge(by) {
    this.zoom = Math.max(0.6, Math.min(3, this.zoom * by));
    this.root.style.setProperty("--lk-zoom", this.zoom.toFixed(3));
    this.resized();
  }

  // ---- the page

  build() {
    const { data, plan } = this;
    const one = data.runs.length === 1;
    const control = (sign, label, key, act) => button(sign, `${label} (${key})`, act, { "aria-label": label });
    this.buttons = {
      first: control("|◀", "First step", "Home", () => this.act(0)),
      back: control("◀", "Previous step", "←", () => this.turn(-1)),
      play: button("Play", "Play (Space)", () => this.play(), { class: "lk-play", "aria-pressed": "false" }),
      next: control("▶", "Next step", "→", () => this.turn(1)),
      last: control("▶|", "Last step", "End", () => this.act(plan.moves.length - 1)),
    };
    this.slider = element("input", { type: "range", min: 0, max: Math.max(0, plan.moves.length - 1), step: 1, "aria-label": "Step", oninput: () => this.act(Number(this.slider.value)) });
    this.place = element("span", { class: "lk-position" });
    this.notice = element("span", { class: "lk-notice", role: "status" });
    this.list = new StepList(this);
    this.list.body.hidden = !data.open.includes("steps");
    this.chip = button("", "Stop at every step again (Escape)", () => this.follow(-1), { class: "lk-chip" });
    this.chip.hidden = true;
    this.marking = element("style");
    this.seeker = element("input", { type: "search", placeholder: "search, or: line 7, step 40", "aria-label": "Search the steps, or go to a line, step or event: “line 7”; Enter goes to the next one, Shift and Enter to the one before" });
    this.seeker.addEventListener("keydown", (event) => { if (event.key === "Enter") this.search(event.shiftKey ? -1 : 1); });
    this.presentation = new Presentation(this.root, () => this.presented());
    this.presenting = button("Present", "Fill the screen (f; Escape ends it)", () => this.presentation.toggle(), { "aria-pressed": "false" });
    this.options = this.buildOptions(one);
    const [detail, menu] = data.levels ? choice("Detail ", "How many of the steps are shown; a row that folds some opens with a click", data.levels.map((word, level) => [level, word]), (level) => this.detail(Number(level))) : [""];
    if (menu) menu.value = String(plan.level);
    this.more = button("Options ▾", "What is shown, where Next stops, speed, size, a link", () => {
      this.options.hidden = !this.options.hidden;
      this.more.setAttribute("aria-expanded", String(!this.options.hidden));
    }, { "aria-expanded": "false" });
    this.calls = data.runs.map(() => element("code", { class: "lk-call" }));
    this.sentences = data.runs.map(() => element("p", { class: "lk-sentence", role: "status" }, element("span", { class: "lk-unseen" }), element("span", {})));
    this.columns = data.runs.map((_, side) => element("div", { class: "lk-side" },
      one ? "" : element("h4", { class: "lk-side-title" }, this.names[side]),
      element("div", { class: "lk-now" }, this.calls[side], this.sentences[side]),
      this.arrange(this.sides[side], one)));
    this.root.replaceChildren(this.marking,
      element("div", { class: "lk-head" },
        data.elsewhere ? element("p", { class: "lk-elsewhere" }, data.elsewhere) : "",
        element("div", { class: "lk-bar", role: "group", "aria-label": `Step through ${data.title}` }, ...Object.values(this.buttons), this.slider, this.place),
        element("div", { class: "lk-bar lk-second" }, this.more, detail, this.chip, this.seeker, this.presenting, this.notice)),
      this.options,
      element("div", { class: one ? "lk-sides" : "lk-sides lk-two" }, ...this.columns, one ? "" : this.list.body));
    this.root.tabIndex = -1; // so that a click anywhere in it gives it the keys
    this.root.dataset.lmSuppressShortcuts = "true"; // JupyterLab hears keys before us: this tells it to let them be
    this.root.addEventListener("keydown", (event) => this.key(event));
    this.root.addEventListener("click", (event) => this.click(event));
  }

  buildOptions(one) {
    const { data, plan } = this;
    const hidden = one && !data.levels ? data.runs[0].hidden.filter(Boolean).length : 0;
    this.toggles = [
      ...data.runs[0].scenes.map((scene, number) => checkbox(scene.word, data.open.includes(scene.name), (on) => this.open(number, on))),
      checkbox("steps", data.open.includes("steps"), (on) => this.open(-1, on)),
    ];
    const [stop, chooser] = choice("Stop at ", "Which steps Next and Previous stop at; a click on a thing in a picture chooses it, too",
      [[-1, "every step"], ...plan.topics.map((label, number) => [number, label])], (topic) => this.follow(Number(topic)));
    const [speed, paces] = choice("Speed ", "How fast Play goes on", SPEEDS, (pace) => {
      this.pace = Number(pace);
      if (this.timer) { this.stop(); this.play(); }
    });
    paces.value = String(this.pace);
    this.chooser = chooser;
    this.startUp = hidden ? checkbox(`${hidden.toLocaleString("en")} start-up steps`, false, (on) => this.replan(() => { plan.background = on; plan.lay(); }), "Calls of the dynamic loader and the like") : null;
    const made = element("div", { class: "lk-bar lk-options" },
      element("span", { role: "group", "aria-label": "Show", class: "lk-shows" }, "Show ", ...this.toggles, this.startUp ?? ""),
      stop, speed,
      button("A−", "Smaller (−)", () => this.enlarge(1 / 1.15), { "aria-label": "Smaller" }),
      button("A+", "Larger (+)", () => this.enlarge(1.15), { "aria-label": "Larger" }),
      button("Copy link", data.alone ? "Copy a link to this step" : "Copy the Python that opens this step", () => this.link()),
      element("p", { class: "lk-keys" }, KEYS));
    made.hidden = true;
    return made;
  }

  // Beside what the program says (its source, the list of steps) stands what it did; time runs below both.
  arrange(panels, one) {
    const within = (...names) => panels.filter((panel) => names.includes(panel.scene.name)).map((panel) => panel.body);
    const rest = panels.map((panel) => panel.scene.name).filter((name) => name !== "source" && name !== "time");
    return element("div", { class: "lk-panels" },
      element("div", { class: "lk-left" }, ...within("source"), one ? this.list.body : ""),
      element("div", { class: "lk-right" }, ...within(...rest)),
      element("div", { class: "lk-below" }, ...within("time")));
  }

  // Open or close a panel, on both sides; -1 is the list.
  open(number, on) {
    if (number < 0) this.list.body.hidden = !on;
    else for (const panels of this.sides) panels[number].body.hidden = !on;
    this.toggles.at(number).querySelector("input").checked = on;
    this.measured = 0;
    this.go(this.move, false);
    this.resized();
  }

  // A lecture hall needs large pictures, so there the list closes, and time when there are others; options open them.
  // Along a kernel path the list is the tree of functions, and the picture is high: they stand side by side.
  presented() {
    const { on } = this.presentation;
    const [panels] = this.sides;
    const time = panels.findIndex((panel) => panel.scene.name === "time");
    if (on) {
      this.closed = [...(this.data.levels ? [] : [-1]), ...(panels.filter((panel) => panel.scene.svg && !panel.body.hidden).length > 2 ? [time] : [])].filter((number) => this.toggles.at(number).querySelector("input").checked);
    }
    for (const number of this.closed) this.open(number, !on);
    this.presenting.setAttribute("aria-pressed", String(on));
    this.presenting.textContent = on ? "End" : "Present";
    this.resized();
  }

  // A click on what stands for a step goes there; on what can be followed, follows it and goes to its next step.
  click(event) {
    const found = event.target.closest?.("[data-go],[data-subject]");
    if (!found || !this.root.contains(found) || !getSelection().isCollapsed) return;
    const side = this.columns.findIndex((column) => column.contains(found));
    if (found.dataset.go) this.act(this.data.pairs ? this.moveOf(side, Number(found.dataset.go)) : this.plan.nearest(this.plan.stepOf(Number(found.dataset.go))));
    else if (found.dataset.subject) { this.follow(this.plan.topicOf[side][found.dataset.subject]); this.turn(1); }
  }

  moveOf(side, step) {
    return Math.max(0, this.plan.moves.findLastIndex((move) => move[side] != null && move[side] <= step));
  }

  escape() {
    if (this.presentation.on) this.presentation.end();
    else if (this.timer) this.stop();
    else if (this.followed >= 0) this.follow(-1);
  }

  // Keys act while the stepper has the focus, and go no further.
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.key === "Tab") return;
    event.stopPropagation();
    const { target, key } = event;
    const searching = target === this.seeker;
    if (key === "Escape" && !(searching && this.seeker.value)) { event.preventDefault(); this.escape(); return; }
    if (searching || target.matches("select")) return;
    if (target === this.slider && /^(Arrow(Up|Down)|Page(Up|Down))$/.test(key)) return;
    if (key === " " && target.matches("button, summary, input")) return;
    const scrolls = target.matches(".lk-screen, .lk-twin") && target.scrollHeight > target.clientHeight + 1;
    if (scrolls && /^(Arrow|Page)(Up|Down)$/.test(key)) return;
    if (target === this.list.body && this.listKey(key)) { event.preventDefault(); return; }
    const far = this.presentation.on ? 1 : 10; // the remote controls of lecturers send Page Up and Page Down
    const acts = {
      ArrowRight: () => this.turn(1), ArrowLeft: () => this.turn(-1), ArrowDown: () => this.turn(1), ArrowUp: () => this.turn(-1),
      PageDown: () => (far === 1 ? this.turn(1) : this.act(this.move + far)), PageUp: () => (far === 1 ? this.turn(-1) : this.act(this.move - far)),
      Home: () => this.act(0), End: () => this.act(this.plan.moves.length - 1),
      " ": () => this.play(), "/": () => this.seeker.focus(), f: () => this.presentation.toggle(),
      "+": () => this.enlarge(1.15), "=": () => this.enlarge(1.15), "-": () => this.enlarge(1 / 1.15),
    };
    if (!(key in acts)) return;
    event.preventDefault();
    acts[key]();
  }

  listKey(key) {
    const entry = this.list.entries[this.list.active];
    if (key === "ArrowDown" || key === "ArrowUp") this.list.walk(key === "ArrowDown" ? 1 : -1);
    else if ((key === "Enter" || key === " ") && entry?.fold !== undefined) this.list.choose(this.list.active);
    else return false;
    return true;
  }
}

function mount(root, data) {
  for (let copy = 2; document.querySelectorAll(`[id="${root.id}"]`).length > 1; copy += 1) root.id = `${root.id}-${copy}`;
  root.classList.add("lk", "lk-stepper");
  return new Stepper(root, data);
}
