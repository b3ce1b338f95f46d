/* The waterfall: drawn as far as it is seen; zoomed and moved by wheel, drag and keys; filtered, sorted; a row opens its flow. */
const ROW = 22, AXIS = 24, HAND = 4;
const [LABEL, TITLE, FROM, TO, JUDGED, BLAMED, FLOW, OCTETS, TEXT, SPANS, FILTER, ASKED] = Array(12).keys();
const ORDERS = {
  start: (a, b) => a[FROM] - b[FROM],
  duration: (a, b) => b[TO] - b[FROM] - (a[TO] - a[FROM]),
  octets: (a, b) => b[OCTETS] - a[OCTETS],
};
const root = document.getElementById("lanes");
const view = { from: 0, to: Math.max(data.end, 1), rows: data.lanes, at: -1, drag: null, asked: false };
view.from = Math.min(0, ...data.lanes.map((lane) => lane[FROM]));
const whole = [view.from, view.to];

function inView(us) {
  return (us - view.from) / (view.to - view.from);
}

function ticks() {
  const length = view.to - view.from;
  const power = 10 ** Math.floor(Math.log10(length / 5));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => length / each <= 8);
  const digits = Math.max(0, -Math.floor(Math.log10(step / 1e6)));
  const marks = [];
  for (let us = Math.ceil(view.from / step) * step; us <= view.to; us += step) marks.push([us, `${(us / 1e6).toFixed(digits)} s`]);
  return marks;
}

function hatched(left, right, bottom, tall) {
  let path = "";
  for (let x = left + 3; x < right - 6; x += 7) path += `M${x.toFixed(1)} ${bottom}l5 -${tall}`;
  return path;
}

function drawn() {
  view.asked = false;
  const list = root.querySelector(".lane-list"), plot = root.querySelector(".lane-plot");
  const width = Math.max(plot.clientWidth, 60), height = list.clientHeight;
  const first = Math.max(0, Math.floor(list.scrollTop / ROW) - 2);
  const last = Math.min(view.rows.length, Math.ceil((list.scrollTop + height) / ROW) + 2);
  const svg = make("svg", { width, height: Math.max((last - first) * ROW, 1), "aria-hidden": "true" });
  for (const [us] of ticks()) {
    const x = (inView(us) * width).toFixed(1);
    svg.append(make("line", { class: "tick", x1: x, x2: x, y1: 0, y2: (last - first) * ROW }));
  }
  const names = document.createDocumentFragment();
  for (let place = first; place < last; place += 1) {
    const lane = view.rows[place], top = (place - first) * ROW;
    names.append(make("div", {
      id: `row-${place}`, role: "option", "aria-selected": String(place === view.at), "aria-setsize": view.rows.length,
      "aria-posinset": place + 1, title: lane[TITLE], style: `top:${place * ROW}px`,
      class: `lane-name${lane[BLAMED] ? " hit" : ""}${lane[ASKED] ? " asked" : ""}${lane[JUDGED] ? "" : " aside"}${place === view.at ? " chosen" : ""}`,
    }, make("span", {}, lane[LABEL]), make("small", {}, lane[FLOW] === null ? "" : String(lane[FLOW]))));
    for (const [kind, from, to] of lane[SPANS]) {
      const left = Math.max(inView(from), -0.01) * width, right = Math.min(inView(to), 1.01) * width;
      if (right < 0 || left > width) continue;
      const tall = kind === "data" || kind.startsWith("by-") ? 6 : 14;
      svg.append(make("rect", {
        class: `${kind}${lane[JUDGED] ? "" : " aside"}`, x: left.toFixed(1), y: top + (ROW - tall) / 2,
        width: Math.max(right - left, 2).toFixed(1), height: tall, rx: 2,
      }));
      if (kind === "stall" && right - left > 6) {
        svg.append(make("path", { class: "hatch", d: hatched(Math.max(left, 0), Math.min(right, width), top + (ROW + tall) / 2, tall) }));
      }
    }
  }
  root.querySelector(".lane-names").replaceChildren(names);
  root.querySelector(".lane-names").style.height = plot.style.height = `${view.rows.length * ROW}px`;
  svg.style.top = `${first * ROW}px`;
  plot.replaceChildren(svg);
  const axis = make("svg", { width, height: AXIS, "aria-hidden": "true" });
  for (const [us, text] of ticks()) {
    const at = inView(us);
    axis.append(make("text", { class: "ticktext", x: (at * width).toFixed(1), y: 16, "text-anchor": at < 0.03 ? "start" : at > 0.95 ? "end" : "middle" }, text));
  }
  root.querySelector(".lane-axis").replaceChildren(axis);
}

