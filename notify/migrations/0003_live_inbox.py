from django.db import migrations, models

# Who listens on the channel "inbox" hears whose lines have changed, once a statement, when it is committed.
# A notification holds 8,000 bytes: 380 ids of at most 20 digits and a comma fit.
TELL = """
CREATE FUNCTION tell_whose_inbox_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    people text;
BEGIN
    FOR people IN
        SELECT string_agg(user_id::text, ',')
        FROM (SELECT user_id, (row_number() OVER () - 1) / 380 AS part
              FROM (SELECT DISTINCT user_id FROM changed) AS everybody) AS parted
        GROUP BY part
    LOOP
        PERFORM pg_notify('inbox', people);
    END LOOP;
    RETURN NULL;
END $$;
CREATE TRIGGER inbox_inserted AFTER INSERT ON in_app_notifications
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tell_whose_inbox_changed();
CREATE TRIGGER inbox_updated AFTER UPDATE ON in_app_notifications
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tell_whose_inbox_changed();
CREATE TRIGGER inbox_deleted AFTER DELETE ON in_app_notifications
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tell_whose_inbox_changed();
"""
SILENCE = """
DROP TRIGGER inbox_inserted ON in_app_notifications;
DROP TRIGGER inbox_updated ON in_app_notifications;
DROP TRIGGER inbox_deleted ON in_app_notifications;
DROP FUNCTION tell_whose_inbox_changed();
"""


class Migration(migrations.Migration):
    dependencies = [("notify", "0002_outbox_inbox_and_announcements")]

    operations = [
        migrations.AddField(
            model_name="inboxnotification",
            name="archived_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.RunSQL(TELL, SILENCE),
    ]
