"""The people whom the demo's door lets a visitor be."""

from dataclasses import dataclass


@dataclass(frozen=True)
class DemoRole:
    """A button on the demo's sign-in page, and who comes in by it."""

    name: str
    label: str
    email: str


DEMO_ROLES = (
    DemoRole("facilitator", "Facilitator", "ruth.adeyemi@example.org"),
    DemoRole("participant", "Participant", "dev.patel@example.org"),
    DemoRole("administrator", "Administrator", "sam.whitlock@example.org"),
)
