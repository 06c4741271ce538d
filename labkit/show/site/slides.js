// The slides: reveal.js turns them, and leaves sizes to our style. Arrow keys belong to a stepper as long as it has the
// focus; what is higher than the screen scrolls.

const within = (target) => target instanceof Element && target.closest(".lk-stepper, form, summary, input, select, textarea");

// Pictures and listings are drawn in pixels: they grow with the hall's screen as the type does.
const enlarge = () => document.documentElement.style.setProperty("--hall", Math.max(0.6, Math.min(window.innerWidth / 960, window.innerHeight / 540)).toFixed(3));
enlarge();
window.addEventListener("resize", enlarge);

Reveal.initialize({
  plugins: [RevealNotes],
  disableLayout: true,
  navigationMode: "linear", // → leads through every slide, also those below another
  controlsTutorial: false,
  hash: true,
  overview: false, // it would need the sizes that we do without
  slideNumber: "c/t",
  transition: "none",
  backgroundTransition: "none",
  keyboardCondition: (event) => !within(event.target),
});

Reveal.on("slidechanged", ({ currentSlide }) => {
  document.activeElement?.blur(); // the keys are the slides' again
  currentSlide.scrollTop = 0;
  hint();
});
Reveal.on("fragmentshown", ({ fragment }) => {
  for (const outcome of fragment.querySelectorAll("details.outcome")) outcome.open = true; // to show it was the click
  fragment.scrollIntoView({ block: "nearest" });
  hint();
});
Reveal.on("fragmenthidden", hint);
Reveal.on("ready", hint);

// Says that there is more below, as long as there is.
const more = document.querySelector(".more");
function hint() {
  const slide = Reveal.getCurrentSlide();
  more.hidden = slide.scrollHeight - slide.clientHeight - slide.scrollTop < 12;
}
document.addEventListener("scroll", hint, true);
new ResizeObserver(hint).observe(document.body);

// Up and down scroll a slide that is higher than the screen, before they turn it.
document.addEventListener("keydown", (event) => {
  const slide = Reveal.getCurrentSlide();
  if (within(event.target) || !/^Arrow(Up|Down)$/.test(event.key)) return;
  const down = event.key === "ArrowDown";
  const left = down ? slide.scrollHeight - slide.clientHeight - slide.scrollTop : slide.scrollTop;
  if (left < 2) return;
  event.stopImmediatePropagation();
  event.preventDefault();
  slide.scrollBy({ top: (down ? 1 : -1) * Math.min(left, slide.clientHeight * 0.6) });
}, true);
