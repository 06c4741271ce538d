// Elements of the page, made in one expression. Text goes in as text, never as markup.

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value != null) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== ""));
  return made;
}

function button(label, title, act, attributes = {}) {
  return element("button", { type: "button", title, onclick: act, ...attributes }, label);
}

function checkbox(label, checked, act, title) {
  const box = element("input", { type: "checkbox", onchange: () => act(box.checked) });
  box.checked = checked;
  return element("label", { title }, box, label);
}

function choice(label, title, options, act) {
  const menu = element("select", { title, onchange: () => act(menu.value) },
    ...options.map(([value, text]) => element("option", { value }, text)));
  return [element("label", {}, label, menu), menu];
}
