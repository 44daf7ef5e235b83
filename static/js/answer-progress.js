// How many of a form's questions are answered so far, as a progress bar. For
// <form data-answer-progress="{answered} of {total} questions answered">.
for (const form of document.querySelectorAll("form[data-answer-progress]")) {
  const fields = [...form.querySelectorAll(".field")];
  const bar = document.createElement("progress");
  bar.max = fields.length;
  const isAnswered = (field) =>
    field.querySelector(":checked") !== null ||
    [...field.querySelectorAll(".input")].some((input) => input.value.trim());
  const show = () => {
    bar.value = fields.filter(isAnswered).length;
    const label = form.dataset.answerProgress
      .replace("{answered}", bar.value)
      .replace("{total}", bar.max);
    bar.setAttribute("aria-label", label);
  };
  form.prepend(bar);
  form.addEventListener("input", show);
  window.addEventListener("pageshow", show); // going back may restore answers
  show();
}
