// Search, sorting, and the members behind the first hundred. Without it the page shows those.

const AT_ONCE = 100; // rows added to the table at a time
const NEAR = 1500; // pixels below the window, where the next rows are made already
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

let sorted = members;
let shown = members;
let written = Math.min(AT_ONCE, members.length); // rows of `shown` that are in the table

function row(member) {
  const tr = pattern.cloneNode(true);
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
  const next = shown.slice(written, written + AT_ONCE);
  const part = document.createElement("tbody"); // of its own, so that the others keep their layout
  part.append(...next.map(row));
  table.append(part);
  written += next.length;
  if (more) more.hidden = written >= shown.length;
}

function addWhenNear() {
  while (more && !more.hidden && more.getBoundingClientRect().top < innerHeight + NEAR) add();
}

function show() {
  const wanted = plain(search.value.trim());
  shown = wanted ? sorted.filter((member) => searched.get(member).includes(wanted)) : sorted;
  for (const part of [...table.tBodies]) part.remove();
  written = 0;
  add();
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
if (search.value) show(); // a browser that goes back fills the field again
if (more) {
  more.hidden = false;
  document.getElementById("rest").hidden = true;
  more.addEventListener("click", add);
  addEventListener("scroll", addWhenNear, { passive: true });
  addEventListener("resize", addWhenNear);
}
