/* One flow: its ladder of packets between client and server, and its time–sequence graph. */
const [FRAME, AT, WAY, SAID, OFFSET, ACKED, LENGTH, WINDOW, MARKS, SACKS] = Array(10).keys();
const RUNG = 20, PAUSE = 34, MARGIN = 300, SILENCE = 500000;

function isProof(frame) {
  return data.proof.some(([first, last]) => first <= frame && frame <= last);
}

/* The first block that a packet acknowledges beyond a hole, and how many more there are. */
function sacked(packet) {
  const [block, ...more] = packet[SACKS];
  return block ? `SACK ${block[0].toLocaleString("en")}–${block[1].toLocaleString("en")}${more.length ? ` +${more.length}` : ""}` : "";
}

/* Where client and server stand: on a narrow page marks go with the words, and no room is kept for them. */
function poles(width) {
  const narrow = width < 560;
  return { width, narrow, left: narrow ? 112 : 150, right: width - (narrow ? 12 : 190) };
}

function rung(packet, y, { narrow, left, right }, pointed) {
  const server = packet[WAY] === 1, [x1, x2] = server ? [right, left] : [left, right];
  const what = [packet[SAID], packet[LENGTH] ? `${packet[LENGTH].toLocaleString("en")} B` : "", packet[ACKED] > 0 && !packet[LENGTH] ? `ack ${packet[ACKED].toLocaleString("en")}` : "", sacked(packet), narrow ? packet[MARKS] : ""];
  const tone = isProof(packet[FRAME]) ? " proof" : packet[MARKS] ? " marked" : "";
  const tip = server ? left : right, back = server ? 6 : -6;
  return make("g", { class: `rung${tone}${packet[FRAME] === pointed ? " pointed" : ""}`, "data-frame": packet[FRAME] },
    make("text", { x: 0, y: y + 4, class: "when" }, `#${packet[FRAME]}  ${seconds(packet[AT], 4)}`),
    make("line", { x1, x2, y1: y, y2: y }),
    make("path", { d: `M${tip} ${y}l${back} -4v8z` }),
    make("text", { x: (left + right) / 2, y: y - 4, "text-anchor": "middle" }, what.filter(Boolean).join(" · ")),
    narrow ? null : make("text", { x: right + 10, y: y + 4, class: "marks" }, packet[MARKS]));
}

/* Who stays silent, as the row's spans have it, and for how long. */
function owing(spans, middle, silent) {
  const owed = spans.filter(([, from, to, , what]) => what && from <= middle && middle <= to).pop();
  return owed ? `${owed[4]} · ${lasting(silent)}` : `${words.nothing} ${lasting(silent)}`;
}

