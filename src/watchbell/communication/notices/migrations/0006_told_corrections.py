from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('notices', '0005_digests'),
    ]

    operations = [
        migrations.AddField(
            model_name='notice',
            name='told',
            field=models.PositiveSmallIntegerField(default=0),
        ),
    ]
