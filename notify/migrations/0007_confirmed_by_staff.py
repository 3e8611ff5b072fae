from django.db import migrations, models

EVENTS = [
    ("accepted", "Accepted"),
    ("delivered", "Delivered"),
    ("opened", "Opened"),
    ("clicked", "Clicked"),
    ("deferred", "Deferred"),
    ("soft_bounce", "Bounced for now"),
    ("hard_bounce", "Bounced for good"),
    ("complained", "Reported as spam"),
    ("unsubscribed", "Unsubscribed"),
    ("resent", "Sent again by staff"),
    ("confirmed", "Confirmed by staff"),
]


class Migration(migrations.Migration):
    dependencies = [("notify", "0006_line_made_in")]

    operations = [
        migrations.AlterField(
            model_name="deliveryevent",
            name="event",
            field=models.CharField(choices=EVENTS, max_length=50),
        ),
        migrations.RemoveConstraint(model_name="deliveryevent", name="check_delivery_event"),
        migrations.AddConstraint(
            model_name="deliveryevent",
            constraint=models.CheckConstraint(
                condition=models.Q(event__in=[event for event, _label in EVENTS]), name="check_delivery_event"
            ),
        ),
    ]
