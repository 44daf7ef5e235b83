// A page that answered a POST: going back to it would ask to send the form again, or fail. Going back opens its
// address by GET instead.
history.replaceState(history.state, "", location.href);
