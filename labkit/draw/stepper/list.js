// The list of steps, a listbox of which only the rows in sight exist: ten thousand are as quick as ten. A fold is a row
// like the others, to be opened and closed by Enter or a click.

class StepList {
  constructor(stepper) {
    this.stepper = stepper;
    this.height = 26;
    this.active = 0; // the entry that has the keyboard
    this.space = element("div", { class: "lk-list-space", role: "presentation" });
    this.body = element("div", { class: "lk-list", role: "listbox", tabindex: 0, "aria-label": "Steps" }, this.space);
    this.body.addEventListener("scroll", () => this.draw());
    this.rows = new Map();
  }

  get entries() { return this.stepper.plan.entries; }

  fill(height = this.height) {
    this.height = height;
    for (const row of this.rows.values()) row.remove();
    this.rows.clear();
    this.space.style.height = `${this.entries.length * this.height}px`;
    this.body.style.setProperty("--lk-row", `${height}px`);
  }

  draw() {
    if (this.body.hidden) return;
    const { entries } = this;
    const first = Math.max(0, Math.floor(this.body.scrollTop / this.height) - 2);
    const last = Math.min(entries.length, first + Math.ceil((this.body.clientHeight || 400) / this.height) + 4);
    for (const [number, row] of this.rows) {
      if (number < first || number >= last) { row.remove(); this.rows.delete(number); }
    }
    for (let number = first; number < last; number += 1) {
      if (!this.rows.has(number)) this.rows.set(number, this.row(entries[number], number));
    }
    this.mark();
  }

  row(entry, number) {
    const row = element("div", {
      role: "option", id: `${this.stepper.id}-row-${number}`, class: "lk-row", style: `top:${number * this.height}px`, "aria-selected": "false", "aria-setsize": this.entries.length, "aria-posinset": number + 1,
    });
    const indent = entry.indent ? `padding-left:${0.7 * entry.indent}ch` : null;
    if (entry.fold !== undefined) {
      row.classList.add("lk-fold");
      row.append(element("span", { style: indent }, entry.texts[0]));
    } else {
      row.append(element("span", { class: "lk-number" }, entry.number.toLocaleString("en")), element("span", { class: `lk-who lk-${entry.who.replace(" ", "-")}` }, entry.who),
        ...entry.texts.map((text) => element("code", { title: text, style: indent, class: entry.strong ? "lk-strong" : null }, text)));
    }
    row.addEventListener("click", () => this.choose(number));
    this.space.append(row);
    return row;
  }

  choose(number) {
    const entry = this.entries[number];
    this.active = number;
    if (entry.fold === undefined) this.stepper.act(entry.move);
    else this.stepper.fold(entry.fold);
  }

  // One row up or down; a step is gone to, a fold waits for Enter.
  walk(by) {
    this.active = Math.max(0, Math.min(this.entries.length - 1, this.active + by));
    const entry = this.entries[this.active];
    if (entry.fold === undefined) this.stepper.act(entry.move);
    else { this.follow(this.active); this.stepper.say("Enter opens or closes this"); }
  }

  mark() {
    const now = this.stepper.plan.entryOf(this.stepper.move);
    for (const [number, row] of this.rows) {
      const selected = String(number === now);
      if (row.getAttribute("aria-selected") !== selected) row.setAttribute("aria-selected", selected);
      row.classList.toggle("lk-active", number === this.active);
    }
    if (this.rows.has(this.active)) this.body.setAttribute("aria-activedescendant", `${this.stepper.id}-row-${this.active}`);
    else this.body.removeAttribute("aria-activedescendant");
  }

  follow(active = this.stepper.plan.entryOf(this.stepper.move)) {
    this.active = active;
    if (this.body.hidden) return;
    const top = active * this.height;
    const { scrollTop, clientHeight } = this.body;
    if (top < scrollTop + this.height || top > scrollTop + clientHeight - 2 * this.height) {
      this.body.scrollTop = Math.max(0, top - clientHeight / 2);
    }
    this.draw();
  }
}
