// How much is written so far. For <textarea data-count="words">.
function count(box) {
  const number = box.value.split(/\s+/).filter(Boolean).length;
  return number === 1 ? "1 word" : `${number} words`;
}

for (const box of document.querySelectorAll("textarea[data-count=words]")) {
  const line = document.createElement("small");
  line.className = "counter";
  const show = () => { line.textContent = count(box); };
  box.after(line);
  box.addEventListener("input", show);
  show();
}
