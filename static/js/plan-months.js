// Moves a workshop on the calendar of a plan (a form with [data-plan]): by dragging its day, or with the
// keyboard: Enter picks it up, the arrow keys move it, Enter puts it down. It changes the date in the list
// below, and the server checks all dates again.
const load = (name) => import(document.querySelector(`link[data-module="${name}"]`).href);
const { pageTexts } = await load("page-text");

const STEPS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };
const DRAG_DISTANCE = 6; // px that a pointer moves before a tap becomes a drag
const PATIENCE = 3_000; // ms that the server may take to store what is typed
const text = pageTexts("plan-months");
const status = document.querySelector("[data-plan-said]");
let carried = null; // the workshop that is picked up: { number, from, target, byPointer }
let dropped = null; // the number of the workshop whose new date the server is checking
let hasTyped = false; // has somebody typed while it was?
let hasDragged = false; // the click that ends a drag does nothing

const plan = () => document.querySelector("[data-plan]");
const cellOf = (iso) => plan().querySelector(`td[data-day="${iso}"]`);
const dateOf = (iso) => new Date(`${iso}T12:00Z`);
const say = (sentence) => {
  status.textContent = sentence;
};

function longDate(iso) {
  const options = { weekday: "long", day: "numeric", month: "long", timeZone: "UTC" };
  return dateOf(iso).toLocaleDateString(document.documentElement.lang, options);
}

// Picking up and putting down ---------------------------------------------------------------------

function pickUp(button, byPointer = false) {
  const from = button.closest("td").dataset.day;
  carried = { number: button.dataset.pick, from, target: from, byPointer };
  button.classList.add("carried");
  button.closest("[data-months]").classList.add("carrying");
  say(text("picked-up", { number: carried.number, date: longDate(from) }));
}

function moveTo(iso) {
  plan().querySelector(".target")?.classList.remove("target");
  carried.target = iso;
  if (iso !== carried.from) cellOf(iso).classList.add("target");
}

function moveBy(days) {
  const date = dateOf(carried.target);
  date.setUTCDate(date.getUTCDate() + days);
  const iso = date.toISOString().slice(0, 10);
  const cell = cellOf(iso);
  if (!cell) {
    say(text("no-more-days"));
    return;
  }
  moveTo(iso);
  cell.scrollIntoView({ block: "nearest" });
  say([longDate(iso), cell.dataset.words].filter(Boolean).join(", "));
}

function letGo() {
  for (const element of plan().querySelectorAll(".target, .carried, .carrying")) {
    element.classList.remove("target", "carried", "carrying");
  }
  carried = null;
}

function cancel() {
  say(text("not-moved", { number: carried.number, date: longDate(carried.from) }));
  letGo();
}

function putDown() {
  const { number, from, target } = carried;
  if (target === from) {
    cancel();
    return;
  }
  letGo();
  dropped = number;
  plan().querySelector(`[name="${number}-day"]`).value = target;
  plan().querySelector("[data-look]").click();
}

// By click and by keyboard ------------------------------------------------------------------------

function clicked(event) {
  const button = event.target.closest("[data-pick]");
  if (hasDragged || (button && plan().contains(button))) event.preventDefault();
  if (hasDragged) {
    hasDragged = false;
    return;
  }
  const cell = event.target.closest("[data-plan] td[data-day]");
  if (carried && cell) {
    // Enter clicks the button of the workshop itself, wherever the arrow keys have moved it.
    if (button?.dataset.pick !== carried.number) moveTo(cell.dataset.day);
    putDown();
  } else if (carried) cancel();
  else if (button) pickUp(button);
}

function keyPressed(event) {
  if (!carried || carried.byPointer) return;
  if (event.key === "Tab") {
    cancel();
    return;
  }
  if (event.key === "Escape") cancel();
  else if (event.key in STEPS) moveBy(STEPS[event.key]);
  else return;
  event.preventDefault();
}

// By dragging -------------------------------------------------------------------------------------

function pointerDown(event) {
  hasDragged = false;
  const button = event.target.closest("[data-pick]");
  if (!button || carried || event.button) return;
  const listeners = new AbortController();
  const { signal } = listeners;
  document.addEventListener("pointermove", (move) => drag(button, event, move), { signal });
  for (const type of ["pointerup", "pointercancel"]) {
    document.addEventListener(
      type,
      () => {
        listeners.abort();
        drop(type === "pointerup");
      },
      { signal },
    );
  }
}

function drag(button, start, { clientX, clientY }) {
  const distance = Math.hypot(clientX - start.clientX, clientY - start.clientY);
  if (!carried && distance > DRAG_DISTANCE) pickUp(button, true);
  if (!carried) return;
  const element = document.elementFromPoint(clientX, clientY);
  const cell = element?.closest("[data-plan] td[data-day]");
  moveTo(cell ? cell.dataset.day : carried.from);
}

function drop(isReleased) {
  if (!carried) return;
  hasDragged = isReleased;
  if (isReleased) putDown();
  else cancel();
}

// While the server checks the dates ---------------------------------------------------------------

// Its answer does not overwrite what is typed in the meantime: the dates are sent again instead.
function beforeSwap(event) {
  if (!hasTyped || !plan()?.contains(event.detail.target)) return;
  event.detail.shouldSwap = false;
  plan().querySelector("[data-look]").click();
}

function sayNewDate() {
  const row = dropped && document.getElementById(`workshop-${dropped}`);
  if (row) {
    const date = row.querySelector("p time").textContent;
    const notes = row.querySelector(".date-notes").textContent.trim().replace(/\s+/g, " ");
    say(`${text("moved", { number: dropped, date })} ${notes}`);
  }
  dropped = null;
}

// While somebody is elsewhere ----------------------------------------------------------------------

// The server stores what is typed, for when somebody comes back.
async function sendTyped() {
  if (!hasTyped || !plan()) return;
  hasTyped = false;
  const body = new FormData(plan());
  const signal = AbortSignal.timeout(PATIENCE);
  await fetch(plan().action, { method: "POST", body, keepalive: true, signal }).catch(() => {});
}

// The page behind a link opens once the server has it, so that coming back shows it.
async function followLink(event) {
  const link = event.target.closest("a[href]");
  const opensHere = link && !link.target && !event.ctrlKey && !event.metaKey && !event.shiftKey;
  if (!opensHere || !hasTyped || event.defaultPrevented) return;
  event.preventDefault();
  await sendTyped();
  location.assign(link.href);
}

document.addEventListener("submit", () => {
  hasTyped = false;
});
window.addEventListener("pagehide", sendTyped);
document.addEventListener("click", clicked);
document.addEventListener("click", followLink);
document.addEventListener("keydown", keyPressed);
document.addEventListener("pointerdown", pointerDown);
document.addEventListener("input", () => {
  hasTyped = true;
});
document.addEventListener("htmx:beforeRequest", () => {
  hasTyped = false;
});
document.addEventListener("htmx:beforeSwap", beforeSwap);
document.addEventListener("htmx:afterSettle", sayNewDate);
