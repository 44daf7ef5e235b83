from django.db import migrations
from django.db.models import OuterRef, Subquery

KIND, NO_COHORT = "look-back", 0
WORDS = dict.fromkeys(("address", "subject", "text", "html", "reply_to", "calendar"), "")


def give_cohorts(apps, schema_editor):
    """The question how it went is its cohort's, so that it goes as what the cohort keeps does.

    Where what was tried is deleted, nothing says any more of which cohort it was: the words of the question go now.
    """
    messages = apps.get_model("outbox", "Message").objects.filter(kind=KIND, stream=NO_COHORT)
    experiments = apps.get_model("reflections", "Experiment").objects
    known = messages.filter(about__in=experiments.values("pk"))
    cohort = experiments.filter(pk=OuterRef("about")).values("cohort")[:1]
    known.update(stream=Subquery(cohort))
    over = messages.exclude(sent_at=None, failed_at=None, dropped_at=None)
    over.update(**WORDS)
    over.exclude(reason="").update(reason="Its words, address and reason are erased.")


class Migration(migrations.Migration):
    run_before = [("outbox", "0008_outcome_columns")]
    dependencies = [
        ("outbox", "0005_owed_once"),
        ("reflections", "0006_words_printed_for_good"),
    ]

    operations = [migrations.RunPython(give_cohorts, migrations.RunPython.noop)]
