// Say when an htmx request has failed, so that nobody believes it was saved. The sentences are data attributes
// of the page's #failure.
const failure = document.getElementById("failure");
const showSentence = (name) => () => {
  failure.textContent = failure.dataset[name];
};

document.addEventListener("htmx:sendError", showSentence("offline"));
document.addEventListener("htmx:timeout", showSentence("timeout"));
document.addEventListener("htmx:responseError", showSentence("error"));
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.successful) failure.textContent = "";
});
