from surveys.models.answers import Comment, Pseudonym, Response
from surveys.models.ballot_boxes import (
    MEMBER,
    PSEUDONYM,
    RANDOM,
    Answers,
    BallotBox,
    UnreadableBoxError,
)
from surveys.models.replies import FeedbackReply
from surveys.models.surveys import Receipt, Survey
from surveys.models.waves import (
    Colleague,
    Hope,
    Occasion,
    Wave,
    WaveBox,
    WaveReceipt,
    WaveResponse,
)

__all__ = (
    "MEMBER",
    "PSEUDONYM",
    "RANDOM",
    "Answers",
    "BallotBox",
    "Colleague",
    "Comment",
    "FeedbackReply",
    "Hope",
    "Occasion",
    "Pseudonym",
    "Receipt",
    "Response",
    "Survey",
    "UnreadableBoxError",
    "Wave",
    "WaveBox",
    "WaveReceipt",
    "WaveResponse",
)
