"""The roles in which a visitor can sign in to the demo."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy


@dataclass(frozen=True)
class DemoRole:
    """A role on the demo's sign-in page, and the e-mail address of the user with that role."""

    name: str
    label: str | Promise
    email: str


DEMO_ROLES = (
    DemoRole("facilitator", gettext_lazy("Facilitator"), "ruth.adeyemi@example.org"),
    DemoRole("participant", gettext_lazy("Participant"), "dev.patel@example.org"),
    DemoRole("administrator", gettext_lazy("Administrator"), "sam.whitlock@example.org"),
)
