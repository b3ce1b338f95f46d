/* Tables: sorted by a click on a head, searched, copied as CSV. */
function cellText(row, at) {
  return row.cells[at] ? row.cells[at].textContent.trim() : "";
}

function compared(a, b) {
  const x = Number(a.replace(/,/g, "")), y = Number(b.replace(/,/g, ""));
  if (a !== "" && b !== "" && !Number.isNaN(x) && !Number.isNaN(y)) return x - y;
  return a < b ? -1 : a > b ? 1 : 0;
}

function asCsv(table) {
  const field = (text) => (/[",\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text);
  const rows = [table.tHead.rows[0], ...[...table.tBodies[0].rows].filter((row) => !row.hidden)];
  return rows.map((row) => [...row.cells].map((cell) => field((cell.dataset.name || cell.textContent).trim())).join(",")).join("\n") + "\n";
}

function sortedBy(table, at, head) {
  const down = head.getAttribute("aria-sort") === "ascending";
  for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", down ? "descending" : "ascending");
  const body = table.tBodies[0];
  const rows = [...body.rows].map((row, place) => [cellText(row, at), place, row]);
  rows.sort((a, b) => {
    if ((a[0] === "") !== (b[0] === "")) return a[0] === "" ? 1 : -1;
    return (down ? -1 : 1) * compared(a[0], b[0]) || a[1] - b[1];
  });
  body.append(...rows.map((entry) => entry[2]));
}

/* The rows that the page has beside those which stand in it already, as soon as their table is opened. */
function completed(table) {
  const { rows, numeric, hit } = data.tables[table.dataset.name] || { rows: [] };
  if (!rows.length) return;
  delete data.tables[table.dataset.name];
  const marked = new Set(hit);
  table.tBodies[0].append(...rows.map((row, place) => make("tr", { class: marked.has(place) && "hit" }, ...row.map((value, at) => make("td", { class: numeric[at] && "n" }, value)))));
  table.closest("details").querySelector("summary .small").textContent = table.dataset.whole;
}

for (const table of document.querySelectorAll("details table")) {
  table.closest("details").addEventListener("toggle", () => completed(table));
  [...table.tHead.rows[0].cells].forEach((head, at) => {
    const name = head.textContent;
    head.dataset.name = name;
    head.textContent = "";
    head.append(make("button", { type: "button", class: "sort", click: () => sortedBy(table, at, head) }, name));
  });
  const count = make("span", { class: "small", role: "status" });
  const search = make("input", {
    type: "search", placeholder: words.search, "aria-label": words.search,
    input: () => {
      const wanted = search.value.toLowerCase();
      let shown = 0;
      for (const row of table.tBodies[0].rows) {
        row.hidden = wanted !== "" && !row.textContent.toLowerCase().includes(wanted);
        shown += row.hidden ? 0 : 1;
      }
      count.textContent = wanted ? String(shown) : "";
    },
  });
  table.parentNode.before(make("div", { class: "tools" }, search, count, copier(() => asCsv(table), words.csv)));
}
