"""Moves answers from columns to JSON, and what people wrote from responses to comments."""

import random

from django.db import migrations
from django.utils import timezone

SCALES = ("spoke_openly", "new_perspective", "do_differently", "worth_time")
# As in surveys/disclosure.py when this was written.
MINIMUM, EXACT_MINIMUM = 5, 8
RANDOM = random.SystemRandom()


def move_answers(apps, schema_editor):
    """Everybody can read these comments already, so none of them waits to be read.

    Leaves out comments that could never be shown, because too few people answered.
    """
    survey_model, response_model, comment_model = (
        apps.get_model("surveys", name) for name in ("Survey", "Response", "Comment")
    )
    for survey in survey_model.objects.all():
        responses = list(response_model.objects.filter(survey=survey))
        for response in responses:
            scores = {name: getattr(response, name) for name in SCALES}
            response.answers = {name: score for name, score in scores.items() if score}
        response_model.objects.bulk_update(responses, ["answers"])
        texts = [response.change for response in responses if response.change]
        if len(texts) < MINIMUM and len(responses) < EXACT_MINIMUM:
            continue
        RANDOM.shuffle(texts)
        comment_model.objects.bulk_create(
            comment_model(
                survey=survey,
                question="change",
                text=text,
                decision="shown",
                read_at=survey.closing_at or timezone.now(),
            )
            for text in texts
        )


def move_back(apps, schema_editor):
    """Give the comments to responses in random order: nothing says which belong together."""
    response_model, comment_model = (
        apps.get_model("surveys", name) for name in ("Response", "Comment")
    )
    for survey in apps.get_model("surveys", "Survey").objects.all():
        responses = list(response_model.objects.filter(survey=survey))
        texts = [one.text for one in comment_model.objects.filter(survey=survey, question="change")]
        RANDOM.shuffle(responses)
        for response, text in zip(responses, texts, strict=False):
            response.change = text
        for response in responses:
            for name in SCALES:
                setattr(response, name, response.answers.get(name))
        response_model.objects.bulk_update(responses, ["change", *SCALES])


class Migration(migrations.Migration):
    dependencies = [("surveys", "0006_questions_of_ones_own")]

    operations = [migrations.RunPython(move_answers, move_back)]
