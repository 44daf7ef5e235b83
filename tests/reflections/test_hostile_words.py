"""Browser test of hostile text, such as scripts, in reflections that the site displays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

from django.utils import timezone
from playwright.sync_api import Dialog, Page, Request

from accounts.models import User
from cohorts.models import Cohort, Membership
from reflections.models import Audience, Draft, Experiment, Reflection, Reply
from tests.reflections.test_typed_text import PAYLOADS
from workshops.models import Workshop

SignIn = Callable[[Page, User], None]

# Further payloads, aimed at the Markdown renderer and at browsers that repair invalid HTML.
MORE_PAYLOADS = [
    "[tea](javascript:alert(1))",
    "[tea](JaVaScRiPt:alert(1))",
    "[tea](java\tscript:alert(1))",
    "[tea](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[tea](vbscript:msgbox(1))",
    "<javascript:alert(1)>",
    "![tea](//evil.example/x.png)",
    '![tea](x"onerror="alert(1))',
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<template><img src=x onerror=alert(1)></template>",
    "<img src=//evil.example/seen.gif>",
    "<link rel=prefetch href=//evil.example/>",
    "<button hx-get=//evil.example/ hx-trigger=load>tea</button>",
    "<div hx-on::load=alert(1) data-hx-get=//evil.example hx-trigger=load>",
    "{% load static %}{{ request.user }}${alert(1)}#{alert(1)}<%= 7*7 %>",
    "\uff1cscript\uff1ealert(1)\uff1c/script\uff1e",
    "<\u200bscript>alert(1)</\u200bscript>",
    "%3Cscript%3Ealert(1)%3C/script%3E",
    '<a href="https://evil.example" ping="//evil.example" autofocus onfocus=alert(1)>tea</a>',
]
ALL_PAYLOADS = [*PAYLOADS, *MORE_PAYLOADS]
# The elements that our Markdown renderer creates. Any other element came from the text itself.
MARKDOWN_ELEMENTS = (
    "p",
    "br",
    "ul",
    "ol",
    "li",
    "em",
    "strong",
    "a[href^='http']",
    "a[href^='mailto:']",
)
UNEXPECTED_ELEMENTS = ".words *" + "".join(f":not({element})" for element in MARKDOWN_ELEMENTS)


def displayed_texts(page: Page) -> list[str]:
    """Return each text of a person that the page displays, with its white space collapsed."""
    return [" ".join(text.split()) for text in page.locator(".words").all_inner_texts()]


def normalise_spaces(payload: str) -> str:
    return " ".join(payload.split())


def test_hostile_text_runs_no_script_in_a_browser(
    wide_page: Page,
    sign_in: SignIn,
    live_site: str,
    cohort: Cohort,
    participant: User,
    facilitator: User,
    workshop: Workshop,
) -> None:
    """The payloads are saved as reflections, questions, replies, answers, experiments and drafts.

    Then every page that displays them is opened, as the author and as a reader.
    """
    assert len(ALL_PAYLOADS) >= 40
    page, dialogs, elsewhere = wide_page, list[str](), list[str]()

    def refuse(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    def note(request: Request) -> None:
        if urlsplit(request.url).netloc != urlsplit(live_site).netloc:
            elsewhere.append(request.url)

    page.on("dialog", refuse)
    page.on("request", note)
    now = timezone.now()
    Membership.objects.update(joined_at=now - timedelta(days=9))
    facts = {"author": participant, "cohort": cohort, "audience": Audience.COHORT, "shared_at": now}
    Reflection.objects.bulk_create(
        Reflection(**facts, body=payload, prompt=payload[:500], written_at=now, changed_at=now)
        for payload in ALL_PAYLOADS
    )
    Experiment.objects.bulk_create(
        Experiment(
            **facts,
            words=payload,
            happened=payload,
            learned=payload,
            has_learning=True,
            outcome=Experiment.Outcome.TRIED,
            answered_at=now,
            started_at=now,
            changed_at=now,
        )
        for payload in ALL_PAYLOADS
    )
    whole = Reflection.objects.create(
        **facts, body="\n\n".join(ALL_PAYLOADS), written_at=now, changed_at=now
    )
    for payload in ALL_PAYLOADS:
        opening = Reply.objects.create(
            reflection=whole, author=facilitator, body=payload, written_at=now
        )
        Reply.objects.create(
            reflection=whole, author=participant, body=payload, written_at=now, in_answer_to=opening
        )
    draft = Draft.objects.create(
        author=participant,
        cohort=cohort,
        workshop=workshop,
        body="\n\n".join(ALL_PAYLOADS),
        typed_at=now,
    )
    first, experiment = Reflection.objects.earliest("pk"), Experiment.objects.earliest("pk")
    shared = f"/cohorts/{cohort.public_id}/reflections/"
    tried = f"/cohorts/{cohort.public_id}/experiments/"
    visits = {
        facilitator: [
            whole.get_absolute_url(),
            shared,
            f"{shared}?page=2",
            tried,
            f"{tried}?page=2",
            "/",
        ],
        participant: [
            "/reflections/",
            "/reflections/?page=2",
            first.get_absolute_url(),
            f"{first.get_absolute_url()}edit/",
            f"{first.get_absolute_url()}history/",
            experiment.get_absolute_url(),
            f"{experiment.get_absolute_url()}edit/",
            draft.get_absolute_url(),
            "/",
        ],
    }
    for person, paths in visits.items():
        sign_in(page, person)
        for path in paths:
            response = page.goto(path)
            assert response is not None
            assert response.status == 200, path
            assert page.locator(UNEXPECTED_ELEMENTS).count() == 0, path
            if path == whole.get_absolute_url():
                replies = displayed_texts(page)[1:]
                assert replies == [
                    normalise_spaces(payload) for payload in ALL_PAYLOADS for _ in range(2)
                ]
    page.goto(f"{first.get_absolute_url()}edit/")
    assert page.get_by_role("textbox").first.input_value() == ALL_PAYLOADS[0]
    assert (dialogs, elsewhere) == ([], [])
