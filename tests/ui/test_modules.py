"""The small scripts, each alone on a page of its own."""

from pathlib import Path

import pytest
from playwright.sync_api import Dialog, Page, expect

SCRIPTS = Path(__file__).resolve().parent.parent.parent / "static" / "js"


def show(page: Page, body: str, script: str) -> None:
    page.set_content(f"<main>{body}</main>")
    page.add_script_tag(path=SCRIPTS / script, type="module")


def test_error_summary_takes_the_focus(page: Page) -> None:
    show(page, "<div data-error-summary tabindex=-1>Look again</div>", "error-summary.js")
    expect(page.locator("[data-error-summary]")).to_be_focused()


def test_error_summary_that_htmx_brings_takes_the_focus(page: Page) -> None:
    show(page, "<form></form>", "error-summary.js")
    page.evaluate("""() => {
        const form = document.querySelector("form");
        form.innerHTML = "<div data-error-summary tabindex=-1>Look again</div>";
        form.dispatchEvent(new CustomEvent("htmx:afterSettle", {bubbles: true}));
    }""")
    expect(page.locator("[data-error-summary]")).to_be_focused()


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ("sendError", "That was not saved: there is no connection. Please try again."),
        ("timeout", "That was not saved: the answer took too long. Please try again."),
        ("responseError", "That was not saved. Please load the page again and have another go."),
    ],
)
def test_a_request_that_failed_is_said_until_one_succeeds(
    page: Page, event: str, words: str
) -> None:
    show(page, "<p id=failure role=alert></p>", "request-failed.js")
    tell = "([name, detail]) => document.dispatchEvent(new CustomEvent(`htmx:${name}`, {detail}))"
    page.evaluate(tell, ["afterRequest", {"successful": False}])
    page.evaluate(tell, [event, {}])
    expect(page.get_by_role("alert")).to_have_text(words)
    page.evaluate(tell, ["afterRequest", {"successful": True}])
    expect(page.get_by_role("alert")).to_be_empty()


def test_words_are_counted_as_they_are_written(page: Page) -> None:
    show(page, "<textarea data-count=words>One </textarea>", "word-count.js")
    expect(page.locator(".counter")).to_have_text("1 word")
    page.get_by_role("textbox").fill("Ask one question\n\nbefore I answer")
    expect(page.locator(".counter")).to_have_text("6 words")


def leave(page: Page) -> bool:
    """Leaves the page; tells whether the browser asked first."""
    asked: list[str] = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.once("dialog", answer)
    page.goto("data:text/html,elsewhere")
    return asked == ["beforeunload"]


UNSAVED = "<form data-unsaved action='data:text/html,kept'>{}<textarea>As it was</textarea><button>Keep</button></form>"


def test_leaving_unsaved_words_is_asked_about(page: Page) -> None:
    show(page, UNSAVED.format(""), "unsaved.js")
    page.get_by_role("textbox").press_sequentially(" and more")
    assert leave(page)


def test_leaving_what_was_only_read_is_not(page: Page) -> None:
    show(page, UNSAVED.format(""), "unsaved.js")
    page.get_by_role("textbox").click()
    assert not leave(page)


def test_leaving_words_that_a_form_did_not_take_is_asked_about(page: Page) -> None:
    show(page, UNSAVED.format("<p data-error-summary tabindex=-1>Look again</p>"), "unsaved.js")
    page.get_by_role("textbox").click()
    assert leave(page)


def test_keeping_them_is_not_asked_about(page: Page) -> None:
    show(page, UNSAVED.format(""), "unsaved.js")
    page.get_by_role("textbox").press_sequentially(" and more")
    page.evaluate(
        "document.querySelector('form').addEventListener('submit', (event) => event.preventDefault())"
    )
    page.get_by_role("button", name="Keep").click()
    assert not leave(page)
