/* One flow: its ladder of packets between client and server, and its time–sequence graph. */
const [FRAME, AT, WAY, SAID, OFFSET, ACKED, LENGTH, WINDOW, MARKS, SACKS] = Array(10).keys();
const RUNG = 20, LADDER_MOST = 400, SILENCE = 500000;

function isProof(frame) {
  return data.proof.some(([first, last]) => first <= frame && frame <= last);
}

/* The first block that a packet acknowledges beyond a hole, and how many more there are. */
function sacked(packet) {
  const [block, ...more] = packet[SACKS];
  return block ? `SACK ${block[0].toLocaleString("en")}–${block[1].toLocaleString("en")}${more.length ? ` +${more.length}` : ""}` : "";
}

function rung(packet, y, width) {
  const left = 150, right = width - 190, server = packet[WAY] === 1;
  const [x1, x2] = server ? [right, left] : [left, right];
  const what = [packet[SAID], packet[LENGTH] ? `${packet[LENGTH].toLocaleString("en")} B` : "", packet[ACKED] > 0 && !packet[LENGTH] ? `ack ${packet[ACKED].toLocaleString("en")}` : "", sacked(packet)];
  const tone = isProof(packet[FRAME]) ? " proof" : packet[MARKS] ? " marked" : "";
  const tip = server ? left : right, back = server ? 6 : -6;
  return make("g", { class: `rung${tone}` },
    make("text", { x: 0, y: y + 4, class: "when" }, `#${packet[FRAME]}  ${seconds(packet[AT], 4)}`),
    make("line", { x1, x2, y1: y, y2: y }),
    make("path", { d: `M${tip} ${y}l${back} -4v8z` }),
    make("text", { x: (left + right) / 2, y: y - 4, "text-anchor": "middle" }, what.filter(Boolean).join(" · ")),
    make("text", { x: right + 10, y: y + 4, class: "marks" }, packet[MARKS]));
}

function ladder(packets) {
  const shown = packets.length <= LADDER_MOST ? packets : [...packets.slice(0, LADDER_MOST / 2), ...packets.slice(-LADDER_MOST / 2)];
  const width = 720, parts = [];
  let y = 44;
  shown.forEach((packet, at) => {
    const before = at ? packet[AT] - shown[at - 1][AT] : 0;
    if (before >= SILENCE || (at === LADDER_MOST / 2 && shown !== packets)) {
      parts.push(make("rect", { class: "silence", x: 150, y: y - 8, width: width - 340, height: 22, rx: 3 }),
        make("text", { x: (150 + width - 190) / 2, y: y + 7, "text-anchor": "middle", class: "pause" }, `${words.nothing} ${lasting(before)}`));
      y += 34;
    }
    parts.push(rung(packet, y, width));
    y += RUNG;
  });
  return make("svg", { class: "ladder", viewBox: `0 0 ${width} ${y}`, width, height: y, role: "img", "aria-label": words.ladder },
    make("text", { x: 150, y: 16, "text-anchor": "middle", class: "end" }, words.client),
    make("text", { x: width - 190, y: 16, "text-anchor": "middle", class: "end" }, words.server),
    make("line", { class: "pole", x1: 150, x2: 150, y1: 24, y2: y }), make("line", { class: "pole", x1: width - 190, x2: width - 190, y1: 24, y2: y }), ...parts);
}

function sequence(packets) {
  const sent = [0, 1].map((way) => packets.filter((p) => p[WAY] === way && p[LENGTH] > 0).reduce((sum, p) => sum + p[LENGTH], 0));
  /* Whose octets: of the side that a hole is told to, else of who sent more. */
  const missed = [1, 0].map((other) => packets.filter((p) => p[WAY] === other && p[SACKS].length).length);
  const way = missed[1] !== missed[0] ? Number(missed[1] > missed[0]) : Number(sent[1] > sent[0]);
  const segments = packets.filter((p) => p[WAY] === way && p[LENGTH] > 0), acks = packets.filter((p) => p[WAY] !== way && p[ACKED] >= 0);
  if (!segments.length) return null;
  const width = 720, height = 260, left = 70, bottom = height - 26;
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
    path ? make("path", { class: "acked", d: path }) : null, ...holes, ...sacks, ...bars);
}

/* Show a row's flow below the waterfall. */
function opened(lane) {
  const place = document.getElementById("flow-view"), packets = lane[FLOW] === null ? null : data.packets[lane[FLOW]];
  const facts = make("ul", {}, ...lane[SPANS].slice(0, 40).map((span) => make("li", {}, span[3])));
  const parts = [make("h3", {}, lane[TITLE]), facts];
  if (lane[FILTER]) parts.push(make("p", {}, make("code", {}, lane[FILTER]), " ", copier(() => lane[FILTER])));
  if (packets && packets.length) {
    const graph = sequence(packets);
    const boxed = (name, kind, drawing) => parts.push(make("h4", {}, name), make("div", { class: kind, tabindex: "0", role: "region", "aria-label": name }, drawing));
    boxed(words.ladder, "wide tall", ladder(packets));
    if (graph) boxed(words.sequence, "wide", graph);
  } else parts.push(make("p", { class: "small" }, words.nopackets));
  place.replaceChildren(...parts);
  place.hidden = false;
}
