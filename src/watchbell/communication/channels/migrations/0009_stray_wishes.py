import django.db.models.deletion
import watchbell.kernel.tenancy
import watchbell.line.clock
import watchbell.line.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('channels', '0008_doubtful_addresses'),
        ('kernel', '0004_claims_by_our_clock'),
    ]

    operations = [
        migrations.CreateModel(
            name='StrayWish',
            fields=[
                ('id', models.UUIDField(default=watchbell.line.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('heard', models.CharField(max_length=120)),
                ('kind', models.CharField(max_length=10)),
                ('sender', models.CharField(blank=True, max_length=254)),
                ('subject', models.CharField(blank=True, max_length=200)),
                ('text', models.TextField(blank=True)),
                ('because', models.CharField(max_length=255)),
                ('at', models.DateTimeField(default=watchbell.line.clock.now)),
                ('outcome', models.CharField(blank=True, max_length=10)),
                ('address', models.CharField(blank=True, max_length=254)),
                ('why', models.CharField(blank=True, max_length=200)),
                ('settled_at', models.DateTimeField(null=True)),
                ('settled_by', models.CharField(blank=True, max_length=160)),
                ('district', models.ForeignKey(default=watchbell.kernel.tenancy._acting_or_fail, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='kernel.district')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('settled_at', None)), fields=['district', '-at'], name='stray_wish_open')],
                'constraints': [models.UniqueConstraint(fields=('district', 'heard'), name='stray_wish_once')],
            },
        ),
    ]
