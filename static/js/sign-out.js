// Signing out removes drafts and the input of forms from this device, and from every open page. It asks first if
// the server does not have all of them. For <form data-sign-out>.
const { href } = document.querySelector('link[data-module="draft-store"]');
const { records, inputRecords } = await import(href);
const PATIENCE = 3_000; // ms that open pages may take to send what they have

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// Let the open page send what it has, and return whether anything is left.
async function hasUnsent() {
  const sending = [];
  window.dispatchEvent(new CustomEvent("signing-out", { detail: sending }));
  await Promise.race([Promise.allSettled(sending), wait(PATIENCE)]);
  return (await records.count()) + (await inputRecords.count()) > 0;
}

async function removeText(question) {
  try {
    if ((await hasUnsent()) && !window.confirm(question)) return false;
    new BroadcastChannel("signed-out").postMessage("");
    await Promise.all([records.clear(), inputRecords.clear()]);
  } catch {
    // A browser that stores nothing has nothing to remove.
  }
  return true;
}

for (const form of document.querySelectorAll("form[data-sign-out]")) {
  let isConfirmed = false;
  form.addEventListener("submit", async (event) => {
    if (isConfirmed) return;
    event.preventDefault();
    await wait(0); // a form can't be submitted from its own submit event
    isConfirmed = await removeText(form.dataset.signOut);
    if (isConfirmed) form.requestSubmit();
  });
}
