"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const SVG = "http://www.w3.org/2000/svg";

/* An element with attributes and children; text is text, whatever is in it. */
function make(name, attributes, ...children) {
  const drawn = ["svg", "g", "rect", "line", "path", "text", "title", "circle"].includes(name);
  const node = drawn ? document.createElementNS(SVG, name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (typeof value === "function") node.addEventListener(key, value);
    else if (value !== null && value !== false) node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}

/* The words of the page's language, which the page itself has. */
const words = document.getElementById("words").dataset;

function seconds(us, digits = 3) {
  return `${(us / 1e6).toFixed(digits)} s`;
}

function lasting(us) {
  if (us < 1000) return `${us} µs`;
  return us < 1e6 ? `${(us / 1000).toFixed(us < 10000 ? 1 : 0)} ms` : seconds(us, us < 1e7 ? 2 : 1);
}

function octets(count) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let at = 0;
  while (count >= 1000 && at < units.length - 1) { count /= 1000; at += 1; }
  return `${at && count < 10 ? count.toFixed(1) : Math.round(count)} ${units[at]}`;
}

/* Put a text where it can be pasted from; without a clipboard (a page from a file) by way of a selection. */
function copied(text, button) {
  const done = () => {
    const before = button.textContent;
    button.textContent = words.copied;
    setTimeout(() => { button.textContent = before; }, 1200);
  };
  const selected = () => {
    const area = make("textarea", { class: "away", "aria-hidden": "true" });
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
    button.focus();
    done();
  };
  if (navigator.clipboard && window.isSecureContext) navigator.clipboard.writeText(text).then(done, selected);
  else selected();
}

function copier(text, label = words.copy) {
  return make("button", { type: "button", class: "copy", click: (event) => copied(text(), event.currentTarget) }, label);
}

for (const block of document.querySelectorAll("pre")) {
  const text = block.textContent, box = make("div", { class: "copyable" });
  block.replaceWith(box);
  box.append(block, copier(() => text));
}

/* A link to the page of a cause opens it. */
for (const link of document.querySelectorAll('a[href^="#cause-"]')) {
  link.addEventListener("click", () => { document.querySelector(link.getAttribute("href")).closest("details").open = true; });
}
