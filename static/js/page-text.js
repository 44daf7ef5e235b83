// Sentences for scripts. They come from the page, where they are translated: <template data-texts="NAME">
// holds an element with data-text="KEY" for each. A sentence may have {placeholders}.
export function pageTexts(name) {
  const { content } = document.querySelector(`template[data-texts="${name}"]`);
  return (key, values = {}) =>
    content
      .querySelector(`[data-text="${key}"]`)
      .textContent.trim()
      .replace(/\{(\w+)\}/g, (_, placeholder) => values[placeholder]);
}
