from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('channels', '0009_stray_wishes'),
    ]

    operations = [
        migrations.AddField(  # those that are there already have been gathered
            model_name='mailing',
            name='is_gathered',
            field=models.BooleanField(default=True),
        ),
        migrations.AlterField(
            model_name='mailing',
            name='is_gathered',
            field=models.BooleanField(default=False),
        ),
    ]
