// Signing out wipes what this device keeps of half-written words (drafts.js), in this page and in every other that is open.
// If some of it has not reached the server, it asks first. For <form data-sign-out>.
function drafts(mode, deed) {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open("convenor", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("drafts", { keyPath: "id" });
    asked.onerror = () => reject(asked.error);
    asked.onsuccess = () => {
      const turn = asked.result.transaction("drafts", mode);
      const answer = deed(turn.objectStore("drafts"));
      turn.oncomplete = () => { asked.result.close(); resolve(answer.result); };
      turn.onerror = turn.onabort = () => reject(turn.error);
    };
  });
}

// An open page sends what it has; then, is there anything that has not arrived?
async function isLeft() {
  const sending = [];
  window.dispatchEvent(new CustomEvent("signing-out", { detail: sending }));
  await Promise.race([Promise.allSettled(sending), new Promise((resolve) => { setTimeout(resolve, 3_000); })]);
  return (await drafts("readonly", (kept) => kept.count())) > 0;
}

const LOST = "Something you wrote is only on this device and has not reached the server yet. If you sign out now, it is lost.";

for (const form of document.querySelectorAll("form[data-sign-out]")) {
  let isSure = false;
  form.addEventListener("submit", async (event) => {
    if (isSure) return;
    event.preventDefault();
    await new Promise((resolve) => { setTimeout(resolve); }); // a form is not sent while it is being sent
    try {
      if ((await isLeft()) && !window.confirm(LOST)) return;
      new BroadcastChannel("signed-out").postMessage("");
      await drafts("readwrite", (kept) => kept.clear());
    } catch { /* a browser that keeps nothing */ }
    isSure = true;
    form.requestSubmit();
  });
}
