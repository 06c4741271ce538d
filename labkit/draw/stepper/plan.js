// Which steps there are to go to. `moves` are steps, pairs of them when two recordings are compared; `entries` are what
// the list shows: moves and folds. Knows the data and nothing of the page.

class Plan {
  constructor(data) {
    this.data = data;
    for (const run of data.runs) run.numbers ??= run.rows.map((_, step) => step); // of an excerpt, those in the whole
    this.unfolded = new Set();
    this.background = false; // are the start-up steps shown?
    this.level = data.level ?? 0; // where steps have levels of detail: those up to this one are shown
    this.topics = [...new Set(data.runs.flatMap((run) => run.subjects))];
    this.topicOf = data.runs.map((run) => run.subjects.map((label) => this.topics.indexOf(label)));
    this.lay();
  }

  lay() {
    this.moves = [];
    this.entries = [];
    if (this.data.pairs) this.pair(); else if (this.data.levels) this.detail(); else this.list();
  }

  // Is this step of a run not shown, unless it is asked for?
  hides(run, step) { return this.data.levels ? run.hidden[step] > this.level : run.hidden[step] && !this.background; }

  add(move, entry) {
    this.entries.push({ move: this.moves.length, ...entry });
    this.moves.push(move);
  }

  pair() {
    const [left, right] = this.data.runs;
    const text = (run, step) => (step == null ? "—" : run.strings[run.rows[step]]);
    for (const [one, other, differs] of this.data.pairs) {
      const who = one == null ? "right only" : other == null ? "left only" : differs ? "differs" : "both";
      const texts = differs || one == null || other == null ? [text(left, one), text(right, other)] : [text(left, one)];
      this.add([one, other], { number: this.moves.length + 1, who, texts });
    }
  }

  list() {
    const { folds, runs: [run] } = this.data;
    const folded = new Map(); // step → number of its fold
    const visible = run.hidden.flatMap((hidden, step) => (hidden ? [] : [step]));
    if (!this.background) for (const [number, [first, period, times]] of folds.entries()) {
      // Shown are the first two rounds and the last.
      for (let at = 2 * period; at < (times - 1) * period; at += 1) folded.set(visible[first + at], number);
    }
    this.folded = folded;
    let last;
    for (let step = 0; step < run.steps; step += 1) {
      if (run.hidden[step] && !this.background) continue;
      const fold = folded.get(step);
      if (fold !== undefined && fold !== last) this.entries.push({ fold, move: this.moves.length, texts: [this.foldText(fold)] });
      if (fold === undefined || this.unfolded.has(fold)) {
        this.add([step], { number: run.numbers[step] + 1, who: run.strings[run.who[step]], texts: [run.strings[run.rows[step]]] });
      }
      last = fold;
    }
  }

  // Steps of more detail than is asked for are folded, each stretch of them in a row that says why.
  detail() {
    const [run] = this.data.runs;
    this.folded = new Map();
    this.stretches = new Map(); // first step → how many, why
    for (let step = 0, first = -1; step < run.steps; step += 1) {
      if (!this.hides(run, step)) first = -1;
      else {
        if (first < 0) {
          first = step;
          let end = step;
          while (end < run.steps && this.hides(run, end)) end += 1;
          this.stretches.set(first, [end - first, new Set(run.whys.slice(first, end).map((why) => run.strings[why]).filter(Boolean))]);
          this.entries.push({ fold: first, move: this.moves.length, texts: [this.foldText(first)], indent: run.indents[step] });
        }
        this.folded.set(step, first);
        if (!this.unfolded.has(first)) continue;
      }
      this.add([step], { number: run.numbers[step] + 1, who: run.strings[run.who[step]], texts: [run.strings[run.rows[step]]], indent: run.indents[step], strong: run.hidden[step] === 0 });
    }
  }

  foldText(fold) {
    if (this.data.levels) {
      const [count, whys] = this.stretches.get(fold);
      const what = `${count.toLocaleString("en")} ${count === 1 ? "step" : "steps"}${whys.size ? `: ${[...whys].join(", ")}` : ""}`;
      return this.unfolded.has(fold) ? `▾ ${what}: fold` : `⋯ ${what}: unfold`;
    }
    const [, period, times] = this.data.folds[fold];
    const more = `${(times - 3).toLocaleString("en")} ${times === 4 ? "time" : "times"} more`;
    const what = period === 1 ? "the same step" : `the same ${period} steps`;
    return this.unfolded.has(fold) ? `▾ ${what}, ${more}: fold` : `⋯ ${what}, ${more}: unfold`;
  }

  toggle(fold) {
    if (!this.unfolded.delete(fold)) this.unfolded.add(fold);
    this.lay();
  }

  // The entry of a move; of a fold that stands before it, the move's own.
  entryOf(move) {
    let low = 0, high = this.entries.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      const entry = this.entries[middle];
      if (entry.move < move || (entry.fold !== undefined && entry.move === move)) low = middle + 1; else high = middle;
    }
    return low;
  }

  // The step that has this number in the whole recording, or the last before it.
  stepOf(number, side = 0) {
    return Math.max(0, this.data.runs[side].numbers.findLastIndex((one) => one <= number));
  }

  // The last move that is not behind this step.
  nearest(step) {
    let found = 0;
    this.moves.forEach((move, number) => { if (move[0] != null && move[0] <= step) found = number; });
    return found;
  }

  // The move of this very step, which is unfolded or shown for it if need be.
  locate(step) {
    if (!this.data.pairs) {
      const fold = this.folded.get(step);
      if (!this.data.levels && this.hides(this.data.runs[0], step)) this.background = true;
      else if (fold !== undefined && !this.unfolded.has(fold)) this.unfolded.add(fold);
      else return this.nearest(step);
      this.lay();
    }
    return this.nearest(step);
  }

  concerns(move, topic) {
    return move.some((step, side) => step != null && this.data.runs[side].concerns[step].some((own) => this.topicOf[side][own] === topic));
  }

  // The next move in this direction that satisfies `test`, -1 if there is none.
  next(from, by, test) {
    for (let move = from + by; move >= 0 && move < this.moves.length; move += by) if (test(this.moves[move])) return move;
    return -1;
  }

  // A test that says whether a move has these words in its line, its sentence or the name of who moves.
  having(words) {
    const wanted = words.toLowerCase();
    const hits = this.data.runs.map((run) => run.strings.map((text) => text.toLowerCase().includes(wanted)));
    return (move) => move.some((step, side) => {
      if (step == null) return false;
      const run = this.data.runs[side];
      return hits[side][run.rows[step]] || hits[side][run.say[step]] || hits[side][run.who[step]];
    });
  }
}
