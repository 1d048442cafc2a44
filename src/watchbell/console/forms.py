"""How forms are drawn: every form and field in the console's look, with label, help and errors tied to the input."""

from collections.abc import Mapping
from typing import Any

from django.forms.renderers import TemplatesSetting
from django.http import HttpRequest
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

SELECT, OPTION = "django/forms/widgets/select.html", "django/forms/widgets/select_option.html"


class ConsoleRenderer(TemplatesSetting):
    """FORM_RENDERER = "watchbell.console.forms.ConsoleRenderer"; needs django.forms among the installed apps."""

    form_template_name = "console/_form.html"
    field_template_name = "console/_field.html"

    def render(self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None) -> str:
        """A list to choose from is drawn without its templates, one for each of a school's two hundred rooms."""
        if template_name == SELECT and _is_plain(context["widget"]):
            return draw_select(context["widget"])
        return str(super().render(template_name, context, request))


def _is_plain(widget: Mapping[str, Any]) -> bool:
    return all(option["template_name"] == OPTION for _, options, _ in widget["optgroups"] for option in options)


def draw_select(widget: Mapping[str, Any]) -> SafeString:
    """What Django's own templates make of a select, letter by letter."""
    drawn = [f'<select name="{conditional_escape(widget["name"])}"{_attributes(widget["attrs"])}>']
    for group, options, _ in widget["optgroups"]:
        drawn.append(f'\n  <optgroup label="{conditional_escape(group)}">' if group else "")
        drawn += [
            f'\n  <option value="{conditional_escape(str(option["value"]))}"{_attributes(option["attrs"])}>'
            f"{conditional_escape(option['label'])}</option>\n" for option in options
        ]  # fmt: skip
        drawn.append("\n  </optgroup>" if group else "")
    return mark_safe("".join([*drawn, "\n</select>"]))  # noqa: S308 - every text is escaped above


def _attributes(attrs: Mapping[str, Any]) -> str:
    return "".join(
        f" {conditional_escape(name)}" + ("" if value is True else f'="{conditional_escape(str(value))}"')
        for name, value in attrs.items() if value is not False
    )  # fmt: skip
