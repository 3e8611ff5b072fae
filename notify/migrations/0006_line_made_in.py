from django.db import migrations

import notify.models.inbox


class Migration(migrations.Migration):
    dependencies = [("notify", "0005_announcement_lines")]

    operations = [
        migrations.RunSQL(
            # In two steps: with the default in the first the whole table would be written anew. Older lines have none.
            [
                "ALTER TABLE in_app_notifications ADD COLUMN made_in xid8",
                "ALTER TABLE in_app_notifications ALTER COLUMN made_in SET DEFAULT pg_current_xact_id()",
            ],
            "ALTER TABLE in_app_notifications DROP COLUMN made_in",
            state_operations=[
                migrations.AddField(
                    model_name="inboxnotification",
                    name="made_in",
                    field=notify.models.inbox.TransactionId(
                        db_default=notify.models.inbox.CurrentTransaction(), editable=False, null=True
                    ),
                )
            ],
        )
    ]