function draw() {
  if (!view.asked) {
    view.asked = true;
    requestAnimationFrame(drawn);
  }
}

function zoom(factor, middle = 0.5) {
  const length = Math.min(Math.max((view.to - view.from) * factor, 10), whole[1] - whole[0]);
  const from = view.from + (view.to - view.from - length) * middle;
  view.from = Math.max(Math.min(from, whole[1] - length), whole[0]);
  view.to = view.from + length;
  draw();
}

function moved(from) {
  const length = view.to - view.from;
  view.from = Math.max(Math.min(from, whole[1] - length), whole[0]);
  view.to = view.from + length;
  draw();
}

function pan(part) {
  moved(view.from + part * (view.to - view.from));
}

function chosen(place, open = false, frame = null) {
  if (!view.rows.length) return;
  view.at = Math.min(Math.max(place, 0), view.rows.length - 1);
  const list = root.querySelector(".lane-list"), top = view.at * ROW;
  if (top < list.scrollTop) list.scrollTop = top;
  else if (top + ROW > list.scrollTop + list.clientHeight - AXIS) list.scrollTop = top + ROW - list.clientHeight + AXIS;
  list.setAttribute("aria-activedescendant", `row-${view.at}`);
  told(view.rows[view.at]);
  draw();
  if (open) opened(view.rows[view.at], frame);
}

/* What the pointer, or the keyboard, is on. */
function told(lane, us = null) {
  const here = us === null ? lane[SPANS] : lane[SPANS].filter(([, from, to]) => from <= us + (view.to - view.from) / 200 && to >= us - (view.to - view.from) / 200);
  const lines = [lane[TITLE], ...(here.length ? here : lane[SPANS]).map((span) => span[3])];
  root.querySelector(".lane-told").replaceChildren(...lines.slice(0, 7).map((line) => make("div", {}, line)));
}

function rowAt(event) {
  const list = root.querySelector(".lane-list");
  return Math.floor((event.clientY - list.getBoundingClientRect().top + list.scrollTop) / ROW);
}

function arranged() {
  const wanted = root.querySelector("input").value.toLowerCase().split(/\s+/).filter(Boolean);
  const order = ORDERS[root.querySelector("select").value];
  view.rows = data.lanes.filter((lane) => {
    const text = `${lane[LABEL]} ${lane[TITLE]} ${lane[TEXT]} ${lane[FLOW] === null ? "" : `flow ${lane[FLOW]}`}`.toLowerCase();
    return wanted.every((word) => text.includes(word));
  }).sort(order);
  view.at = -1;
  root.querySelector(".lane-count").textContent = `${view.rows.length} / ${data.lanes.length}`;
  root.querySelector(".lane-list").scrollTop = 0;
  draw();
}

const KEYS = {
  ArrowDown: () => chosen(view.at + 1), ArrowUp: () => chosen(view.at - 1), PageDown: () => chosen(view.at + 15),
  PageUp: () => chosen(view.at - 15), Home: () => chosen(0), End: () => chosen(view.rows.length - 1),
  ArrowLeft: () => pan(-0.2), ArrowRight: () => pan(0.2), "+": () => zoom(0.6), "=": () => zoom(0.6), "-": () => zoom(1 / 0.6),
  0: () => { [view.from, view.to] = whole; draw(); }, Enter: () => view.at >= 0 && opened(view.rows[view.at]),
};

