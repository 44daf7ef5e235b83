"""Tests that text is saved and displayed as it was typed, and that markup in it is escaped."""

import html
import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from reflections.forms.reflections import ReplyForm, WordsField
from reflections.models import Audience, Reflection
from tests.reflections.pages import new_page_inputs

Entry = Callable[..., Reflection]
PAYLOADS = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "</script><script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "</div></main><script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "<!--><script>alert(1)</script-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<img src=x onerror=alert(1)>",
    "<img src=x:alert(alt) onerror=eval(src) alt=0>",
    '<img src="javascript:alert(1)">',
    '<IMG """><SCRIPT>alert(1)</SCRIPT>">',
    "<svg onload=alert(1)>",
    "<svg><script>alert&#40;1&#41;</script></svg>",
    "<svg/onload=alert(1)//",
    "<math><mi//xlink:href='data:x,<script>alert(1)</script>'>",
    "<body onload=alert(1)>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data=data:text/html;base64,PHNjcmlwdD4=></object>",
    "<embed src=javascript:alert(1)>",
    "<a href=javascript:alert(1)>tea</a>",
    "<a href='&#106;avascript:alert(1)'>tea</a>",
    "<details open ontoggle=alert(1)>",
    "<input autofocus onfocus=alert(1)>",
    "<video><source onerror=alert(1)></video>",
    "<marquee onstart=alert(1)>",
    "<base href=//evil.example/>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<meta http-equiv=refresh content=0;url=//evil.example/>",
    "<style>*{background:url(//evil.example)}</style>",
    "<form action=//evil.example><button>Keep</button></form>",
    '" onmouseover="alert(1)',
    "' onfocus='alert(1)' autofocus='",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#x3c;script&#x3e;alert(1)&#x3c;/script&#x3e;",
    "{{ user.email }}{% csrf_token %}<b>",
    "\u202e<script>alert(1)</script>\u2066",
]


def displayed_texts(content: str) -> list[str]:
    """Return each text that a page displays. Fail if one contains an unescaped <, > or "."""
    inner = re.findall(r'<div class="words" dir="auto"><p>(.*?)</p>\n?</div>', content, re.DOTALL)
    assert not [one for one in inner if set(one) & set('<>"')]
    return [html.unescape(one) for one in inner]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_markup_in_text_is_escaped(
    participant_client: Client, facilitator_client: Client, facilitator: User, payload: str
) -> None:
    shared = new_page_inputs(participant_client) | {"body": payload, "audience": "facilitators"}
    participant_client.post("/reflections/new/", shared)
    entry = Reflection.objects.get()
    facilitator_client.post(f"{entry.get_absolute_url()}replies/", {"body": payload})
    pages = [
        participant_client.get("/reflections/"),
        participant_client.get(entry.get_absolute_url()),
        facilitator_client.get(f"/cohorts/{entry.cohort.public_id}/reflections/"),
    ]
    shown = [displayed_texts(page.content.decode()) for page in pages]
    assert shown == [[payload], [payload, payload], [payload]]
    edited = participant_client.get(f"{entry.get_absolute_url()}edit/").content.decode()
    (typed,) = re.findall(r"<textarea[^>]*>\n(.*?)</textarea>", edited, re.DOTALL)
    assert html.unescape(typed) == payload
    assert "<" not in typed


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("One line\r\nand another\r\n\r\nA paragraph", "One line\nand another\n\nA paragraph"),
        ("Old Mac\rline", "Old Mac\nline"),
        ("👩🏽‍🚒 und so weiter 🏳️‍🌈", "👩🏽‍🚒 und so weiter 🏳️‍🌈"),
        ("مرحبا بالعالم\nHello", "مرحبا بالعالم\nHello"),
        (
            "“Smart” quotes – and a bullet\n•\tlike this",
            "“Smart” quotes – and a bullet\n•\tlike this",
        ),
        ("Zero\u200dwidth\u00a0stays", "Zero\u200dwidth\u00a0stays"),
        ("A NUL\0 goes", "A NUL goes"),
        ("\0Only its words\0", "Only its words"),
        ("  around  ", "around"),
        ("e\u0301 is not composed", "e\u0301 is not composed"),
        ("🫖", "🫖"),
        ("?", "?"),
    ],
)
def test_saving_preserves_text_except_newlines_nuls_and_outer_spaces(
    participant_client: Client, typed: str, kept: str
) -> None:
    participant_client.post("/reflections/new/", {"body": typed})
    entry = Reflection.objects.get()
    assert entry.body == kept
    assert participant_client.get(entry.get_absolute_url()).status_code == 200


@pytest.mark.parametrize(
    "typed", ["", "   ", "\0", "\u200b", "\u00a0\u2003\n", "\ufeff\u200e", "\x07"]
)
def test_reply_form_rejects_invisible_text(typed: str) -> None:
    form = ReplyForm({"body": typed})
    assert form.errors == {"body": ["Write a few words."]}


def test_length_limit_counts_a_line_break_as_one_character() -> None:
    field = WordsField(longest=5, too_long="Shorten it.")
    assert field.clean("ab\r\ncd") == "ab\ncd"


def test_text_of_maximum_length_is_saved(participant_client: Client) -> None:
    body = "é" * 19_999 + "🫖"
    participant_client.post("/reflections/new/", {"body": body})
    assert Reflection.objects.get().body == body


def test_textarea_has_no_maxlength_and_automatic_direction(participant_client: Client) -> None:
    (box,) = re.findall(
        r"<textarea[^>]*>", participant_client.get("/reflections/new/").content.decode()
    )
    assert "maxlength" not in box
    assert 'dir="auto"' in box


def test_line_breaks_are_rendered_as_html(participant_client: Client, entry: Entry) -> None:
    kept = entry(body="One\nTwo\n\nThree", audience=Audience.ONLY_ME, at=timezone.now())
    content = participant_client.get(kept.get_absolute_url()).content.decode()
    assert '<div class="words" dir="auto"><p>One<br>\nTwo</p>\n<p>Three</p>\n</div>' in content
