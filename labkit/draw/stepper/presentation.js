// The whole screen for one stepper. Full screen where the browser grants it, else the top layer (a popover): both come
// out of whatever contains the stepper, as JupyterLab's cells do with transforms and containment.

class Presentation {
  constructor(root, changed) {
    this.root = root;
    this.changed = changed;
    this.on = false;
    document.addEventListener("fullscreenchange", () => {
      if (this.on && this.full && document.fullscreenElement !== root) this.end(); // Escape ended full screen
    });
  }

  toggle() { return this.on ? this.end() : this.begin(); }

  async begin() {
    const { root } = this;
    const focused = document.activeElement;
    this.on = true;
    root.classList.add("lk-present");
    try {
      await root.requestFullscreen();
      this.full = document.fullscreenElement === root;
    } catch {
      this.full = false;
    }
    if (!this.on) { if (this.full) document.exitFullscreen(); return; }
    if (!this.full && root.showPopover) {
      root.popover = "manual";
      root.showPopover();
    }
    (root.contains(focused) ? focused : root).focus({ preventScroll: true });
    this.changed();
  }

  end() {
    const { root } = this;
    const focused = document.activeElement;
    this.on = false;
    root.classList.remove("lk-present");
    if (document.fullscreenElement === root) document.exitFullscreen();
    if (root.popover) { root.hidePopover(); root.removeAttribute("popover"); }
    if (root.contains(focused)) focused.focus({ preventScroll: true });
    root.scrollIntoView({ block: "nearest" });
    this.changed();
  }
}
