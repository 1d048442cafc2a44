"""A safety digest in plain words and numbers, from figures that help nobody who means harm."""

from watchbell.communication.newsletter.facts import Block, Figures, Letter

MONTHS = {
    "en": ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December"),
    "es": ("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre",
           "noviembre", "diciembre"),
}  # fmt: skip
#: Names of drills and purposes as they stand in the district's records → Spanish.
SPANISH = {
    "Fire": "Incendio", "Evacuate": "Evacuación", "Lockdown": "Cierre de emergencia", "Secure": "Modo seguro",
    "Hold": "Permanecer en el aula", "Shelter: severe weather": "Refugio por mal tiempo",
    "Shelter: hazardous materials": "Refugio por materiales peligrosos", "Earthquake": "Terremoto",
    "Intruder, led by police": "Intruso, dirigido por la policía", "Bus evacuation": "Evacuación del autobús",
    "Reunification": "Reunificación", "Tabletop": "Ejercicio de mesa", "Emergency": "Emergencia",
    "Attendance": "Asistencia", "Routine": "Información general", "Newsletter": "Boletín",
}  # fmt: skip


def digest_letters(figures: Figures, district: str) -> tuple[Letter, Letter]:
    """The draft in English and Spanish, for a person to look at."""
    return _english(figures, district), _spanish(figures, district)


def _counted(number: int, one: str, several: str) -> str:
    return f"{number:,} {one if number == 1 else several}"


def _english(figures: Figures, district: str) -> Letter:
    month, total = MONTHS["en"][figures.month - 1], sum(figures.drills.values())
    drills = (
        f"Our schools practiced {_counted(total, 'time', 'times')} in {month}. {figures.schools_with_drill} of "
        f"{_counted(figures.schools, 'school', 'schools')} took part. Each drill is talked over afterwards, so that "
        "the next one goes better."
        if total else f"No drill has been recorded in {month} so far."
    )  # fmt: skip
    watched = (
        f"{_counted(figures.watched, 'safety device reports by itself', 'safety devices report by themselves')}, "
        "day and night. When one falls silent, somebody is told and looks after it."
        if figures.watched else ""
    )  # fmt: skip
    return _letter(
        "en", f"Safety in {month} {figures.year}", f"What {district} did for the safety of our schools this month.",
        [("What we practiced", drills, [f"{name}: {count}" for name, count in sorted(figures.drills.items())]),
         ("What we look after", watched, []),
         ("What we told families", "Messages sent this month:" if figures.sent else "",
          [f"{name}: {count}" for name, count in figures.sent.items()])],
        "If you see something that worries you, tell any member of staff. In an emergency call 911.",
    )  # fmt: skip


def _spanish(figures: Figures, district: str) -> Letter:
    month, total = MONTHS["es"][figures.month - 1], sum(figures.drills.values())
    drills = (
        f"Nuestras escuelas practicaron {_counted(total, 'vez', 'veces')} en {month}. Participaron "
        f"{figures.schools_with_drill} de {_counted(figures.schools, 'escuela', 'escuelas')}. Después de cada "
        "simulacro hablamos de lo que se puede mejorar."
        if total else f"En {month} todavía no se ha registrado ningún simulacro."
    )  # fmt: skip
    watched = (
        f"Cuidamos {_counted(figures.watched, 'dispositivo', 'dispositivos')} de seguridad día y noche: avisan por sí "
        "mismos, y cuando uno no avisa, alguien va a ver."
        if figures.watched else ""
    )  # fmt: skip
    names = [f"{SPANISH.get(name, name)}: {count}" for name, count in sorted(figures.drills.items())]
    return _letter(
        "es", f"Seguridad en {month} de {figures.year}",
        f"Lo que {district} hizo este mes por la seguridad de nuestras escuelas.",
        [("Lo que practicamos", drills, names),
         ("Lo que cuidamos", watched, []),
         ("Lo que avisamos a las familias", "Mensajes enviados este mes:" if figures.sent else "",
          [f"{SPANISH.get(name, name)}: {count}" for name, count in figures.sent.items()])],
        "Si algo le preocupa, dígaselo a cualquier miembro del personal. En una emergencia llame al 911.",
    )  # fmt: skip


def _letter(language: str, title: str, first: str, parts: list[tuple[str, str, list[str]]], last: str) -> Letter:
    blocks = [("paragraph", first)]
    for heading, text, items in parts:
        if text:
            blocks += [("heading", heading), ("paragraph", text)]
            blocks += [("list", "\n".join(items))] if items else []
    blocks += [("divider", ""), ("paragraph", last)]
    return Letter(language, title, tuple(Block(f"b{n}", kind, text) for n, (kind, text) in enumerate(blocks, 1)))
