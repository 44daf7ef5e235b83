import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import accounts.search_text


class Migration(migrations.Migration):
    dependencies = [
        ("cohorts", "0018_programme_name"),
        ("accounts", "0009_search_text"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="cohort",
            name="funder",
            field=models.CharField(
                blank=True,
                help_text="Who pays for the cohort. Participants don’t see it.",
                max_length=120,
                verbose_name="funder",
            ),
        ),
        migrations.AddField(
            model_name="cohort",
            name="funder_reference",
            field=models.CharField(
                blank=True,
                help_text="For example the number of the grant or contract.",
                max_length=120,
                verbose_name="funder’s reference",
            ),
        ),
        migrations.AddField(
            model_name="organisation",
            name="merged_by",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="organisation",
            name="merged_into",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                help_text="The organisation that this one is a duplicate of. Its name still finds it.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="merged",
                to="cohorts.organisation",
            ),
        ),
        migrations.AddField(
            model_name="organisation",
            name="merged_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="organisation",
            name="moved",
            field=models.JSONField(
                default=dict,
                editable=False,
                help_text="What the merge moved: primary keys by field. For a day, to undo it.",
            ),
        ),
        migrations.AddIndex(
            model_name="membership",
            index=models.Index(
                condition=models.Q(("role", "facilitator")),
                fields=["user", "cohort"],
                name="membership_facilitator",
            ),
        ),
        migrations.AddConstraint(
            model_name="organisation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("merged_at", None), ("merged_into", None)),
                    models.Q(("merged_at__isnull", False), ("merged_into__isnull", False)),
                    _connector="OR",
                ),
                name="organisation_merged_at_a_time",
                violation_error_message="Enter both the organisation it was merged into and the time, or neither.",
            ),
        ),
        migrations.AddField(
            model_name="cohort",
            name="search_text",
            field=accounts.search_text.SearchTextField("name", "place"),
        ),
        migrations.AddField(
            model_name="organisation",
            name="search_text",
            field=accounts.search_text.SearchTextField("name"),
        ),
        accounts.search_text.trigram_index(table="cohorts_cohort", name="cohorts_cohort_search"),
        accounts.search_text.trigram_index(
            table="cohorts_organisation", name="cohorts_organisation_search"
        ),
    ]
