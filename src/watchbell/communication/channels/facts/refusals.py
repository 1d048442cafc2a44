"""What families are refused, and what they can do, in the languages messages are written in.

Whoever refuses raises the English text of `refusal`; the page that shows it says the same in the reader's language.
"""

from collections.abc import Iterable
from typing import Any

from watchbell.communication.channels.facts.words import frame_in
from watchbell.line.errors import NotFound
from watchbell.line.languages import by_language, choose_language

#: The keys, in the order of the lines below. not_done, not_there: headings. failed: for what is not in the table.
KEYS = (
    "not_done", "not_there", "failed", "too_often", "link_gone", "message_gone", "no_family", "nothing_such",
    "no_number", "no_mail", "nothing_pending", "code_old", "code_wrong", "no_answer", "no_way_back", "sign_in_code",
    "sign_in_used", "sign_in_bad", "sign_in_first", "no_device", "say_who", "no_address", "no_district", "no_push",
    "provider", "trial_often", "no_trial", "no_trial_number", "no_trial_way", "last_address",
)  # fmt: skip
_EN = (
    "That did not work", "There is nothing here", "Nothing was changed. Try again, or call the school.",
    "Too many tries from here. Wait a minute.", "This link is not valid any more. Ask the school for a new one.",
    "This message is not kept any more.", "This link belongs to no family.", "There is nothing like this to change.",
    "Write a telephone number with its area code.", "Write an e-mail address.",
    "There is nothing to confirm: ask for a new code.",
    "This code is too old, or was tried too often. Ask for a new one.", "That is not the code we sent.",
    "Choose one of the answers.", "We have no address to answer to. Call the school.",
    "That is not the code we sent, or it is older than 20 minutes. Ask for a new one.",
    "This link has been used, or is older than 20 minutes. Ask for a new one.", "This link is not valid.",
    "Sign in first.", "There is no such device of yours.", "Say who you are.",
    "Write an e-mail address, or a telephone number with its area code.", "Choose your school district.",
    "This browser gave no address to which messages can be sent.",
    "This way of signing in did not let you in. Ask for a link here, or call the school's office.",
    "You have just tried it. Try again in some minutes, or tomorrow.", "Nothing was tried today. Try it first.",
    "There is no such number of yours at which that works. Correct your numbers first.",
    "The school cannot do that at the moment. Try the other way, or try again later.",
    "It is your only one: add another first.",
)  # fmt: skip
_ES = (
    "Eso no funcionó", "Aquí no hay nada", "No se cambió nada. Inténtelo otra vez o llame a la escuela.",
    "Demasiados intentos desde aquí. Espere un minuto.", "Este enlace ya no es válido. Pida uno nuevo a la escuela.",
    "Este mensaje ya no se conserva.", "Este enlace no es de ninguna familia.", "Aquí no hay nada así que cambiar.",
    "Escriba un número de teléfono con su código de área.", "Escriba una dirección de correo electrónico.",
    "No hay nada que confirmar: pida un código nuevo.",
    "Este código es demasiado antiguo o se probó demasiadas veces. Pida uno nuevo.",
    "Ese no es el código que enviamos.", "Elija una de las respuestas.",
    "No tenemos ninguna dirección a la que responder. Llame a la escuela.",
    "Ese no es el código que enviamos, o tiene más de 20 minutos. Pida uno nuevo.",
    "Este enlace ya se usó o tiene más de 20 minutos. Pida uno nuevo.", "Este enlace no es válido.",
    "Primero inicie sesión.", "Usted no tiene ese dispositivo.", "Diga quién es usted.",
    "Escriba una dirección de correo electrónico o un número de teléfono con su código de área.",
    "Elija su distrito escolar.", "Este navegador no dio ninguna dirección a la que enviar mensajes.",
    "Esta forma de iniciar sesión no le dejó entrar. Pida un enlace aquí o llame a la oficina de la escuela.",
    "Acaba de probarlo. Pruebe otra vez en unos minutos, o mañana.", "Hoy no se probó nada. Pruébelo primero.",
    "Usted no tiene ese número, o ahí no funciona. Corrija primero sus números.",
    "La escuela no puede hacerlo en este momento. Pruebe la otra vía, o más tarde.",
    "Es la única que tiene: añada otra primero.",
)  # fmt: skip
_FR = (
    "Cela n'a pas marché", "Il n'y a rien ici", "Rien n'a été changé. Réessayez ou appelez l'école.",
    "Trop d'essais depuis ici. Attendez une minute.", "Ce lien n'est plus valable. Demandez-en un nouveau à l'école.",
    "Ce message n'est plus conservé.", "Ce lien n'est celui d'aucune famille.", "Il n'y a rien de tel à changer ici.",
    "Écrivez un numéro de téléphone avec son indicatif.", "Écrivez une adresse de courriel.",
    "Il n'y a rien à confirmer : demandez un nouveau code.",
    "Ce code est trop ancien ou a été essayé trop souvent. Demandez-en un nouveau.",
    "Ce n'est pas le code que nous avons envoyé.", "Choisissez une des réponses.",
    "Nous n'avons aucune adresse où répondre. Appelez l'école.",
    "Ce n'est pas le code que nous avons envoyé, ou il a plus de 20 minutes. Demandez-en un nouveau.",
    "Ce lien a déjà servi ou a plus de 20 minutes. Demandez-en un nouveau.", "Ce lien n'est pas valable.",
    "Connectez-vous d'abord.", "Vous n'avez pas d'appareil de ce genre.", "Dites qui vous êtes.",
    "Écrivez une adresse de courriel ou un numéro de téléphone avec son indicatif.",
    "Choisissez votre district scolaire.", "Ce navigateur n'a donné aucune adresse où envoyer des messages.",
    "Cette connexion ne vous a pas laissé entrer. Demandez un lien ici ou appelez le secrétariat de l'école.",
    "Vous venez d'essayer. Réessayez dans quelques minutes, ou demain.",
    "Rien n'a été essayé aujourd'hui. Essayez d'abord.",
    "Vous n'avez pas ce numéro, ou il ne marche pas ainsi. Corrigez d'abord vos numéros.",
    "L'école ne peut pas le faire en ce moment. Essayez l'autre moyen, ou plus tard.",
    "C'est la seule que vous ayez : ajoutez-en d'abord une autre.",
)  # fmt: skip
_AR = (
    "لم ينجح ذلك", "لا يوجد شيء هنا", "لم يتغير شيء. حاول مرة أخرى أو اتصل بالمدرسة.",
    "محاولات كثيرة جدًا من هنا. انتظر دقيقة.", "لم يعد هذا الرابط صالحًا. اطلب رابطًا جديدًا من المدرسة.",
    "لم تعد هذه الرسالة محفوظة.", "هذا الرابط لا يخص أي عائلة.", "لا يوجد هنا شيء كهذا لتغييره.",
    "اكتب رقم هاتف مع رمز المنطقة.", "اكتب عنوان بريد إلكتروني.",
    "لا يوجد ما يُؤكَّد: اطلب رمزًا جديدًا.",
    "هذا الرمز قديم جدًا أو جُرّب مرات كثيرة. اطلب رمزًا جديدًا.", "هذا ليس الرمز الذي أرسلناه.",
    "اختر إحدى الإجابات.", "ليس لدينا عنوان نرد عليه. اتصل بالمدرسة.",
    "هذا ليس الرمز الذي أرسلناه، أو مضى عليه أكثر من 20 دقيقة. اطلب رمزًا جديدًا.",
    "استُخدم هذا الرابط من قبل، أو مضى عليه أكثر من 20 دقيقة. اطلب رابطًا جديدًا.", "هذا الرابط غير صالح.",
    "سجّل الدخول أولًا.", "ليس لديك جهاز كهذا.", "قل لنا من أنت.",
    "اكتب عنوان بريد إلكتروني أو رقم هاتف مع رمز المنطقة.", "اختر منطقتك التعليمية.",
    "لم يعطِ هذا المتصفح عنوانًا تُرسل إليه الرسائل.",
    "لم تسمح لك طريقة الدخول هذه بالدخول. اطلب رابطًا هنا أو اتصل بمكتب المدرسة.",
    "لقد جرّبت للتو. جرّب مرة أخرى بعد دقائق أو غدًا.", "لم يُجرَّب شيء اليوم. جرّب أولًا.",
    "ليس لك رقم كهذا يعمل بهذه الطريقة. صحّح أرقامك أولًا.",
    "لا تستطيع المدرسة ذلك الآن. جرّب الطريقة الأخرى، أو لاحقًا.",
    "إنه عنوانك الوحيد: أضف غيره أولًا.",
)  # fmt: skip
_ZH = (
    "没有成功", "这里没有内容", "没有任何更改。请重试，或致电学校。",
    "从这里尝试的次数太多。请等一分钟。", "此链接已失效。请向学校索取新的链接。",
    "此消息已不再保留。", "此链接不属于任何家庭。", "这里没有可以更改的此类内容。",
    "请填写带区号的电话号码。", "请填写电子邮件地址。",
    "没有需要确认的内容：请索取新的验证码。",
    "此验证码已过期，或尝试次数太多。请索取新的验证码。", "这不是我们发送的验证码。",
    "请选择其中一个回答。", "我们没有可以回复您的地址。请致电学校。",
    "这不是我们发送的验证码，或者已超过 20 分钟。请索取新的验证码。",
    "此链接已使用过，或者已超过 20 分钟。请索取新的链接。", "此链接无效。",
    "请先登录。", "您没有这样的设备。", "请说明您是谁。",
    "请填写电子邮件地址，或带区号的电话号码。", "请选择您的学区。",
    "此浏览器没有提供可以接收消息的地址。",
    "这种登录方式没有让您进入。请在这里索取链接，或致电学校办公室。",
    "您刚刚试过。请几分钟后或明天再试。", "今天没有试过。请先试一次。",
    "您没有可以这样接通的号码。请先更正您的号码。",
    "学校现在无法这样做。请试另一种方式，或稍后再试。",
    "这是您唯一的一个：请先添加另一个。",
)  # fmt: skip
_VI = (
    "Việc đó không thành công", "Không có gì ở đây", "Không có gì thay đổi. Hãy thử lại hoặc gọi cho trường.",
    "Thử quá nhiều lần từ đây. Hãy đợi một phút.", "Liên kết này không còn hiệu lực. Hãy xin trường liên kết mới.",
    "Tin nhắn này không còn được lưu.", "Liên kết này không thuộc gia đình nào.", "Không có gì như vậy để thay đổi.",
    "Hãy viết số điện thoại kèm mã vùng.", "Hãy viết địa chỉ thư điện tử.",
    "Không có gì để xác nhận: hãy xin mã mới.",
    "Mã này quá cũ hoặc đã thử quá nhiều lần. Hãy xin mã mới.", "Đó không phải là mã chúng tôi đã gửi.",
    "Hãy chọn một trong các câu trả lời.", "Chúng tôi không có địa chỉ để trả lời. Hãy gọi cho trường.",
    "Đó không phải là mã chúng tôi đã gửi, hoặc mã đã quá 20 phút. Hãy xin mã mới.",
    "Liên kết này đã được dùng hoặc đã quá 20 phút. Hãy xin liên kết mới.", "Liên kết này không hợp lệ.",
    "Hãy đăng nhập trước.", "Quý vị không có thiết bị như vậy.", "Hãy cho biết quý vị là ai.",
    "Hãy viết địa chỉ thư điện tử, hoặc số điện thoại kèm mã vùng.", "Hãy chọn học khu của quý vị.",
    "Trình duyệt này không cho địa chỉ nào để gửi tin nhắn đến.",
    "Cách đăng nhập này không cho quý vị vào. Hãy xin liên kết ở đây hoặc gọi văn phòng trường.",
    "Quý vị vừa thử. Xin thử lại sau vài phút hoặc ngày mai.", "Hôm nay chưa thử gì. Xin thử trước.",
    "Quý vị không có số nào như vậy hoạt động được. Xin sửa số của quý vị trước.",
    "Hiện trường không làm được. Xin thử cách kia, hoặc thử lại sau.",
    "Đây là địa chỉ duy nhất của bạn: hãy thêm địa chỉ khác trước.",
)  # fmt: skip
_SO = (
    "Taasi ma shaqayn", "Waxba halkan ma yaalliin", "Waxba lama beddelin. Mar kale isku day ama wac dugsiga.",
    "Halkan waxaa laga isku dayay in badan. Sug hal daqiiqo.",
    "Xiriirkani mar dambe ma shaqeeyo. Dugsiga weydii mid cusub.",
    "Farriintan mar dambe lama hayo.", "Xiriirkani qoysna ma leh.", "Wax sidaas ah oo la beddelo halkan ma yaal.",
    "Qor lambar taleefan oo leh koodhka aagga.", "Qor ciwaan iimayl.",
    "Wax la xaqiijiyo ma jiraan: weydii koodh cusub.",
    "Koodhkani waa duug, ama in badan baa la isku dayay. Weydii mid cusub.", "Kaasi maaha koodhkii aan dirnay.",
    "Dooro mid ka mid ah jawaabaha.", "Ma hayno ciwaan aan kaaga jawaabno. Wac dugsiga.",
    "Kaasi maaha koodhkii aan dirnay, ama wuxuu ka weyn yahay 20 daqiiqo. Weydii mid cusub.",
    "Xiriirkan hore ayaa loo isticmaalay, ama wuxuu ka weyn yahay 20 daqiiqo. Weydii mid cusub.",
    "Xiriirkani ma shaqeeyo.", "Marka hore gal.", "Ma lihid qalab noocaas ah.", "Sheeg cidda aad tahay.",
    "Qor ciwaan iimayl, ama lambar taleefan oo leh koodhka aagga.", "Dooro degmadaada dugsiga.",
    "Biraawsarkani ma bixin ciwaan farriimo loo diri karo.",
    "Habkan gelitaanku kuma oggolaan. Halkan ka weydii xiriir, ama wac xafiiska dugsiga.",
    "Hadda ayaad tijaabisay. Dhowr daqiiqo kadib ama berri mar kale isku day.",
    "Maanta waxba lama tijaabin. Marka hore tijaabi.",
    "Ma lihid lambar sidaas ku shaqeeya. Marka hore lambarradaada sax.",
    "Dugsigu hadda ma samayn karo. Habka kale isku day, ama mar dambe.",
    "Waa kan keliya ee aad leedahay: marka hore mid kale ku dar.",
)  # fmt: skip
_SW = (
    "Hilo halikufanikiwa", "Hakuna kitu hapa", "Hakuna kilichobadilishwa. Jaribu tena au pigia shule simu.",
    "Majaribio mengi mno kutoka hapa. Subiri dakika moja.", "Kiungo hiki si halali tena. Omba shule kiungo kipya.",
    "Ujumbe huu hauhifadhiwi tena.", "Kiungo hiki si cha familia yoyote.", "Hakuna kitu kama hicho cha kubadilisha.",
    "Andika namba ya simu pamoja na msimbo wa eneo.", "Andika anwani ya barua pepe.",
    "Hakuna cha kuthibitisha: omba msimbo mpya.",
    "Msimbo huu ni wa zamani mno, au umejaribiwa mara nyingi mno. Omba mpya.", "Huo si msimbo tuliotuma.",
    "Chagua jibu moja.", "Hatuna anwani ya kukujibu. Pigia shule simu.",
    "Huo si msimbo tuliotuma, au umepita dakika 20. Omba mpya.",
    "Kiungo hiki kimeshatumika, au kimepita dakika 20. Omba kipya.", "Kiungo hiki si halali.",
    "Ingia kwanza.", "Huna kifaa kama hicho.", "Sema wewe ni nani.",
    "Andika anwani ya barua pepe, au namba ya simu pamoja na msimbo wa eneo.", "Chagua wilaya yako ya shule.",
    "Kivinjari hiki hakikutoa anwani ya kutumia ujumbe.",
    "Njia hii ya kuingia haikukuruhusu. Omba kiungo hapa, au pigia ofisi ya shule simu.",
    "Umejaribu sasa hivi. Jaribu tena baada ya dakika chache, au kesho.", "Hakuna kilichojaribiwa leo. Jaribu kwanza.",
    "Huna namba kama hiyo inayofanya kazi hivyo. Sahihisha namba zako kwanza.",
    "Shule haiwezi kufanya hivyo kwa sasa. Jaribu njia nyingine, au baadaye.",
    "Ndiyo pekee uliyo nayo: ongeza nyingine kwanza.",
)  # fmt: skip
REFUSALS = by_language(KEYS, _EN, _ES, _FR, _AR, _ZH, _VI, _SO, _SW)
_BY_TEXT = {text: key for key, text in REFUSALS["en"].items()}


def refusal(key: str) -> str:
    """What an error says, in English."""
    return REFUSALS["en"][key]


def say_refusal(language: str, error: object) -> str:
    """An error's text in the reader's language; of one that has no other words only that it failed, and what to do."""
    code = choose_language([language])
    key = _BY_TEXT.get(str(error), "")
    return str(error) if code == "en" else REFUSALS[code][key or "failed"]


def refused_page(wanted: Iterable[str], error: Exception) -> dict[str, Any]:
    """The template of a refusal's page and its words, in the first of these languages that is ours."""
    code = choose_language(wanted)
    heading = REFUSALS[code]["not_there" if isinstance(error, NotFound) else "not_done"]
    words = {**frame_in(code), "heading": heading, "told": say_refusal(code, error)}
    return {"template": "channels/refused_page.html", "words": words}