function listened() {
  const list = root.querySelector(".lane-list"), plot = root.querySelector(".lane-plot");
  list.addEventListener("scroll", draw, { passive: true });
  list.addEventListener("keydown", (event) => {
    if (!(event.key in KEYS) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    KEYS[event.key]();
  });
  list.addEventListener("focus", () => { if (view.at < 0) chosen(0); });
  plot.addEventListener("wheel", (event) => {
    const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY) && !event.shiftKey && !event.ctrlKey; // Shift turns a wheel
    if (!sideways && !event.ctrlKey && !event.shiftKey) return; // the wheel alone goes through the rows
    event.preventDefault();
    if (sideways) pan(event.deltaX / 600);
    else zoom((event.deltaY || event.deltaX) > 0 ? 1.25 : 0.8, (event.clientX - plot.getBoundingClientRect().left) / plot.clientWidth);
  }, { passive: false });
  plot.addEventListener("pointerdown", (event) => { view.drag = { x: event.clientX, from: view.from, far: false }; });
  window.addEventListener("pointermove", (event) => {
    const drag = view.drag;
    if (!drag) return;
    drag.far = drag.far || Math.abs(event.clientX - drag.x) >= HAND;
    if (drag.far) moved(drag.from - ((event.clientX - drag.x) / plot.clientWidth) * (view.to - view.from));
  });
  window.addEventListener("pointerup", () => setTimeout(() => { view.drag = null; })); // behind the click that follows
  list.addEventListener("pointermove", (event) => {
    const lane = view.rows[rowAt(event)];
    const box = plot.getBoundingClientRect();
    if (lane) told(lane, event.clientX < box.left ? null : view.from + ((event.clientX - box.left) / box.width) * (view.to - view.from));
  });
  list.addEventListener("click", (event) => { if (!(view.drag && view.drag.far)) chosen(rowAt(event), true); });
  root.querySelector("input").addEventListener("input", arranged);
  root.querySelector("select").addEventListener("change", arranged);
  root.querySelector(".closer").addEventListener("click", () => zoom(0.6));
  root.querySelector(".wider").addEventListener("click", () => zoom(1 / 0.6));
  root.querySelector(".all").addEventListener("click", KEYS[0]);
  let width = list.clientWidth;
  new ResizeObserver(() => {
    draw();
    if (list.clientWidth !== width && shownLane) opened(shownLane);
    width = list.clientWidth;
  }).observe(list);
}

/* The row of a flow itself, not of a request that went over it. */
function rowOf(flow) {
  return view.rows.findIndex((lane) => lane[FLOW] === flow && !lane[ASKED]);
}

/* The row of a flow is chosen and opened, at a frame if one is meant: the flow that has it, else the finding's. */
function goTo(flow, frame) {
  const having = frame === null ? undefined : Object.keys(data.packets).find((each) => data.packets[each].some((packet) => packet[FRAME] === frame));
  const wanted = having === undefined ? flow : Number(having);
  if (rowOf(wanted) < 0) { root.querySelector("input").value = ""; arranged(); }
  if (rowOf(wanted) < 0) return;
  chosen(rowOf(wanted), true, frame);
  (frame === null || having === undefined ? document.getElementById("waterfall") : document.querySelector("#flow-view h4")).scrollIntoView();
}

if (root && data.lanes.length) {
  for (const still of document.querySelectorAll(".still")) still.classList.add("replaced");
  root.hidden = false;
  listened();
  arranged();
  const culprit = data.lanes.find((lane) => lane[BLAMED] && !lane[ASKED]);
  if (culprit) chosen(view.rows.indexOf(culprit), true);
  for (const link of document.querySelectorAll("a[data-flow]")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      goTo(Number(link.dataset.flow), link.dataset.frame ? Number(link.dataset.frame) : null);
    });
  }
}
