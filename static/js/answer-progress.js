// How many of a form's questions are answered so far. For <form data-answer-progress>.
for (const form of document.querySelectorAll("form[data-answer-progress]")) {
  const fields = [...form.querySelectorAll(".field")];
  const bar = document.createElement("progress");
  bar.max = fields.length;
  const isAnswered = (field) => field.querySelector(":checked") !== null || Boolean(field.querySelector("textarea")?.value.trim());
  const show = () => {
    bar.value = fields.filter(isAnswered).length;
    bar.setAttribute("aria-label", `${bar.value} of ${bar.max} questions answered`);
  };
  form.prepend(bar);
  form.addEventListener("input", show);
  window.addEventListener("pageshow", show); // the browser may bring answers back after "back"
  show();
}
