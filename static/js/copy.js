// Copies the value of a field. For <button data-copies="ID" data-copied="Copied" data-selected="…" hidden>,
// which stays hidden where there is no clipboard.
const RESET_DELAY = 3_000; // ms

for (const button of navigator.clipboard ? document.querySelectorAll("[data-copies]") : []) {
  const field = document.getElementById(button.dataset.copies);
  const label = button.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(field.value);
      button.textContent = button.dataset.copied;
    } catch {
      field.select();
      button.textContent = button.dataset.selected;
    }
    setTimeout(() => {
      button.textContent = label;
    }, RESET_DELAY);
  });
}
