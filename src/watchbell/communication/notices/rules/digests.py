"""Which mails wait for the day's digest, what that says, and how many the sender is told: pure."""

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from watchbell.communication.channels.facts import BodyText
from watchbell.communication.notices.facts import Draft, Text
from watchbell.communication.notices.rules import options_in
from watchbell.communication.notices.rules.words import CORRECTED, WORDS
from watchbell.line.filling import fill
from watchbell.line.languages import RIGHT_TO_LEFT, by_language, choose_language

#: The keys, in the order of the lines below.
KEYS = ("today", "from", "more", "why", "back")
_EN = (
    "Today's messages", "Today's messages from {district}", "Open this message",
    "You chose one mail a day for routine messages. Emergencies, attendance and everything about an incident always "
    "come at once.",
    "Get each message at once again",
)  # fmt: skip
_ES = (
    "Mensajes de hoy", "Mensajes de hoy de {district}", "Abrir este mensaje",
    "Usted eligió un solo correo al día para los mensajes de rutina. Las emergencias, la asistencia y todo lo relativo "
    "a un incidente llegan siempre de inmediato.",
    "Volver a recibir cada mensaje de inmediato",
)  # fmt: skip
_FR = (
    "Messages du jour", "Messages du jour de {district}", "Ouvrir ce message",
    "Vous avez choisi un seul courriel par jour pour les messages de routine. Les urgences, la présence et tout ce qui "
    "concerne un incident arrivent toujours aussitôt.",
    "Recevoir de nouveau chaque message aussitôt",
)  # fmt: skip
_AR = (
    "رسائل اليوم", "رسائل اليوم من {district}", "افتح هذه الرسالة",
    "اخترت رسالة بريدية واحدة في اليوم للرسائل العادية. أما رسائل الطوارئ والحضور وكل ما يتعلق بحادث فتصل دائمًا فورًا.",
    "استلام كل رسالة فورًا من جديد",
)  # fmt: skip
_ZH = (
    "今天的消息", "{district} 今天的消息", "打开这条消息",
    "您选择了每天一封邮件接收日常消息。紧急、出勤以及与事件有关的所有消息总是立即发送。",
    "重新立即接收每条消息",
)  # fmt: skip
_VI = (
    "Tin nhắn hôm nay", "Tin nhắn hôm nay từ {district}", "Mở tin nhắn này",
    "Quý vị đã chọn một thư mỗi ngày cho tin thường. Tin khẩn cấp, điểm danh và mọi tin về sự cố luôn đến ngay.",
    "Nhận lại từng tin ngay lập tức",
)  # fmt: skip
_SO = (
    "Farriimaha maanta", "Farriimaha maanta ee {district}", "Fur farriintan",
    "Waxaad dooratay hal iimayl maalintii farriimaha caadiga ah. Degdegga, xaadirista iyo wax kasta oo ku saabsan "
    "dhacdo isla markiiba way yimaadaan mar kasta.",
    "Mar kale farriin kasta isla markiiba hel",
)  # fmt: skip
_SW = (
    "Ujumbe wa leo", "Ujumbe wa leo kutoka {district}", "Fungua ujumbe huu",
    "Umechagua barua pepe moja kwa siku kwa ujumbe wa kawaida. Dharura, mahudhurio na kila kinachohusu tukio huja mara "
    "moja, daima.",
    "Pokea tena kila ujumbe mara moja",
)  # fmt: skip
DIGEST_WORDS = by_language(KEYS, _EN, _ES, _FR, _AR, _ZH, _VI, _SO, _SW)


def digest_words_in(language: str) -> dict[str, str]:
    """The words of a language; English where there is none."""
    return DIGEST_WORDS[choose_language([language])]


def may_wait(draft: Draft) -> bool:
    """Whether its mails wait where somebody wants one a day: what is routine, for real and of no incident."""
    is_plain = draft.purpose == "routine" and draft.mode == "real" and draft.incident is None
    return is_plain and not draft.skips_digest


@dataclass(frozen=True)
class Entry:
    """A notice in one reader's digest. about: whose it is, "Ana, Birch Elementary"; "" everybody's.

    link: their own page of it. fields: what stands for the text's placeholders. is_corrected: they are told anew.
    released_at: when it was let go, which orders them: workers send what was let go together in no order.
    """

    text: Text
    link: str
    released_at: datetime
    about: str = ""
    options: tuple[str, ...] = ()
    is_corrected: bool = False
    fields: Mapping[str, str] | None = None

    @property
    def title(self) -> str:
        before = CORRECTED.get(self.text.language, CORRECTED["en"]) if self.is_corrected else ""
        return before + self._fill(self.text.title)

    @property
    def short(self) -> str:
        return self._fill(self.text.short)

    @property
    def asks(self) -> str:
        """The question's answers, in the text's language."""
        offered = options_in(self.text, self.options)
        return WORDS.get(self.text.language, WORDS["en"])[3] + " / ".join(offered) if offered else ""

    def _fill(self, words: str) -> str:
        return re.sub(r"[ \t]+", " ", fill(words, {**(self.fields or {}), "link": ""})).strip()


def spell_about(child: str, schools: Sequence[str]) -> str:
    """Whose a notice is, as a heading: the children it is about and the schools it went to, as far as known."""
    return ", ".join(filter(None, (child, *schools[:3])))


