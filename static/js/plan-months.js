// Moving a workshop on the months: by dragging its day, or picked up with Enter, moved with the arrows and put down with
// Enter. It sets the date in the list, and has the server look at all dates again. For a form with [data-plan].
const STEPS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };
const FAR = 6; // px that a pointer goes before a tap is a drag
const plan = () => document.querySelector("[data-plan]");
const status = document.querySelector("[data-plan-said]");
let carried = null; // { number, from, target, held: by a pointer }
let dropped = null; // the number whose new date the server looks at
let isTyping = false; // something was typed while it did
let hasDragged = false; // the click that ends a drag is none

const day = (iso) => new Date(`${iso}T12:00Z`);
const words = (iso) => day(iso).toLocaleDateString("en-GB", { weekday: "long", day: "numeric", month: "long", timeZone: "UTC" });
const square = (iso) => plan().querySelector(`td[data-day="${iso}"]`);
const button = () => plan().querySelector(`[data-pick="${carried.number}"]`);
const say = (text) => { status.textContent = text; };

function aim(iso) {
  plan().querySelector(".target")?.classList.remove("target");
  carried.target = iso;
  if (iso !== carried.from) square(iso).classList.add("target");
}

function pickUp(pick) {
  const from = pick.closest("td").dataset.day;
  carried = { number: pick.dataset.pick, from, target: from, held: false };
  pick.classList.add("carried");
  pick.closest("[data-months]").classList.add("carrying");
  say(`Workshop ${carried.number} is picked up from ${words(from)}. Move it with the arrow keys or choose a day. Enter puts it down, Escape leaves it.`);
}

function letGo() {
  plan().querySelectorAll(".target, .carried, .carrying").forEach((one) => one.classList.remove("target", "carried", "carrying"));
  carried = null;
}

function leave() {
  say(`Workshop ${carried.number} stays on ${words(carried.from)}.`);
  letGo();
}

function putDown() {
  const { number, from, target } = carried;
  if (target === from) return leave();
  letGo();
  dropped = number;
  plan().querySelector(`[name="${number}-day"]`).value = target;
  plan().querySelector("[data-look]").click();
}

function step(days) {
  const to = day(carried.target);
  to.setUTCDate(to.getUTCDate() + days);
  const iso = to.toISOString().slice(0, 10);
  const found = square(iso);
  if (!found) return say("No later or earlier day is shown here. The date can also be typed in the list.");
  aim(iso);
  found.scrollIntoView({ block: "nearest" });
  say(words(iso) + (found.dataset.words ? `, ${found.dataset.words}` : ""));
}

document.addEventListener("click", (event) => {
  const pick = event.target.closest("[data-pick]");
  if (hasDragged || (pick && plan().contains(pick))) event.preventDefault();
  if (hasDragged) { hasDragged = false; return; }
  const found = event.target.closest("[data-plan] td[data-day]");
  if (carried && found) {
    // By the keyboard the button itself is clicked, wherever it was moved to.
    if (!pick || pick.dataset.pick !== carried.number) aim(found.dataset.day);
    putDown();
  } else if (carried) leave();
  else if (pick) pickUp(pick);
});

document.addEventListener("keydown", (event) => {
  if (!carried || carried.held) return;
  if (event.key === "Tab") return leave();
  if (event.key === "Escape") leave();
  else if (event.key in STEPS) step(STEPS[event.key]);
  else return;
  event.preventDefault();
});

document.addEventListener("pointerdown", (event) => {
  hasDragged = false;
  const pick = event.target.closest("[data-pick]");
  if (!pick || carried || event.button) return;
  const { clientX: x, clientY: y } = event;
  const follow = (move) => {
    if (!carried && Math.hypot(move.clientX - x, move.clientY - y) > FAR) {
      pickUp(pick);
      carried.held = true;
    }
    if (!carried) return;
    const found = document.elementFromPoint(move.clientX, move.clientY)?.closest("[data-plan] td[data-day]");
    aim(found ? found.dataset.day : carried.from);
  };
  const end = (up) => {
    document.removeEventListener("pointermove", follow);
    document.removeEventListener("pointerup", end);
    document.removeEventListener("pointercancel", end);
    if (!carried) return;
    hasDragged = up.type === "pointerup";
    if (hasDragged) putDown();
    else leave();
  };
  document.addEventListener("pointermove", follow);
  document.addEventListener("pointerup", end);
  document.addEventListener("pointercancel", end);
});

// What is typed while the server looks at the dates is not overwritten by its answer: it is asked once more.
document.addEventListener("input", () => { isTyping = true; });
document.addEventListener("htmx:beforeRequest", () => { isTyping = false; });
document.addEventListener("htmx:beforeSwap", (event) => {
  if (!isTyping || !plan()?.contains(event.detail.target)) return;
  event.detail.shouldSwap = false;
  plan().querySelector("[data-look]").click();
});
document.addEventListener("htmx:afterSettle", () => {
  const row = dropped && document.getElementById(`workshop-${dropped}`);
  if (row) say(`Workshop ${dropped} is on ${row.querySelector("p time").textContent}. ${row.querySelector(".told").textContent.trim().replace(/\s+/g, " ")}`);
  dropped = null;
});
