from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('channels', '0006_replaced_bodies'),
    ]

    operations = [
        migrations.AddField(
            model_name='contactchange',
            name='is_bare',
            field=models.BooleanField(default=False),
        ),
    ]
