"""The instrument of “Before and after”: its statements, its scales and its questions.

The ids of statements are stored with the answers, so never change or reuse one.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

from programmes.questions import Question, QuestionKind, Questions
from surveys.models import Occasion

RARELY, ALWAYS = _("Hardly ever"), _("Almost always")
# What a colleague can answer, with its value; 3 is “About the same”.
COMPARED = (
    (1, _("Much less often")),
    (2, _("Less often")),
    (3, _("About the same")),
    (4, _("More often")),
    (5, _("Much more often")),
)
UNSEEN = "unseen"
NO_CHANGE = 3
HOPE = "hope"


@dataclass(frozen=True)
class Scale:
    """Three statements about one theme, and a question in which people look back at the start.

    `statements` maps the ids of the statements to their texts. `then` continues the sentence
    “Looking back, at the start I…”.
    """

    id: str
    name: StrPromise
    statements: dict[str, StrPromise]
    then: StrPromise

    @property
    def looking_back(self) -> str:
        """The id of the question in which people look back at the start."""
        return f"then_{self.id}"


SCALES = (
    Scale(
        "authority",
        _("Beyond my authority"),
        {
            "authority_act": _("I start on something that matters without waiting to be asked"),
            "authority_consent": _("I get somewhere with people I have no authority over"),
            "authority_others": _("I make room for somebody else to lead, and then I follow"),
        },
        _("Looking back, at the start I led beyond what my job lets me decide"),
    ),
    Scale(
        "boundaries",
        _("Across boundaries"),
        {
            "boundaries_talk": _(
                "I talk about our work with people from other organisations before we decide"
            ),
            "boundaries_effect": _(
                "I find out what our decisions change for people outside my organisation"
            ),
            "boundaries_join": _("I do a piece of work together with somebody from another sector"),
        },
        _("Looking back, at the start I worked across the boundaries of my organisation"),
    ),
    Scale(
        "openness",
        _("Openness and power"),
        {
            "openness_disagree": _("I say so when I disagree, also to people with more power"),
            "openness_listen": _("I change what I say or do because I listened to somebody"),
            "openness_missing": _(
                "I notice who is missing or isn’t heard, and do something about it"
            ),
        },
        _("Looking back, at the start I spoke openly and noticed how power works"),
    ),
    Scale(
        "trying",
        _("Learning by trying"),
        {
            "trying_small": _("I try something out on a small scale before there is a full plan"),
            "trying_stop": _("I decide beforehand what would make me stop or change course"),
            "trying_tell": _("I tell others about something I tried that didn’t work"),
        },
        _("Looking back, at the start I learnt by trying things out"),
    ),
)
SIGHTS: dict[str, StrPromise] = {
    "sight_starts": _("Starts on something without waiting for permission"),
    "sight_credits": _("Lets others lead, and gives them the credit"),
    "sight_contacts": _("Brings in people from other organisations or sectors"),
    "sight_disagrees": _("Says openly when they disagree, and listens to the answer"),
    "sight_includes": _("Asks for the views of people who are usually not asked"),
    "sight_tries": _("Tries things out on a small scale, and says what didn’t work"),
}


def statement(name: str, text: StrPromise) -> Question:
    return Question(name, QuestionKind.SCALE, str(text), str(RARELY), str(ALWAYS))


def hope_question() -> Question:
    text = _("What would make this programme worth it for you? One sentence is enough.")
    return Question(HOPE, QuestionKind.LONG_TEXT, str(text))


def questions_of(occasion: str) -> Questions:
    """Return the questions that participants answer on an occasion, in the current language."""
    statements = tuple(
        statement(name, text) for scale in SCALES for name, text in scale.statements.items()
    )
    if occasion == Occasion.START:
        return (*statements, hope_question())
    if occasion == Occasion.END:
        return (*statements, *(statement(scale.looking_back, scale.then) for scale in SCALES))
    return statements
