import django.db.models.deletion
import watchbell.kernel.tenancy
import watchbell.line.clock
import watchbell.line.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('channels', '0003_telling_settings'),
        ('kernel', '0004_claims_by_our_clock'),
        ('people', '0002_rides'),
    ]

    operations = [
        migrations.CreateModel(
            name='AlertCard',
            fields=[
                ('id', models.UUIDField(default=watchbell.line.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('version', models.CharField(max_length=16)),
                ('taken_at', models.DateTimeField(default=watchbell.line.clock.now)),
                ('district', models.ForeignKey(default=watchbell.kernel.tenancy._acting_or_fail, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='kernel.district')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.person')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('district', 'person'), name='alert_card_once')],
            },
        ),
        migrations.CreateModel(
            name='AlertTrial',
            fields=[
                ('id', models.UUIDField(default=watchbell.line.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('way', models.CharField(max_length=8)),
                ('to', models.CharField(max_length=20)),
                ('version', models.CharField(max_length=16)),
                ('language', models.CharField(max_length=16)),
                ('asked_at', models.DateTimeField(default=watchbell.line.clock.now)),
                ('rang', models.BooleanField(null=True)),
                ('told_at', models.DateTimeField(null=True)),
                ('district', models.ForeignKey(default=watchbell.kernel.tenancy._acting_or_fail, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='kernel.district')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.person')),
            ],
            options={
                'indexes': [models.Index(fields=['district', 'person', '-asked_at'], name='alert_trial_of_person'), models.Index(fields=['to', '-asked_at'], name='alert_trial_to')],
            },
        ),
        migrations.CreateModel(
            name='TextTelephone',
            fields=[
                ('id', models.UUIDField(default=watchbell.line.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('number', models.CharField(max_length=20)),
                ('made_at', models.DateTimeField(default=watchbell.line.clock.now)),
                ('by_name', models.CharField(blank=True, max_length=160)),
                ('district', models.ForeignKey(default=watchbell.kernel.tenancy._acting_or_fail, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='kernel.district')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('district', 'number'), name='text_telephone_once')],
            },
        ),
    ]
