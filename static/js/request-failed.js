// A tap that did not reach the server must not look as if it had.
const failure = document.getElementById("failure");

const say = (words) => () => { failure.textContent = words; };

document.addEventListener("htmx:sendError", say("That was not saved: there is no connection. Please try again."));
document.addEventListener("htmx:timeout", say("That was not saved: the answer took too long. Please try again."));
document.addEventListener("htmx:responseError", say("That was not saved. Please load the page again and have another go."));
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.successful) failure.textContent = "";
});
