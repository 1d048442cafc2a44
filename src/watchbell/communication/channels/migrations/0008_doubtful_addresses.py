from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('channels', '0007_bare_changes'),
    ]

    operations = [
        migrations.AddField(
            model_name='badaddress',
            name='is_doubt',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='badaddress',
            name='said',
            field=models.JSONField(default=list),
        ),
    ]
