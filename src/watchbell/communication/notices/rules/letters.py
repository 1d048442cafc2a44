"""The letter to families after an incident: its words from the record, in English and Spanish; pure."""

from datetime import date, datetime, timedelta

from watchbell.communication.notices.facts import LetterFacts, Text
from watchbell.communication.notices.rules import fill_template

#: What was done → (English, Spanish).
DONE = {
    "alarm": ("The alarm was raised.", "Se dio la alarma."),
    "lock_door": ("Doors were locked.", "Se cerraron las puertas con llave."),
    "start_page": ("Everybody in the building was told over the loudspeakers.",
                   "Se avisó a todos en el edificio por los altavoces."),
    "push_staff": ("Staff were alerted on their phones and screens.",
                   "Se alertó al personal en sus teléfonos y pantallas."),
    "start_strobe": ("Warning lights and signs were switched on.", "Se encendieron las luces y señales de aviso."),
    "tell_dispatch": ("The 911 center was informed.", "Se informó al centro del 911."),
    "families": ("Families had our first message.", "Las familias recibieron nuestro primer mensaje."),
    "rooms": ("Every room had reported.", "Todas las aulas habían informado."),
    "clear": ("The all-clear was given.", "Se anunció que todo estaba en orden."),
}  # fmt: skip
#: An order's action → what it counts as.
DONE_BY = {
    "lock_door": "lock_door", "start_page": "start_page", "push_staff": "push_staff", "tell_screens": "push_staff",
    "start_strobe": "start_strobe", "show_sign": "start_strobe", "tell_dispatch": "tell_dispatch",
    "place_call": "tell_dispatch",
}  # fmt: skip
SPANISH_KINDS = {"lockdown": "cierre de emergencia", "secure": "modo seguro", "hold": "permanencia en las aulas",
                 "evacuate": "evacuación", "shelter": "refugio", "fire": "alarma de incendio"}  # fmt: skip
#: What a closed incident turned out to be → its cause, where nobody has written more.
CAUSES = {
    "real": ("It was a real emergency.", "Fue una emergencia real."),
    "precaution": ("It was a precaution: nobody in the school was in danger.",
                   "Fue una precaución: nadie en la escuela estuvo en peligro."),
    "unintended": ("An alarm button was pressed by mistake. There was no danger.",
                   "Se presionó por error un botón de alarma. No hubo ningún peligro."),
}  # fmt: skip
UNKNOWN_CAUSE = ("The cause is still being looked into. We write again when we know more.",
                 "Todavía se investiga la causa. Escribiremos de nuevo cuando sepamos más.")  # fmt: skip
ACCOUNTED = ("Every student and every member of staff was accounted for.",
             "Se localizó a todos los alumnos y a todo el personal.")  # fmt: skip
MONTHS = ("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre",
          "noviembre", "diciembre")  # fmt: skip

TEXTS = (
    Text("en", "What happened at {{site}} on {{date}}",
         "{{site}}: the {{what}} of {{date}} is over. What happened, and where to find help: {{link}}",
         "Dear families,\n\non {{date}} at {{time}} {{site}} went into: {{what}}. It ended at {{until}}, after "
         "{{duration}}.\n\nWhat happened\n{{cause}}\n\nWhat was done\n{{done}}\n{{accounted}}\n\nWhere help is\n"
         "Children often want to talk after such a day, some of them days later. Our counselors are there for your "
         "child and for you: ask in the school's office, or write back to this letter. At any hour you can call or "
         "text 988, free of charge.\n\nThank you for your patience."),
    Text("es", "Lo que pasó en {{site}} el {{date}}",
         "{{site}}: terminó la situación del {{date}} ({{what}}). Qué pasó y dónde hay ayuda: {{link}}",
         "Estimadas familias:\n\nEl {{date}} a las {{time}} hubo en {{site}}: {{what}}. Terminó a las {{until}}, "
         "después de {{duration}}.\n\nQué pasó\n{{cause}}\n\nQué se hizo\n{{done}}\n{{accounted}}\n\nDónde hay ayuda\n"
         "Después de un día así los niños suelen querer hablar, a veces días más tarde. Nuestros consejeros están para "
         "su hijo o hija y para usted: pregunte en la oficina de la escuela o responda a esta carta. A cualquier hora "
         "puede llamar o escribir al 988, gratis y también en español.\n\nGracias por su paciencia."),
)  # fmt: skip


def cause_of(outcome: str, language: str) -> str:
    """The cause as the outcome alone tells it."""
    return CAUSES.get(outcome, UNKNOWN_CAUSE)[language == "es"]


def words_for(facts: LetterFacts, language: str, cause: str) -> dict[str, str]:
    """What stands for the letter's placeholders in a language; whatever is not Spanish reads English."""
    number = int(language == "es")
    lines = [f"{at:%H:%M}  {DONE[key][number]}" for at, key in facts.done]
    return {
        "site": facts.site, "what": SPANISH_KINDS.get(facts.kind, facts.what) if number else facts.what,
        "date": say_date(facts.began_at.date(), language), "time": f"{facts.began_at:%H:%M}",
        "until": f"{facts.cleared_at:%H:%M}", "duration": say_length(facts.cleared_at - facts.began_at, language),
        "cause": cause.strip() or cause_of(facts.outcome, language), "done": "\n".join(lines),
        "accounted": ACCOUNTED[number] if facts.is_accounted else "",
    }  # fmt: skip


def fill_letter(text: Text, words: dict[str, str]) -> Text:
    """A text of the template with the incident's words; what is left empty leaves no gap."""
    filled = [fill_template(part, words) for part in (text.title, text.short, text.text, text.spoken)]
    title, short, long, spoken = (part.replace("\n\n\n", "\n\n").strip() for part in filled)
    return Text(text.language, title[:120], short, long, spoken)


def say_date(day: date, language: str) -> str:
    """ "November 27, 2026", "27 de noviembre de 2026"."""
    return (
        f"{day.day} de {MONTHS[day.month - 1]} de {day.year}" if language == "es" else f"{day:%B} {day.day}, {day.year}"
    )


def say_length(lasted: timedelta, language: str) -> str:
    """ "1 hour and 12 minutes", to the minute, one at least."""
    hours, minutes = divmod(max(1, round(lasted.total_seconds() / 60)), 60)
    names = (
        (("hora", "horas"), ("minuto", "minutos")) if language == "es" else (("hour", "hours"), ("minute", "minutes"))
    )
    parts = [f"{count} {name[count != 1]}" for count, name in zip((hours, minutes), names, strict=True) if count]
    return (" y " if language == "es" else " and ").join(parts)


def say_due(due_at: datetime, now: datetime) -> str:
    """ "tomorrow 10:42", in the words of somebody who reads it now; both local."""
    days = (due_at.date() - now.date()).days
    day = {-1: "yesterday ", 0: "today ", 1: "tomorrow "}.get(days, f"{due_at:%b} {due_at.day}, ")
    return f"{day}{due_at:%H:%M}"
