"""Serializers for the export of personal data: from an object to labels and values."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.encryption import Unreadable
from accounts.models import SignInLink, User
from outbox.content.email import without_links
from outbox.models import Message, MessageOverride, OptOut, SuppressedAddress
from outbox.rules import all_rules
from privacy.activity_inventory import Activity
from privacy.models import Erasure
from reflections.models import Audience, Draft, Experiment, Quote, Reflection, Reply, Tombstone
from surveys.before_after.instrument import questions_of
from surveys.models import Comment, Pseudonym, Receipt, Response, Survey, WaveResponse
from workshops.models import Announcement, Attendance, AvailabilityAnswer, CalendarFeed, Workshop

# A serialized object: a dict that maps translated labels to values.
Facts = dict[str, Any]
LOST = gettext_lazy("(Its encryption key is lost: nobody can read it any more.)")


def text_or_empty(choice: Any) -> Any:
    """Return the value as a string, or an empty string for None."""
    return str(choice) if choice else ""


def title_of(workshop: Workshop | None) -> str:
    """Return the workshop's number and title, or an empty string for None."""
    return f"{workshop.position}. {workshop.title}" if workshop else ""


def words_of(one: Any, field: str) -> str:
    """Return the text of an encrypted field, or a sentence if its encryption key is lost."""
    return str(LOST) if one.is_unreadable else str(getattr(one, field))


def audience_of(one: Reflection | Experiment) -> str:
    return str(Audience(one.audience).label)


def account(user: User) -> Facts:
    return {
        _("Name"): user.name,
        _("E-mail"): user.email,
        _("Added"): user.added_at,
        _("E-mail address added later"): user.email_added_at,
        _("Last signed in"): user.last_login,
        _("First RSVP, answer to a poll, needs or choice of e-mails"): user.acted_at,
        _("Administrator"): user.is_administrator,
        _("E-mails as plain text"): user.text_only,
    }


def membership(one: Any) -> Facts:
    return {
        _("Cohort"): one.cohort.name,
        _("Place"): one.cohort.place,
        _("As"): one.get_role_display(),
        _("Organisation"): text_or_empty(one.organisation),
        _("Sector"): one.organisation.get_sector_display() if one.organisation else "",
        _("Job title"): one.job_title,
        _("Joined"): one.joined_at,
        _("Left"): one.left_at,
        _("Removed without an e-mail about it"): one.left_silently,
        _("Access or dietary needs"): one.needs,
        _("When you told us your needs"): one.needs_said_at,
        _("Agreed that the venue sees your name beside them"): one.needs_named,
    }


def attendance(one: Attendance) -> Facts:
    return {
        _("Cohort"): one.workshop.cohort.name,
        _("Workshop"): title_of(one.workshop),
        _("When"): one.workshop.starts_at,
        _("Your answer"): one.get_answer_display(),
        _("Answered"): one.answered_at,
        _("Your message with apologies"): one.note,
        _("Marked"): one.get_mark_display(),
        _("Minutes attended"): one.minutes,
        _("Arrived"): one.came_at,
        _("Left"): one.went_at,
    }


def availability(one: AvailabilityAnswer) -> Facts:
    cannot = [f"{half_day.day.isoformat()}, {half_day.half}" for half_day in one.unavailable.all()]
    return {
        _("Cohort"): one.poll.cohort.name,
        _("Answered"): one.answered_at,
        _("Half days you can’t make"): cannot,
    }


def receipt(one: Receipt) -> Facts:
    return {**receipt_place(one.survey), _("You answered its survey"): True}


def named_answers(one: Response) -> Facts:
    return {**receipt_place(one.survey), **answers_by_text(one)}


def named_comment(one: Comment) -> Facts:
    texts = {question.id: question.text for question in one.survey.questions}
    return {
        **receipt_place(one.survey),
        texts.get(one.question, one.question): str(LOST)
        if isinstance(one.text, Unreadable)
        else one.text,
    }


def linked_answers(one: Pseudonym) -> Facts:
    """Return the answers that the pseudonym stands for. Makes two queries."""
    if isinstance(one.value, Unreadable):
        return {_("Cohort"): one.membership.cohort.name, _("Answers"): str(LOST)}
    responses = Response.objects.filter(pseudonym=one.value).select_related("survey__workshop")
    return {
        _("Cohort"): one.membership.cohort.name,
        _("Answers"): [
            {_("Workshop"): title_of(response.survey.workshop), **answers_by_text(response)}
            for response in responses.order_by("survey__workshop__position")
        ],
        _("Before and after"): [
            {_("When"): one.wave.get_occasion_display(), **wave_answers_by_text(one)}
            for one in WaveResponse.objects.filter(pseudonym=one.value)
            .select_related("wave")
            .order_by("wave")
        ],
    }


def wave_answers_by_text(one: WaveResponse) -> Facts:
    """Return a dict that maps the text of each statement to the answer."""
    texts = {question.id: question.text for question in questions_of(one.wave.occasion)}
    return {texts.get(name, name): answer for name, answer in one.answers.items()}


