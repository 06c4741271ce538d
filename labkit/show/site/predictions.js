// Predictions on a page: what is chosen is kept in this browser, and told beside what happened.

for (const form of document.querySelectorAll("form.predict")) {
  const name = `labkit ${form.dataset.question}`;
  const buttons = [...form.querySelectorAll("input")];
  const told = [...document.querySelectorAll("details.outcome")].filter((one) => one.dataset.question === form.dataset.question);
  const show = (chosen) => {
    for (const button of buttons) button.checked = button.value === chosen;
    for (const outcome of told) {
      const said = outcome.querySelector(".said") ?? outcome.appendChild(document.createElement("p"));
      said.className = "said";
      const right = chosen === outcome.querySelector("b").textContent;
      said.textContent = chosen == null ? "" : `${right ? "✓" : "✗"} You predicted: ${chosen}`;
    }
  };
  form.addEventListener("change", (event) => {
    try { localStorage.setItem(name, event.target.value); } catch { /* private windows keep nothing */ }
    show(event.target.value);
  });
  let kept = null;
  try { kept = localStorage.getItem(name); } catch { /* nor do they give anything back */ }
  if (buttons.some((button) => button.value === kept)) show(kept);
}
