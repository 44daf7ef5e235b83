// A form that comes back with errors: say so at once, to eyes and to screen readers.
function showErrors(within) {
  within.querySelector("[data-error-summary]")?.focus();
}

showErrors(document);
document.addEventListener("htmx:afterSettle", (event) => showErrors(event.target));
