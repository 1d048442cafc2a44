from django.db import migrations, models


class Migration(migrations.Migration):
    """An issue that is sent can be paused."""

    dependencies = [("newsletter", "0001_initial")]

    operations = [
        migrations.AlterField(
            model_name="issue",
            name="state",
            field=models.CharField(
                choices=[
                    ("draft", "Draft"),
                    ("scheduled", "Scheduled"),
                    ("sending", "Sending"),
                    ("paused", "Paused"),
                    ("sent", "Sent"),
                    ("stopped", "Stopped"),
                ],
                default="draft",
                max_length=9,
            ),
        ),
    ]
