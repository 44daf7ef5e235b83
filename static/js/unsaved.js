// Ask before leaving a page with unsaved text. For <form data-unsaved>.
const textOf = (form) =>
  JSON.stringify(
    [...form.querySelectorAll("textarea, input[type=text]")].map((input) => input.value),
  );

for (const form of document.querySelectorAll("form[data-unsaved]")) {
  // The text of a form that came back with errors has never been saved.
  const saved = form.querySelector("[data-error-summary]") ? null : textOf(form);
  let isSubmitting = false;
  form.addEventListener("submit", () => {
    isSubmitting = true;
  });
  form.addEventListener("input", () => {
    isSubmitting = false;
  });
  window.addEventListener("beforeunload", (event) => {
    if (!isSubmitting && textOf(form) !== saved) event.preventDefault();
  });
}
