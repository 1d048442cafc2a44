from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('channels', '0005_digests'),
    ]

    operations = [
        migrations.AddField(
            model_name='body',
            name='replaced_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.RemoveConstraint(
            model_name='body',
            name='body_once_per_language',
        ),
        migrations.AddConstraint(
            model_name='body',
            constraint=models.UniqueConstraint(condition=models.Q(('replaced_at', None)), fields=('mailing', 'language'), name='body_once_per_language'),
        ),
    ]
