// Leaving a page with words that were not kept: the browser asks first. For <form data-unsaved>.
const words = (form) => JSON.stringify([...form.querySelectorAll("textarea, input[type=text]")].map((box) => box.value));

for (const form of document.querySelectorAll("form[data-unsaved]")) {
  // A form that came back with errors holds words that were never kept.
  const kept = form.querySelector("[data-error-summary]") ? null : words(form);
  let isSending = false;
  form.addEventListener("submit", () => { isSending = true; });
  form.addEventListener("input", () => { isSending = false; });
  window.addEventListener("beforeunload", (event) => {
    if (!isSending && words(form) !== kept) event.preventDefault();
  });
}