/* All packets in a box that scrolls, drawn as far as they are seen; ``box.to(frame)`` brings one of them there. */
function ladder(packets, box, width, spans) {
  const at = poles(width), steps = [];
  let height = 44;
  packets.forEach((packet, place) => {
    const before = place ? packet[AT] - packets[place - 1][AT] : 0, silent = before >= SILENCE;
    steps.push({ packet, silent: silent ? before : 0, from: height, y: height + (silent ? PAUSE : 0) });
    height += RUNG + (silent ? PAUSE : 0);
  });
  const middle = (at.left + at.right) / 2, shown = make("g", {});
  const drawing = make("svg", { class: "ladder", viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": words.ladder },
    make("text", { x: at.left, y: 16, "text-anchor": "middle", class: "end" }, words.client),
    make("text", { x: at.right, y: 16, "text-anchor": at.narrow ? "end" : "middle", class: "end" }, words.server),
    ...[at.left, at.right].map((x) => make("line", { class: "pole", x1: x, x2: x, y1: 24, y2: height })), shown);
  let pointed = null;
  const draw = () => {
    const top = box.scrollTop - MARGIN, bottom = box.scrollTop + (box.clientHeight || 600) + MARGIN;
    shown.replaceChildren(...steps.filter(({ from, y }) => y >= top && from <= bottom).flatMap(({ packet, silent, from, y }) => [
      ...(silent ? [
        make("rect", { class: "silence", x: at.left, y: from - 8, width: at.right - at.left, height: 22, rx: 3 }),
        make("text", { x: middle, y: from + 7, "text-anchor": "middle", class: "pause" }, owing(spans, packet[AT] - silent / 2, silent)),
      ] : []), rung(packet, y, at, pointed)]));
  };
  box.addEventListener("scroll", draw, { passive: true });
  box.to = (frame) => {
    const step = steps.find(({ packet }) => packet[FRAME] === frame);
    if (!step) return;
    pointed = frame;
    box.scrollTop = step.y - box.clientHeight / 2;
    draw();
  };
  box.append(drawing);
  draw();
}

function sequence(packets, width) {
  const sent = [0, 1].map((way) => packets.filter((p) => p[WAY] === way && p[LENGTH] > 0).reduce((sum, p) => sum + p[LENGTH], 0));
  /* Whose octets: of the side that a hole is told to, else of who sent more. */
  const missed = [1, 0].map((other) => packets.filter((p) => p[WAY] === other && p[SACKS].length).length);
  const way = missed[1] !== missed[0] ? Number(missed[1] > missed[0]) : Number(sent[1] > sent[0]);
  const segments = packets.filter((p) => p[WAY] === way && p[LENGTH] > 0), acks = packets.filter((p) => p[WAY] !== way && p[ACKED] >= 0);
  if (!segments.length) return null;
  const height = 260, left = 62, bottom = height - 26;
  const from = packets[0][AT], to = Math.max(packets[packets.length - 1][AT], from + 1);
  const top = Math.max(...segments.map((p) => p[OFFSET] + p[LENGTH]));
  const low = Math.min(...segments.map((p) => p[OFFSET]), ...acks.filter((p) => p[SACKS].length).map((p) => p[ACKED]));
  const x = (us) => left + ((us - from) / (to - from)) * (width - left - 10);
  const y = (offset) => bottom - ((offset - low) / Math.max(top - low, 1)) * (bottom - 12);
  let path = "", reached = low;
  for (const p of acks) {
    if (p[ACKED] < reached || p[ACKED] > top + 1) continue;
    path += path ? `H${x(p[AT]).toFixed(1)}V${y(p[ACKED]).toFixed(1)}` : `M${x(p[AT]).toFixed(1)} ${y(p[ACKED]).toFixed(1)}`;
    reached = p[ACKED];
  }
  if (path) path += `H${x(to).toFixed(1)}`;
  /* How far the other side's window would let it go; one that is far above the octets runs along the top. */
  let allowed = "";
  for (const p of acks) {
    if (p[WINDOW] < 0 || p[ACKED] > top + 1) continue;
    const edge = Math.max(y(p[ACKED] + p[WINDOW]), 4).toFixed(1);
    allowed += allowed ? `H${x(p[AT]).toFixed(1)}V${edge}` : `M${x(p[AT]).toFixed(1)} ${edge}`;
  }
  if (allowed) allowed += `H${x(to).toFixed(1)}`;
  const bars = segments.map((p) => make("line", {
    class: isProof(p[FRAME]) ? "proof" : /retrans/.test(p[MARKS]) ? "resent" : p[MARKS] ? "marked" : "sent",
    x1: x(p[AT]).toFixed(1), x2: x(p[AT]).toFixed(1), y1: y(p[OFFSET]).toFixed(1), y2: Math.min(y(p[OFFSET] + p[LENGTH]), y(p[OFFSET]) - 2).toFixed(1),
  }, make("title", {}, `#${p[FRAME]} ${seconds(p[AT], 4)}: ${p[OFFSET]} + ${p[LENGTH]} ${p[MARKS]}`)));
  const column = (kind, at, from, to) => make("line", { class: kind, x1: x(at).toFixed(1), x2: x(at).toFixed(1), y1: y(from).toFixed(1), y2: y(to).toFixed(1) });
  const blocks = acks.flatMap((p) => p[SACKS].filter(([begin, end]) => begin >= p[ACKED] && end > begin && end <= top + 1).map(([begin, end]) => [p, begin, end]));
  const holes = blocks.filter(([p, begin]) => !blocks.some(([other, b]) => other === p && b < begin)).map(([p, begin]) => column("hole", p[AT], Math.max(p[ACKED], low), begin));
  const sacks = blocks.map(([p, begin, end]) => column("sacked", p[AT], Math.max(begin, low), end));
  return make("svg", { class: "sequence", viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": words.sequence },
    make("line", { class: "pole", x1: left, x2: left, y1: 8, y2: bottom }), make("line", { class: "pole", x1: left, x2: width - 10, y1: bottom, y2: bottom }),
    make("text", { x: left - 6, y: 16, "text-anchor": "end" }, octets(top)), make("text", { x: left - 6, y: bottom, "text-anchor": "end" }, octets(low)),
    make("text", { x: left, y: height - 6 }, seconds(from)), make("text", { x: width - 10, y: height - 6, "text-anchor": "end" }, seconds(to)),
    allowed ? make("path", { class: "allowed", d: allowed }, make("title", {}, words.allowed)) : null, path ? make("path", { class: "acked", d: path }) : null, ...holes, ...sacks, ...bars);
}

/* Show a row's flow below the waterfall, as wide as there is room; of a frame that is asked for, its rung. */
let shownLane = null;
function opened(lane, frame = null) {
  const place = document.getElementById("flow-view"), packets = lane[FLOW] === null ? null : data.packets[lane[FLOW]];
  const facts = make("ul", {}, ...lane[SPANS].slice(0, 40).map((span) => make("li", {}, span[3])));
  place.replaceChildren(make("h3", {}, lane[TITLE]), facts);
  place.hidden = false;
  shownLane = lane;
  if (lane[FILTER]) place.append(make("p", {}, make("code", {}, lane[FILTER]), " ", copier(() => lane[FILTER])));
  if (!packets || !packets.length) {
    place.append(make("p", { class: "small" }, words.nopackets));
    return;
  }
  const width = Math.min(Math.max(place.clientWidth, 280), 860);
  const box = make("div", { class: "wide tall", tabindex: "0", role: "region", "aria-label": words.ladder });
  place.append(make("h4", {}, words.ladder), box);
  ladder(packets, box, width, lane[SPANS]);
  if (frame !== null) box.to(frame);
  const graph = sequence(packets, width);
  if (graph) {
    place.append(make("h4", {}, words.sequence), make("div", { class: "wide" }, graph), make("p", { class: "legend" },
      ...["sent", "resent", "acked", "allowed", "sacked", "hole"].filter((kind) => graph.querySelector(`.${kind}`)).map((kind) => make("span", {}, make("i", { class: kind }), words[kind]))));
  }
}