def group_entries(entries: Iterable[Entry]) -> list[tuple[str, list[Entry]]]:
    """By whose they are; the newest first, in each group and among the groups."""
    found: dict[str, list[Entry]] = {}
    for one in sorted(entries, key=lambda one: one.released_at, reverse=True):
        found.setdefault(one.about, []).append(one)
    return list(found.items())


def fields_of(entries: Sequence[Entry], language: str) -> dict[str, str]:
    """What stands for the placeholders of `render_digest` in one reader's mail; `…_html` is markup."""
    words = digest_words_in(language)
    groups = group_entries(entries)
    plain, rich = [], []
    for about, mine in groups:
        if about:
            plain.append(f"{about}\n{'-' * min(len(about), 60)}")
            rich.append(f'<h2 style="font-size:17px;margin:24px 0 4px">{html.escape(about)}</h2>')
        for one in mine:
            plain.append("\n".join(filter(None, (one.title, one.short, one.asks, one.link))))
            rich.append(_entry_html(one, language, words["more"]))
    first = groups[0][1][0].title if groups else ""
    return {"count": str(len(entries)), "first": first, "items": "\n\n".join(plain), "items_html": "".join(rich)}


def _entry_html(one: Entry, language: str, more: str) -> str:
    spoken = choose_language([one.text.language])
    other = "" if spoken == choose_language([language]) else f' lang="{spoken}" dir="{_turned(spoken)}"'
    asks = f"<p{other}>{html.escape(one.asks)}</p>" if one.asks else ""
    link = html.escape(one.link)
    return (
        f'<div style="border-top:1px solid #cbd5e1;padding:8px 0"><h3 style="font-size:16px;margin:8px 0"{other}>'
        f'<a href="{link}">{html.escape(one.title)}</a></h3>'
        f"<p{other}>{html.escape(one.short).replace(chr(10), '<br>')}</p>{asks}"
        f'<p><a href="{link}">{html.escape(more)}</a></p></div>'
    )


def _turned(language: str) -> str:
    return "rtl" if language in RIGHT_TO_LEFT else "ltr"


def render_digest(language: str, district: str) -> BodyText:
    """The day's mail in a language; each reader's own part is put in by `fields_of`, {{link}} leads back to at once."""
    words = digest_words_in(language)
    title = words["from"].format(district=district)
    return BodyText(
        language=language, subject=f"{words['today']} ({{{{count}}}}): {{{{first}}}}",
        text=f"{title}\n\n{{{{items}}}}\n\n{words['why']}\n{words['back']}: {{{{link}}}}\n\n{district}",
        short=title, spoken=title,
        html=(
            f'<html lang="{language}" dir="{_turned(language)}"><body style="font-family:sans-serif;font-size:16px;'
            f'line-height:1.5"><h1 style="font-size:20px">{html.escape(title)}</h1>{{{{items_html}}}}'
            f'<p style="border-top:1px solid #cbd5e1;padding-top:12px">{html.escape(words["why"])}</p>'
            f'<p><a href="{{{{link}}}}">{html.escape(words["back"])}</a></p><p>{html.escape(district)}</p>'
            "</body></html>"
        ),
    )  # fmt: skip


def say_over(state: str, is_past: bool) -> str:
    """Why a notice goes in no digest any more; "" where it does."""
    if state in ("stopped", "ended"):
        return "It was ended or stopped before its digest went."
    return "Its time was over before its digest went." if is_past else ""


def say_when(due: datetime, local: datetime) -> str:
    """Which digest is meant, as said on the day `local`: "today's digest at 17:00"; both are the district's time."""
    days = (due.date() - local.date()).days
    if days in (0, 1):
        return f"{('today', 'tomorrow')[days]}'s digest at {due:%H:%M}"
    return f"the digest of {due:%A} {due.day} {due:%B} at {due:%H:%M}"


def say_mails(
    now_count: int, daily: int, due: datetime, local: datetime, ends: datetime, *, is_later: bool, skips: bool,
    in_turn: bool = False,
) -> str:  # fmt: skip
    """How many get it by a mail of its own and how many in the digest, for whoever sends it; "" where nobody waits.

    due: when the digest after it goes, local: now, both in the district's time. ends: when it ends. in_turn: by each
    family's dearest way first, so that a mail comes only to who is not reached by then.
    """
    if not daily:
        return ""
    at_once = "in its turn, if still needed" if in_turn else "when it goes out" if is_later else "now"
    if skips:
        return (f"{now_count + daily:,} by mail {at_once}: it does not wait for the digest, also not for the {daily:,} "
                "who want one mail a day.")  # fmt: skip
    if ends <= due:
        return (f"{now_count + daily:,} by mail {at_once}: it ends before {say_when(due, local)}, so the {daily:,} who "
                "want one mail a day get it at once.")  # fmt: skip
    return f"{now_count:,} by mail {at_once}, {daily:,} in {say_when(due, local)}."


def goes_at(draft: Draft, now: datetime, morning: datetime | None) -> datetime:
    """When a notice that is sent now goes out. morning: until when it spares the night."""
    return morning or (draft.send_at if draft.send_at and draft.send_at > now else now)
