// Reads an iCalendar stream from the standard input with ical.js and writes what it found as JSON, times as UTC.
import { readFileSync } from "node:fs";
import ICAL from "ical.js";

const calendar = new ICAL.Component(ICAL.parse(readFileSync(0, "utf-8")));
for (const zone of calendar.getAllSubcomponents("vtimezone")) ICAL.TimezoneService.register(zone);

const plain = (value) => (value == null ? "" : String(value));
const events = calendar.getAllSubcomponents("vevent").map((component) => {
  const event = new ICAL.Event(component);
  return {
    uid: event.uid,
    sequence: event.sequence,
    starts: event.startDate.toJSDate().toISOString(),
    ends: event.endDate.toJSDate().toISOString(),
    zone: component.getFirstProperty("dtstart").getParameter("tzid") ?? "",
    summary: plain(event.summary),
    location: plain(event.location),
    description: plain(event.description),
    url: plain(component.getFirstPropertyValue("url")),
    status: plain(component.getFirstPropertyValue("status")),
    attendees: event.attendees.map((one) => [one.getFirstValue(), plain(one.getParameter("cn")), plain(one.getParameter("partstat"))]),
  };
});
process.stdout.write(JSON.stringify({ method: plain(calendar.getFirstPropertyValue("method")), events }));
