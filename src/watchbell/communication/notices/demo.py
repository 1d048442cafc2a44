"""The demo district's templates, approved."""

from watchbell.communication.notices import actions
from watchbell.communication.notices.facts import LETTER_NAME, Text
from watchbell.communication.notices.models import Template
from watchbell.communication.notices.rules.letters import TEXTS
from watchbell.kernel.permissions import Actor

#: (name, purpose, kind, English, Spanish, answers); each text: title, short, long.
TEMPLATES = (
    ("Lockdown: first message", "emergency", "lockdown",
     ("Lockdown at {{site}}", "{{site}} is in lockdown since {{time}}. Students and staff are secured in locked rooms. "
      "Police are informed. Please do not come to the school and do not call: phones are needed. We write again soon.",
      ""),
     ("Cierre de emergencia en {{site}}", "{{site}} está en cierre de emergencia desde las {{time}}. Los alumnos y el "
      "personal están en aulas cerradas. La policía está informada. No venga a la escuela ni llame. "
       "Escribiremos pronto.",
      ""), ()),
    ("Lockdown: update", "emergency", "lockdown",
     ("Still in lockdown: {{site}}", "{{site}} is still in lockdown. Everybody stays in locked rooms while "
      "police search "
      "the building. Please stay away. Next message within 30 minutes.", ""),
     ("Sigue el cierre: {{site}}", "{{site}} sigue en cierre. Todos permanecen en aulas cerradas mientras la policía "
      "revisa el edificio. No venga. Próximo mensaje en 30 minutos.", ""), ()),
    ("Secure: first message", "emergency", "secure",
     ("{{site}} is in Secure", "{{site}} has locked its outside doors because of something in the "
      "neighborhood. Lessons "
      "go on inside. Nobody goes in or out for now.", ""),
     ("{{site}} en modo seguro", "{{site}} cerró sus puertas exteriores por algo en el vecindario. Las clases siguen "
      "adentro. Nadie entra ni sale por ahora.", ""), ()),
    ("Evacuation: first message", "emergency", "evacuate",
     ("{{site}} was evacuated", "{{site}} was evacuated at {{time}}. Students are with their teachers at the assembly "
      "place. Please wait for the next message before you come.", ""),
     ("{{site}} fue evacuada", "{{site}} fue evacuada a las {{time}}. Los alumnos están con sus maestros en "
      "el punto de "
      "reunión. Espere el próximo mensaje antes de venir.", ""), ()),
    ("Shelter: first message", "emergency", "shelter",
     ("{{site}} takes shelter", "{{site}} has taken shelter since {{time}}. Everybody is inside, away from "
      "windows.", ""),
     ("{{site}} se refugia", "{{site}} está refugiada desde las {{time}}. Todos están adentro, lejos de las ventanas.",
      ""), ()),
    ("All clear", "emergency", "",
     ("All clear at {{site}}", "The {{what}} at {{site}} is over. Everybody is accounted for. The school day ends as "
      "usual. A letter follows today.", ""),
     ("Todo en orden en {{site}}", "Terminó la emergencia en {{site}}. Todos están localizados. El día escolar termina "
      "como siempre. Hoy sigue una carta.", ""), ()),
    ("Is your child with you?", "emergency", "",
     ("Is {{child}} with you?", "We are making sure that everybody is safe. Is {{child}} with you?", ""),
     ("¿Está {{child}} con usted?", "Queremos saber que todos están a salvo. ¿Está {{child}} con usted?", ""),
     ("With me, safe", "Not with me")),
    ("Absence", "attendance", "",
     ("{{child}} is absent today", "{{child}} was not in class this morning and we have not heard from you. Is "
      "everything well?", ""),
     ("{{child}} falta hoy", "{{child}} no vino a clase esta mañana y no sabemos por qué. ¿Está todo bien?", ""),
     ("At home, well", "I do not know")),
    ("Early release", "routine", "",
     ("School ends early today", "Because of the weather school ends at noon today. Buses leave at 12:10.", ""),
     ("Hoy salimos temprano", "Por el clima, las clases terminan hoy a mediodía. Los autobuses salen a las 12:10.", ""),
     ()),
)  # fmt: skip
#: The answers in Spanish.
SPANISH = {
    ("With me, safe", "Not with me"): ("Conmigo, a salvo", "No está conmigo"),
    ("At home, well", "I do not know"): ("En casa, bien", "No lo sé"),
}


def load(actor: Actor) -> None:
    """Writes and approves each once."""
    known = set(Template.objects.values_list("name", flat=True))
    for name, purpose, kind, english, spanish, answers in TEMPLATES:
        if name in known:
            continue
        texts = [Text("en", *english), Text("es", *spanish, options=SPANISH.get(answers, ()))]
        made = actions.write_template(actor, None, name, purpose, kind, texts, answers)
        actions.approve_template(actor, made, 1)
    if LETTER_NAME not in known:
        actions.approve_template(actor, actions.write_template(actor, None, LETTER_NAME, "routine", "", TEXTS), 1)
