"""Reading of closed days from a calendar (.ics) or a table (.csv)."""