def receipt_place(survey: Survey) -> Facts:
    return {
        _("Cohort"): survey.workshop.cohort.name,
        _("Workshop"): title_of(survey.workshop),
    }


def answers_by_text(one: Response) -> Facts:
    """Return a dict that maps the text of each question to the answer."""
    texts = {question.id: question.text for question in one.survey.questions}
    return {texts.get(name, name): answer for name, answer in one.answers.items()}


def message(one: Message) -> Facts:
    rule = all_rules().get(one.kind)
    return {
        _("Kind"): str(rule.text.title) if rule else one.kind,
        _("Due"): one.due_at,
        _("Status"): one.status,
        _("Sent"): one.sent_at,
        _("To"): one.address,
        _("Subject"): one.subject,
        _("What it said"): without_links(one.text),
        _("Why it was not sent, or came back"): one.reason,
    }


def note(one: MessageOverride) -> Facts:
    return {
        _("In an e-mail to you alone"): one.note,
        _("Written"): one.noted_at,
        _("Not sent to you"): one.skipped_at,
    }


def announcement(one: Announcement) -> Facts:
    return {
        _("Cohort"): one.cohort.name,
        _("To"): one.get_audience_display(),
        _("Subject"): one.subject,
        _("What it said"): one.body,
        _("Written"): one.written_at,
        _("With the link or file"): text_or_empty(one.material),
        _("Sent, or will be sent"): one.due_at,
    }


def activity(one: Activity) -> Facts:
    return {
        _("What you did"): str(one.words),
        _("How often"): one.count,
        _("First"): one.first,
        _("Last"): one.last,
    }


def erasure(one: Erasure) -> Facts:
    return {
        _("What was deleted"): one.get_kind_display(),
        _("When"): one.at,
        _("How much"): one.counts,
    }


def address(one: EmailAddress) -> Facts:
    return {
        _("E-mail"): one.email,
        _("Verified"): one.verified,
        _("Used to sign in"): one.primary,
    }


def sign_in_link(one: SignInLink) -> Facts:
    return {_("Sent to you, to sign in once"): one.made_at, _("Used"): one.used_at}


def opt_out(one: OptOut) -> Facts:
    rule = all_rules().get(one.kind)
    return {_("You opted out of"): str(rule.text.title) if rule else one.kind, _("When"): one.at}


def bounce(one: SuppressedAddress) -> Facts:
    return {
        _("E-mail"): one.address,
        _("Found"): one.bounced_at,
        _("Why"): one.plainly,
        _("What the mail server said"): one.said,
    }


def feed(one: CalendarFeed) -> Facts:
    return {
        _("Calendar address for"): one.get_kind_display(),
        _("Created"): one.made_at,
        _("Stopped"): one.revoked_at,
    }


def reflection(one: Reflection) -> Facts:
    return {
        _("Cohort"): one.cohort.name,
        _("Workshop"): title_of(one.workshop),
        _("Question"): one.prompt,
        _("Words"): words_of(one, "body"),
        _("Who can read it"): audience_of(one),
        _("Written"): one.written_at,
        _("Last edited"): one.changed_at,
        _("Shared"): one.shared_at,
        _("Who could read it when"): [
            {
                _("Who"): period.get_audience_display(),
                _("From"): period.began_at,
                _("Until"): period.ended_at,
            }
            for period in one.audience_periods.all()
        ],
    }


def reply(one: Reply) -> Facts:
    return {
        _("Cohort"): one.reflection.cohort.name,
        _("To"): str(one.reflection.author),
        _("By"): str(one.author or _("Somebody who deleted it")),
        _("Words"): words_of(one, "body"),
        _("Written"): one.written_at,
    }


def draft(one: Draft) -> Facts:
    return {
        _("Cohort"): one.cohort.name,
        _("Workshop"): title_of(one.workshop),
        _("Question"): one.prompt,
        _("Words"): words_of(one, "body"),
        _("Last typed"): one.typed_at,
        _("What you try, unfinished"): str(one.experiment),
    }


def experiment(one: Experiment) -> Facts:
    return {
        _("Cohort"): one.cohort.name,
        _("Workshop"): title_of(one.workshop),
        _("What you try"): words_of(one, "words"),
        _("Started"): one.started_at,
        _("Who can read it"): audience_of(one),
        _("Look back before"): title_of(one.look_back_workshop),
        _("Look back on"): one.look_back_on,
        _("How it went"): one.get_outcome_display(),
        _("What happened"): words_of(one, "happened"),
        _("What you learned"): words_of(one, "learned"),
        _("Answered"): one.answered_at,
    }


def quote(one: Quote) -> Facts:
    return {
        _("Cohort"): one.cohort.name,
        _("Words"): words_of(one, "words"),
        _("Offered"): one.offered_at,
        _("Withdrawn"): one.withdrawn_at,
        _("Chosen for the report"): one.chosen_at,
        _("Printed in the report"): one.printed_at,
    }


def tombstone(one: Tombstone) -> Facts:
    return {
        _("Cohort"): one.cohort.name,
        _("Workshop"): title_of(one.workshop),
        _("Kind"): one.get_kind_display(),
    }
