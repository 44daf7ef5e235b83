"""Browser tests of the JavaScript modules, each alone on a page."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

SCRIPTS = Path(__file__).resolve().parent.parent.parent / "static" / "js"


def show(page: Page, body: str, script: str) -> None:
    page.set_content(f"<main>{body}</main>")
    page.add_script_tag(path=SCRIPTS / script, type="module")


def test_error_summary_receives_focus(page: Page) -> None:
    show(page, "<div data-error-summary tabindex=-1>Look again</div>", "error-summary.js")
    expect(page.locator("[data-error-summary]")).to_be_focused()


def test_error_summary_from_htmx_receives_focus(page: Page) -> None:
    show(page, "<form></form>", "error-summary.js")
    page.evaluate("""() => {
        const form = document.querySelector("form");
        form.innerHTML = "<div data-error-summary tabindex=-1>Look again</div>";
        form.dispatchEvent(new CustomEvent("htmx:afterSettle", {bubbles: true}));
    }""")
    expect(page.locator("[data-error-summary]")).to_be_focused()


@pytest.mark.parametrize(
    ("event", "sentence"),
    [
        ("sendError", "There’s no connection."),
        ("timeout", "The server took too long."),
        ("responseError", "The server refused."),
    ],
)
def test_failed_request_shows_a_message_until_one_succeeds(
    page: Page, event: str, sentence: str
) -> None:
    sentences = (
        "data-offline='There’s no connection.' data-timeout='The server took too long.' "
        "data-error='The server refused.'"
    )
    show(page, f"<p id=failure role=alert {sentences}></p>", "request-failed.js")
    dispatch = (
        "([name, detail]) => document.dispatchEvent(new CustomEvent(`htmx:${name}`, {detail}))"
    )
    page.evaluate(dispatch, ["afterRequest", {"successful": False}])
    page.evaluate(dispatch, [event, {}])
    expect(page.get_by_role("alert")).to_have_text(sentence)
    page.evaluate(dispatch, ["afterRequest", {"successful": True}])
    expect(page.get_by_role("alert")).to_be_empty()


def test_words_are_counted_while_typing(page: Page) -> None:
    show(
        page,
        "<textarea data-count=words data-count-text='Word count: {count}'>One </textarea>",
        "word-count.js",
    )
    expect(page.locator(".counter")).to_have_text("Word count: 1")
    page.get_by_role("textbox").fill("Ask one question\n\nbefore I answer")
    expect(page.locator(".counter")).to_have_text("Word count: 6")


def test_one_box_ticks_all_boxes_of_its_field(page: Page) -> None:
    boxes = "".join(f"<label><input type=checkbox name=who value={n}>{n}</label>" for n in "abc")
    every = "<label data-tick-all hidden><input type=checkbox>Tick all</label>"
    show(page, f"<fieldset>{every}{boxes}</fieldset>", "tick-all.js")
    page.get_by_label("b", exact=True).check()
    every_box = page.get_by_label("Tick all")
    assert every_box.evaluate("box => box.indeterminate")

    every_box.check()
    assert page.locator("[name=who]:checked").count() == 3

    page.get_by_label("a", exact=True).uncheck()
    expect(every_box).not_to_be_checked()
    every_box.check()
    every_box.uncheck()
    assert page.locator("[name=who]:checked").count() == 0
