// How much is written so far. For <textarea data-count="words">; in the form's [data-counter], or below the box.
function count(box) {
  const number = box.value.split(/\s+/).filter(Boolean).length;
  return number === 1 ? "1 word" : `${number} words`;
}

function below(box) {
  const line = document.createElement("small");
  line.className = "counter";
  box.after(line);
  return line;
}

for (const box of document.querySelectorAll("textarea[data-count=words]")) {
  const line = box.form?.querySelector("[data-counter]") ?? below(box);
  const show = () => { line.textContent = count(box); };
  box.addEventListener("input", show);
  show();
}
