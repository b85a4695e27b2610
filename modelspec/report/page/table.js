// The leaderboard: sorting, filtering, opening.
const board = document.getElementById("board");
const body = board.tBodies[0];
const rows = Array.from(body.rows);
const words = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));

function detailRow(row) {
  const next = row.nextElementSibling;
  return next && next.classList.contains("detail") ? next : null;
}

function sortBy(column, descending) {
  const value = (row) => {
    const cell = row.cells[column];
    return "v" in cell.dataset ? (cell.dataset.v === "" ? null : Number(cell.dataset.v)) : cell.textContent;
  };
  const compare = (one, other) => typeof one === "string"
    ? one.localeCompare(other, "en", { numeric: true }) : one - other;
  const open = new Map(rows.map((row) => [row, detailRow(row)]));
  rows.sort((one, other) => {
    const [first, second] = [value(one), value(other)];
    if (first === null || second === null) return (first === null) - (second === null);
    return descending ? compare(second, first) : compare(first, second);
  });
  for (const row of rows) {
    body.append(row);
    if (open.get(row)) body.append(open.get(row));
  }
  Array.from(board.tHead.rows[0].cells).forEach((head, place) => {
    if (place === column) head.setAttribute("aria-sort", descending ? "descending" : "ascending");
    else head.removeAttribute("aria-sort");
  });
}

function makeSortable() {
  Array.from(board.tHead.rows[0].cells).forEach((head, place) => {
    head.querySelector("button").addEventListener("click", () =>
      sortBy(place, head.getAttribute("aria-sort") === "ascending"));
  });
}

// Calls `changed` with the numbers of the variants that are shown, whenever they become others.
function makeFilter(changed) {
  const input = document.getElementById("filter");
  const boxes = Array.from(document.querySelectorAll("#controls fieldset input"));
  const clear = document.getElementById("clear");
  let chosen = null;
  const count = (number) => number.toLocaleString("en");
  const apply = () => {
    const terms = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const states = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
    const shown = new Set();
    for (const row of rows) {
      const number = Number(row.dataset.n);
      row.hidden = !(states.has(row.dataset.state) && terms.every((term) => words.get(row).includes(term))
        && (chosen === null || chosen.has(number)));
      const details = detailRow(row);
      if (details) details.hidden = row.hidden;
      if (!row.hidden) shown.add(number);
    }
    document.getElementById("shown").textContent =
      shown.size === rows.length ? `${count(rows.length)} variants` : `${count(shown.size)} of ${count(rows.length)} variants`;
    clear.hidden = shown.size === rows.length;
    changed(shown);
  };
  let later = 0;
  input.addEventListener("input", () => {
    clearTimeout(later);
    later = setTimeout(apply, 120);
  });
  for (const box of boxes) box.addEventListener("change", apply);
  const choose = (numbers) => {
    chosen = numbers;
    apply();
  };
  clear.addEventListener("click", () => {
    input.value = "";
    for (const box of boxes) box.checked = true;
    choose(null);
    input.focus();
  });
  document.getElementById("controls").classList.remove("waiting");
  apply();
  return choose;
}

function toggle(row, variant, opened) {
  const details = detailRow(row);
  if (opened === Boolean(details)) return;
  row.classList.toggle("open", opened);
  row.querySelector("a").setAttribute("aria-expanded", String(opened));
  if (details) details.remove();
  else row.after(element("tr", { class: "detail" }, element("td", { colspan: row.cells.length }, detailsOf(variant))));
}

// Calls `reveal(number)` of what it returns to open a variant from elsewhere.
function makeOpening(variants) {
  const byNumber = new Map(variants.map((variant) => [variant.n, variant]));
  for (const row of rows) {
    row.querySelector("a").addEventListener("click", (event) => {
      event.preventDefault();
      toggle(row, byNumber.get(Number(row.dataset.n)), !detailRow(row));
      history.replaceState(null, "", detailRow(row) ? `#${row.id}` : "#");
    });
  }
  const reveal = (number) => {
    const row = document.getElementById(`v${number}`);
    if (!row || !byNumber.has(number)) return;
    row.hidden = false;
    toggle(row, byNumber.get(number), true);
    row.scrollIntoView({ block: "center" });
    row.querySelector("a").focus({ preventScroll: true });
  };
  const follow = () => {
    const found = /^#v(\d+)$/.exec(location.hash);
    if (found) reveal(Number(found[1]));
  };
  window.addEventListener("hashchange", follow);
  follow();
  return reveal;
}
