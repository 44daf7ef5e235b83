// A checkbox that ticks all checkboxes of its field. For <label data-tick-all hidden><input type="checkbox">…</label>
// inside a <fieldset>. It is indeterminate while only some are ticked.
for (const label of document.querySelectorAll("[data-tick-all]")) {
  const all = label.querySelector("input");
  const others = [...label.closest("fieldset").querySelectorAll("[type=checkbox]")].filter((one) => one !== all);
  const show = () => {
    const ticked = others.filter((one) => one.checked).length;
    all.checked = ticked === others.length;
    all.indeterminate = ticked > 0 && !all.checked;
  };
  all.addEventListener("change", () => {
    const { checked } = all; // `show` changes it while the others change one by one
    for (const one of others) {
      if (one.checked === checked) continue;
      one.checked = checked;
      one.dispatchEvent(new Event("input", { bubbles: true }));
    }
    show();
  });
  for (const one of others) one.addEventListener("input", show);
  show();
  label.hidden = false;
}
