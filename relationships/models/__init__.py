from relationships.models.answers import AnswerBlob, Levels, RoundReceipt, UnreadableAnswersError
from relationships.models.figures import RoundFigures
from relationships.models.rounds import Occasion, RosterEntry, Round

__all__ = (
    "AnswerBlob",
    "Levels",
    "Occasion",
    "RosterEntry",
    "Round",
    "RoundFigures",
    "RoundReceipt",
    "UnreadableAnswersError",
)
