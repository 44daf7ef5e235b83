"""Moves the answers of open surveys from responses into ballot boxes."""

import json
import random
from datetime import timedelta

from django.db import migrations
from django.utils import timezone

OPEN_FOR = timedelta(days=14)
SIZE = 64 * 1024
NAMES = ("spoke_openly", "new_perspective", "do_differently", "worth_time", "change")
RANDOM = random.SystemRandom()


def move_open_answers(apps, schema_editor):
    """Create a box for every survey that is open. Closed surveys need none."""
    survey_model, box_model, response_model = (
        apps.get_model("surveys", name) for name in ("Survey", "BallotBox", "Response")
    )
    now = timezone.now()
    for survey in survey_model.objects.select_related("workshop"):
        ends_at = survey.workshop.ends_at
        closes_at = survey.closing_at or (ends_at and ends_at + OPEN_FOR)
        if closes_at and closes_at <= now:
            continue
        responses = response_model.objects.filter(survey=survey)
        answers = [
            {name: answer for name, answer in row.items() if answer not in (None, "")}
            for row in responses.values(*NAMES)
        ]
        RANDOM.shuffle(answers)
        text = json.dumps(answers, ensure_ascii=False)
        text += " " * (-len(text.encode()) % SIZE)
        box_model.objects.create(survey=survey, content=text)
        responses.delete()


def move_back(apps, schema_editor):
    """Write the answers in the boxes as responses, where earlier versions keep them."""
    response_model = apps.get_model("surveys", "Response")
    for box in apps.get_model("surveys", "BallotBox").objects.all():
        answers = json.loads(box.content)
        RANDOM.shuffle(answers)
        response_model.objects.bulk_create(
            response_model(survey_id=box.survey_id, **one) for one in answers
        )


class Migration(migrations.Migration):
    dependencies = [("surveys", "0003_ballot_boxes")]

    operations = [migrations.RunPython(move_open_answers, move_back)]
