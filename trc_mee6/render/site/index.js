// Search, sorting, and the members behind the first hundred. Without it the page shows those.

const AT_ONCE = 50; // rows added to the table at a time
const NEAR = 1500; // pixels below the window, where the next rows are made already
const FAR = 4000; // pixels from the window, where rows give way to an empty one of their height
const { fields, numbers, members, of } = JSON.parse(document.getElementById("board").textContent);
const at = Object.fromEntries(fields.map((field, index) => [field, index]));
const heads = [...document.querySelectorAll("thead th")];
const table = document.querySelector("table");
const pattern = table.querySelector("tbody tr").cloneNode(true);
const search = document.getElementById("search");
const status = document.querySelector("[role=status]");
const nobody = document.getElementById("nobody");
const more = document.getElementById("more");

const plain = (text) => text.normalize("NFKC").toLowerCase();
const searched = new Map(members.map((member) => [member, plain(`${member[at.name]}\n${member[at.discord_id]}`)]));
const names = new Intl.Collator(undefined, { numeric: true });
const format = new Intl.NumberFormat("en");
const text = (value) => (typeof value === "number" ? format.format(value) : value ?? "–");

const AT_FIRST = table.tBodies[0].rows.length;

let sorted = members;
let shown = members;
let written = AT_FIRST; // rows of `shown` that are in the table, or were
// Bodies of the table: with rows, or empty as they are far away.
let parts = [{ body: table.tBodies[0], first: 0, last: written, away: false }];

function row(member, place) {
  const tr = pattern.cloneNode(true);
  tr.ariaRowIndex = place + 2; // the titles are the first row
  const [rank, who, ...cells] = tr.children;
  tr.className = member[at.rank] <= 3 ? `top${member[at.rank]}` : "";
  rank.firstElementChild.textContent = text(member[at.rank]);
  const moved = rank.querySelector("small");
  if (moved) {
    moved.textContent = member[at.change];
    moved.ariaLabel = member[at.moved];
    moved.hidden = !member[at.change];
  }
  who.firstElementChild.href = `member/${member[at.discord_id]}.html`;
  who.querySelector("bdi").textContent = member[at.name];
  heads.slice(2).forEach((head, index) => {
    const cell = cells[index];
    const value = member[at[head.dataset.key]];
    if (head.dataset.key === "level") {
      cell.firstElementChild.textContent = text(value);
      level(cell.lastElementChild, member[at.progress]);
    } else {
      cell.textContent = text(value);
      cell.toggleAttribute("data-hot", head.dataset.key === "streak" && value > 0);
    }
  });
  return tr;
}

function level(bar, progress) {
  bar.hidden = progress === null;
  bar.value = progress ?? 0;
  bar.ariaLabel = `${progress} % of the way to the next level`;
}

function add() {
  const part = { body: document.createElement("tbody"), first: written, last: Math.min(written + AT_ONCE, shown.length) };
  fill(part);
  table.append(part.body);
  parts.push(part);
  written = part.last;
  if (more) more.hidden = written >= shown.length;
}

function fill(part) {
  part.away = false;
  part.body.replaceChildren(...shown.slice(part.first, part.last).map((member, index) => row(member, part.first + index)));
}

function fillAll() {
  parts.filter((part) => part.away).forEach(fill);
}

function empty(part, height) {
  part.away = true;
  const tr = document.createElement("tr");
  tr.ariaHidden = "true";
  tr.style.height = `${height}px`;
  part.body.replaceChildren(tr);
}

// The Tab key leads from row to row, also from one part to the next.
function isBesideFocus({ body }) {
  return [body.previousElementSibling, body, body.nextElementSibling].some((each) => each?.contains(document.activeElement));
}

// All places are read before any is changed, or each change would lay out the page anew.
function emptyFar() {
  const places = parts.map((part) => [part, part.body.getBoundingClientRect()]);
  for (const [part, { top, bottom, height }] of places) {
    const far = bottom < -FAR || top > innerHeight + FAR;
    if (part.away && !far) fill(part);
    else if (!part.away && far && !isBesideFocus(part)) empty(part, height);
  }
}

function addWhenNear() {
  while (more && !more.hidden && more.getBoundingClientRect().top < innerHeight + NEAR) add();
}

function show() {
  const wanted = plain(search.value.trim());
  shown = wanted ? sorted.filter((member) => searched.get(member).includes(wanted)) : sorted;
  for (const part of parts) part.body.remove();
  parts = [];
  written = 0;
  table.ariaRowCount = shown.length + 1;
  do add();
  while (written < Math.min(AT_FIRST, shown.length));
  nobody.hidden = shown.length > 0;
  addWhenNear();
  status.textContent = wanted ? `${format.format(shown.length)} of ${of}` : of;
}

// Nothing known goes last, whichever way; who is equal stays in order of rank.
function sort(key, ascending) {
  const index = at[key];
  const order = key === "name" ? names.compare : (a, b) => (a < b ? -1 : a > b ? 1 : 0);
  sorted = members.slice().sort((a, b) => {
    if (a[index] === null || b[index] === null) return (a[index] === null) - (b[index] === null);
    return ascending ? order(a[index], b[index]) : order(b[index], a[index]);
  });
}

function sortBy(head) {
  const key = head.dataset.key;
  const before = head.getAttribute("aria-sort");
  const ascending = before ? before === "descending" : !numbers.includes(key);
  heads.forEach((each) => each.removeAttribute("aria-sort"));
  head.setAttribute("aria-sort", ascending ? "ascending" : "descending");
  sort(key, ascending);
  show();
}

for (const head of heads) {
  const button = document.createElement("button");
  button.type = "button";
  button.append(...head.childNodes);
  button.addEventListener("click", () => sortBy(head));
  head.append(button);
}
search.closest("search").hidden = false;
search.addEventListener("input", show);
table.ariaRowCount = members.length + 1;
[...table.tBodies[0].rows].forEach((tr, index) => (tr.ariaRowIndex = index + 2));
if (search.value) show(); // a browser that goes back fills the field again
if (more) {
  more.hidden = false;
  document.getElementById("rest").hidden = true;
  more.addEventListener("click", add);
  addEventListener("scroll", () => (emptyFar(), addWhenNear()), { passive: true });
  addEventListener("resize", () => (fillAll(), addWhenNear())); // rows may have another height
  addEventListener("beforeprint", fillAll);
}
