// Move the focus to the error summary of a form that comes back with errors, so that screen readers read it.
function focusSummary(element) {
  element.querySelector("[data-error-summary]")?.focus();
}

focusSummary(document);
document.addEventListener("htmx:afterSettle", (event) => focusSummary(event.target));
