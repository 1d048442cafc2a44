"""What people are sent about their own addresses and wishes, in the languages messages are written in."""

from watchbell.line.languages import by_language, choose_language

#: The keys, in the order of the lines below. STOP and START are the words that carriers know.
KEYS = ("code_subject", "code_number", "code_mail", "declined", "wanted", "link_subject", "link_text")
_EN = (
    "Your code: {code}", "{district}: your code is {code}. It confirms this number for 30 minutes.",
    "{district}: your code is {code}. It confirms this address for 30 minutes.",
    "{district}: you will get no more routine messages here. Emergency and attendance messages still come. "
    "Reply START to get all again.",
    "{district}: you get all messages here again. Reply STOP to end routine ones.",
    "Please check your contacts",
    "{district}: our messages to {name} do not arrive at {address}. Please correct the numbers and "
    "addresses here: {link}",
)  # fmt: skip
_ES = (
    "Su código: {code}", "{district}: su código es {code}. Confirma este número durante 30 minutos.",
    "{district}: su código es {code}. Confirma esta dirección durante 30 minutos.",
    "{district}: aquí ya no recibirá mensajes de rutina. Los de emergencia y asistencia siguen llegando. "
    "Responda START para recibir todo otra vez.",
    "{district}: aquí vuelve a recibir todos los mensajes. Responda STOP para terminar los de rutina.",
    "Revise sus datos de contacto, por favor",
    "{district}: nuestros mensajes para {name} no llegan a {address}. Corrija aquí los números y "
    "direcciones, por favor: {link}",
)  # fmt: skip
_FR = (
    "Votre code : {code}", "{district} : votre code est {code}. Il confirme ce numéro pendant 30 minutes.",
    "{district} : votre code est {code}. Il confirme cette adresse pendant 30 minutes.",
    "{district} : vous ne recevrez plus ici de messages de routine. Les urgences et la présence arrivent toujours. "
    "Répondez START pour tout recevoir de nouveau.",
    "{district} : vous recevez de nouveau ici tous les messages. Répondez STOP pour arrêter ceux de routine.",
    "Vérifiez vos coordonnées, s'il vous plaît",
    "{district} : nos messages pour {name} n'arrivent pas à {address}. Corrigez ici les numéros et "
    "adresses, s'il vous plaît : {link}",
)  # fmt: skip
_AR = (
    "رمزك: {code}", "{district}: رمزك هو {code}. يؤكد هذا الرقم خلال 30 دقيقة.",
    "{district}: رمزك هو {code}. يؤكد هذا العنوان خلال 30 دقيقة.",
    "{district}: لن تصلك رسائل عادية هنا بعد الآن. تبقى رسائل الطوارئ والحضور تصل. "
    "أجب بكلمة START لاستلام الكل من جديد.",
    "{district}: تستلم هنا كل الرسائل من جديد. أجب بكلمة STOP لإيقاف العادية.",
    "يرجى مراجعة بيانات الاتصال",
    "{district}: رسائلنا إلى {name} لا تصل إلى {address}. يرجى تصحيح الأرقام والعناوين هنا: {link}",
)  # fmt: skip
_ZH = (
    "您的验证码：{code}", "{district}：您的验证码是 {code}。30 分钟内可确认此号码。",
    "{district}：您的验证码是 {code}。30 分钟内可确认此地址。",
    "{district}：这里不再接收日常消息。紧急和出勤消息仍会送达。回复 START 可重新接收全部消息。",
    "{district}：这里重新接收所有消息。回复 STOP 可停止日常消息。",
    "请核对您的联系方式",
    "{district}：我们发给 {name} 的消息无法送达 {address}。请在此更正号码和地址：{link}",
)  # fmt: skip
_VI = (
    "Mã của quý vị: {code}", "{district}: mã của quý vị là {code}. Mã xác nhận số này trong 30 phút.",
    "{district}: mã của quý vị là {code}. Mã xác nhận địa chỉ này trong 30 phút.",
    "{district}: quý vị sẽ không nhận tin thường ở đây nữa. Tin khẩn cấp và điểm danh vẫn đến. "
    "Trả lời START để nhận lại tất cả.",
    "{district}: quý vị lại nhận tất cả tin nhắn ở đây. Trả lời STOP để ngừng tin thường.",
    "Xin kiểm tra thông tin liên lạc",
    "{district}: tin nhắn của chúng tôi gửi {name} không đến được {address}. Xin sửa số điện thoại và "
    "địa chỉ tại đây: {link}",
)  # fmt: skip
_SO = (
    "Koodhkaaga: {code}", "{district}: koodhkaagu waa {code}. Wuxuu lambarkan xaqiijinayaa 30 daqiiqo gudahood.",
    "{district}: koodhkaagu waa {code}. Wuxuu ciwaankan xaqiijinayaa 30 daqiiqo gudahood.",
    "{district}: farriimo caadi ah halkan kuguma iman doonaan. Degdegga iyo xaadirista weli way yimaadaan. "
    "Ku jawaab START si aad dhammaan mar kale u hesho.",
    "{district}: mar kale dhammaan farriimaha halkan ayaad ka helaysaa. Ku jawaab STOP si aad u joojiso kuwa caadiga "
    "ah.",
    "Fadlan hubi xogtaada xiriirka",
    "{district}: farriimaha aan u dirno {name} ma gaaraan {address}. Fadlan halkan ku sax lambarrada "
    "iyo ciwaannada: {link}",
)  # fmt: skip
_SW = (
    "Msimbo wako: {code}", "{district}: msimbo wako ni {code}. Unathibitisha namba hii kwa dakika 30.",
    "{district}: msimbo wako ni {code}. Unathibitisha anwani hii kwa dakika 30.",
    "{district}: hutapokea tena ujumbe wa kawaida hapa. Ujumbe wa dharura na mahudhurio bado huja. "
    "Jibu START upokee wote tena.",
    "{district}: unapokea tena ujumbe wote hapa. Jibu STOP kusimamisha wa kawaida.",
    "Tafadhali kagua mawasiliano yako",
    "{district}: ujumbe wetu kwa {name} haufiki kwenye {address}. Tafadhali sahihisha namba na anwani hapa: {link}",
)  # fmt: skip
SENT_WORDS = by_language(KEYS, _EN, _ES, _FR, _AR, _ZH, _VI, _SO, _SW)


def sent_words_in(language: str) -> dict[str, str]:
    """The words of a language; English where there is none."""
    return SENT_WORDS[choose_language([language])]
