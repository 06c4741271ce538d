// A prediction: a question, its options, and what became of the answer. Python decides everything; this shows it.

function withCode(text) {
  return text.split(/`([^`]+)`/).map((part, n) => {
    const node = document.createElement(n % 2 ? "code" : "span");
    node.textContent = part; // never as markup
    return node;
  });
}

function render({ model, el }) {
  const group = document.createElement("fieldset");
  group.className = "labkit-predict";
  const legend = document.createElement("legend");
  const word = document.createElement("b");
  word.textContent = "Predict. ";
  legend.append(word, ...withCode(model.get("question")));
  group.append(legend);

  const name = `labkit-${Math.random().toString(36).slice(2)}`; // radio buttons of one group share a name
  const buttons = model.get("options").map((option) => {
    const label = document.createElement("label");
    const button = Object.assign(document.createElement("input"), { type: "radio", name, value: option });
    button.addEventListener("change", () => {
      model.set("answer", option);
      model.save_changes();
    });
    label.append(button, ...withCode(option));
    group.append(label);
    return button;
  });

  const state = Object.assign(document.createElement("span"), { className: "labkit-state" });
  state.setAttribute("role", "status");
  const forget = Object.assign(document.createElement("button"), { type: "button", textContent: "Forget" });
  forget.title = "Take my answer back";
  forget.addEventListener("click", () => {
    model.set("answer", "");
    model.save_changes();
  });
  group.append(state, forget);

  const show = () => {
    for (const button of buttons) button.checked = button.value === model.get("answer");
    state.textContent = model.get("state");
    forget.hidden = !model.get("answer");
  };
  for (const trait of ["answer", "state"]) model.on(`change:${trait}`, show);
  show();

  // JupyterLab takes single keys as commands (b inserts a cell, arrows move on) unless they stop here.
  group.addEventListener("keydown", (event) => {
    const forLab = event.ctrlKey || event.metaKey || event.altKey || event.key === "Tab" || event.key === "Escape" ||
      (event.shiftKey && event.key === "Enter");
    if (!forLab) event.stopPropagation();
  });
  el.append(group);
}

export default { render };
