// The number of words written so far. For <textarea data-count="words" data-count-text="Word count: {count}">,
// shown in the form's [data-counter] or else below the box.
function counterBelow(box) {
  const line = document.createElement("small");
  line.className = "counter";
  box.after(line);
  return line;
}

for (const box of document.querySelectorAll("textarea[data-count=words]")) {
  const line = box.form?.querySelector("[data-counter]") ?? counterBelow(box);
  const show = () => {
    const count = box.value.split(/\s+/).filter(Boolean).length;
    line.textContent = box.dataset.countText.replace("{count}", count);
  };
  box.addEventListener("input", show);
  show();
}
