// Copies an address. For <button data-copies="id of an input" hidden>: without a clipboard it stays hidden.
for (const button of navigator.clipboard ? document.querySelectorAll("button[data-copies]") : []) {
  const field = document.getElementById(button.dataset.copies);
  const label = button.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(field.value);
      button.textContent = "Copied";
    } catch {
      field.select();
      button.textContent = "Selected: copy it by hand";
    }
    setTimeout(() => { button.textContent = label; }, 3000);
  });
}
