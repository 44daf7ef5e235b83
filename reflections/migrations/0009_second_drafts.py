from django.db import migrations, models
from django.db.models import Subquery

import accounts.public_id


def split_drafts(apps, schema_editor):
    """Turn the other version that a draft's row holds into a draft of its own.

    The encrypted text is copied inside the database, so that no key is needed.
    """
    Draft = apps.get_model("reflections", "Draft")
    rows = Draft.objects.exclude(other_typed_at=None).values(
        "pk", "entry", "author_id", "cohort_id", "workshop_id", "prompt", "other_typed_at"
    )
    for row in list(rows):
        pk, entry, typed_at = row.pop("pk"), row.pop("entry"), row.pop("other_typed_at")
        second = Draft.objects.create(
            **row,
            entry=accounts.public_id.new_public_id(),
            conflicts_with=entry,
            body="",
            typed_at=typed_at,
        )
        text = Subquery(Draft.objects.filter(pk=pk).values("other_body"))
        Draft.objects.filter(pk=second.pk).update(body=text)


class Migration(migrations.Migration):
    dependencies = [("reflections", "0008_plain_names")]

    operations = [
        migrations.AddField(
            model_name="draft",
            name="conflicts_with",
            field=models.CharField(
                blank=True,
                default="",
                help_text="Entry of the draft that another page had changed, so that this is a second one.",
                max_length=12,
            ),
            preserve_default=False,
        ),
        migrations.RunPython(split_drafts, migrations.RunPython.noop),
    ]
