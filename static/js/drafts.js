// Drafts on a page: <form data-draft>, where somebody writes, and [data-drafts], where unfinished drafts are
// listed. Both send what this device has stored.
const load = (name) => import(document.querySelector(`link[data-module="${name}"]`).href);
const [{ Connection, OfflineQueue }, { DeviceDrafts, records }, { DraftEditor }, { pageTexts }] =
  await Promise.all(["offline-queue", "draft-store", "draft-editor", "page-text"].map(load));

const ID_CHARACTERS = "23456789abcdefghjkmnpqrstuvwxyz";
const place = document.querySelector("[data-device]");
const list = document.querySelector("[data-drafts]");
const notes = [];
if (place) await start();

async function start() {
  const text = pageTexts("drafts");
  const { person, clock, device: url, signIn } = place.dataset;
  const token = document.querySelector("[name=csrfmiddlewaretoken]")?.value;
  const connection = new Connection({ person, clock: Number(clock), token, stateUrl: url });
  const device = new DeviceDrafts({ connection, url, page: randomId() });
  const form = document.querySelector("form[data-draft]");
  if (form) {
    const editor = new DraftEditor({
      form,
      connection,
      device,
      OfflineQueue,
      text,
      signInUrl: signIn,
      introduced: (result) => updateList(result, text),
    });
    await editor.start();
  } else {
    await updateList(await device.connect(), text);
  }
}

function randomId() {
  const bytes = [...crypto.getRandomValues(new Uint8Array(12))];
  return bytes.map((byte) => ID_CHARACTERS[byte % ID_CHARACTERS.length]).join("");
}

// Show in the list what this device has just sent, and what it still has.
async function updateList({ sent, waiting, refused, problem }, text) {
  if (!list) return;
  for (const note of notes.splice(0)) note.remove();
  if (sent.length) await reloadList();
  if (waiting.length && ["offline", "server"].includes(problem)) addNote(text("list-waiting"));
  for (const { record, draft } of refused) addRefused(record, draft, text);
}

async function reloadList() {
  const response = await fetch(location.href, { cache: "no-store" });
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const fresh = page.querySelector("[data-drafts]");
  if (!fresh) return;
  list.replaceChildren(...fresh.childNodes);
  list.hidden = fresh.hidden;
}

function addNote(sentence) {
  const note = element("div", { className: "note stack" });
  note.setAttribute("role", "status");
  note.append(element("p", { textContent: sentence }));
  list.prepend(note);
  notes.push(note);
  list.hidden = false;
  return note;
}

function addRefused(record, draft, text) {
  const note = addNote(text("list-refused"));
  const words = element("div", {
    className: "words as-typed",
    dir: "auto",
    textContent: draft.fields.body,
  });
  const button = element("button", {
    className: "button",
    type: "button",
    textContent: text("list-delete"),
  });
  button.addEventListener("click", async () => {
    await records.removeIfUnchanged(record);
    note.remove();
  });
  note.append(words, button);
}

function element(name, properties) {
  return Object.assign(document.createElement(name), properties);
}
