from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('notices', '0006_told_corrections'),
    ]

    operations = [
        migrations.AddField(
            model_name='notice',
            name='corrected_at',
            field=models.DateTimeField(null=True),
        ),
    ]
