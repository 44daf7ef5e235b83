from django.db import migrations, models

import accounts.search_text


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0008_people_without_email"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="search_text",
            field=accounts.search_text.SearchTextField("name", "email"),
        ),
        migrations.AddIndex(
            model_name="user",
            index=models.Index(fields=["name", "id"], name="person_name"),
        ),
        accounts.search_text.trigram_index(table="accounts_user", name="accounts_user_search"),
    ]
