from workshops.models.announcements import Announcement
from workshops.models.attendance import Attendance
from workshops.models.availability import AvailabilityAnswer, AvailabilityPoll, Unavailability
from workshops.models.closed_days import ClosedDays
from workshops.models.feeds import CalendarFeed
from workshops.models.materials import Material
from workshops.models.workshop import Change, Workshop, WorkshopQuerySet

__all__ = (
    "Announcement",
    "Attendance",
    "AvailabilityAnswer",
    "AvailabilityPoll",
    "CalendarFeed",
    "Change",
    "ClosedDays",
    "Material",
    "Unavailability",
    "Workshop",
    "WorkshopQuerySet",
)
