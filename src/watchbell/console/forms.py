"""How forms are drawn: every form and field in the console's look, with label, help and errors tied to the input."""

from django.forms.renderers import TemplatesSetting


class ConsoleRenderer(TemplatesSetting):
    """FORM_RENDERER = "watchbell.console.forms.ConsoleRenderer"; needs django.forms among the installed apps."""

    form_template_name = "console/_form.html"
    field_template_name = "console/_field.html"
