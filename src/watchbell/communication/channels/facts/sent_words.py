"""What people are sent about their own addresses and wishes, in the languages messages are written in."""

from watchbell.line.languages import by_language, choose_language

#: The keys, in the order of the lines below. STOP and START are the words that carriers know.
KEYS = ("code_subject", "code_number", "code_mail", "declined", "wanted", "link_subject", "link_text",
        "trial_subject", "trial_text", "trial_spoken", "changed_subject", "changed_text", "removed_text",
        "help")  # fmt: skip
_EN = (
    "Your code: {code}", "{district}: your code is {code}. It confirms this number for 30 minutes.",
    "{district}: your code is {code}. It confirms this address for 30 minutes.",
    "{district}: you will get no more routine messages here. Emergency and attendance messages still come. "
    "Reply START to get all again.",
    "{district}: you get all messages here again. Reply STOP to end routine ones.",
    "Please check your contacts",
    "{district}: our messages to {name} do not arrive at {address}. Please correct the numbers and "
    "addresses here: {link}",
    "Only a test", "{district}: only a test. You asked for it; nothing has happened. Did your phone ring? Say so here: "
    "{link}",
    "{district}. This is only a test. You asked for this call. Nothing has happened. Please say on the page "
    "whether your phone rang.",
    "Your contacts were changed",
    "{district}: the contacts of {name} have changed; messages go to {new} now. Was that not you? Call the school.",
    "{district}: the contacts of {name} have changed; messages go to {old} no more. Was that not you? Call the school.",
    "{district}: messages to families from your schools. Reply STOP to end routine ones, START to get all"
    " again. Questions? Call your school's office.",
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
    "Solo una prueba",
    "{district}: solo una prueba. Usted la pidió; no ha pasado nada. ¿Sonó su teléfono? Dígalo aquí: {link}",
    "{district}. Esto es solo una prueba. Usted pidió esta llamada. No ha pasado nada. Diga en la página si su "
    "teléfono "
    "sonó, por favor.",
    "Sus datos de contacto cambiaron",
    "{district}: cambiaron los datos de contacto de {name}; ahora los mensajes van a {new}. ¿No fue usted? Llame a la "
    "escuela.",
    "{district}: cambiaron los datos de contacto de {name}; ya no van mensajes a {old}. ¿No fue usted? Llame a la "
    "escuela.",
    "{district}: mensajes de sus escuelas para las familias. Responda STOP para terminar los de rutina, "
    "START para recibir todo otra vez. ¿Preguntas? Llame a la oficina de su escuela.",
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
    "Un simple essai",
    "{district} : un simple essai. Vous l'avez demandé ; il ne s'est rien passé. Votre téléphone a-t-il sonné ? "
    "Dites-le ici : {link}",
    "{district}. Ceci est un simple essai. Vous avez demandé cet appel. Il ne s'est rien passé. Dites sur la page "
    "si votre téléphone a sonné, s'il vous plaît.",
    "Vos coordonnées ont changé",
    "{district} : les coordonnées de {name} ont changé ; les messages vont maintenant à {new}. Ce n'était pas vous ? "
    "Appelez l'école.",
    "{district} : les coordonnées de {name} ont changé ; les messages ne vont plus à {old}. Ce n'était pas vous ? "
    "Appelez l'école.",
    "{district} : messages de vos écoles aux familles. Répondez STOP pour arrêter ceux de routine, START "
    "pour tout recevoir de nouveau. Des questions ? Appelez le secrétariat de votre école.",
)  # fmt: skip
_AR = (
    "رمزك: {code}", "{district}: رمزك هو {code}. يؤكد هذا الرقم خلال 30 دقيقة.",
    "{district}: رمزك هو {code}. يؤكد هذا العنوان خلال 30 دقيقة.",
    "{district}: لن تصلك رسائل عادية هنا بعد الآن. تبقى رسائل الطوارئ والحضور تصل. "
    "أجب بكلمة START لاستلام الكل من جديد.",
    "{district}: تستلم هنا كل الرسائل من جديد. أجب بكلمة STOP لإيقاف العادية.",
    "يرجى مراجعة بيانات الاتصال",
    "{district}: رسائلنا إلى {name} لا تصل إلى {address}. يرجى تصحيح الأرقام والعناوين هنا: {link}",
    "مجرد اختبار", "{district}: مجرد اختبار طلبته بنفسك؛ لم يحدث شيء. هل رن هاتفك؟ أخبرنا هنا: {link}",
    "{district}. هذا مجرد اختبار. أنت طلبت هذه المكالمة. لم يحدث شيء. يرجى أن تقول في الصفحة هل رن هاتفك.",
    "تغيرت بيانات الاتصال الخاصة بك",
    "{district}: تغيرت بيانات الاتصال الخاصة بـ {name}؛ تصل الرسائل الآن إلى {new}. لم تفعل ذلك أنت؟ اتصل بالمدرسة.",
    "{district}: تغيرت بيانات الاتصال الخاصة بـ {name}؛ لم تعد الرسائل تصل إلى {old}. لم تفعل ذلك أنت؟ اتصل بالمدرسة.",
    "{district}: رسائل مدارسكم إلى العائلات. أجب بكلمة STOP لإيقاف الرسائل العادية، وبكلمة START لاستلام "
    "الكل من جديد. لديك أسئلة؟ اتصل بمكتب مدرستك.",
)  # fmt: skip
_ZH = (
    "您的验证码：{code}", "{district}：您的验证码是 {code}。30 分钟内可确认此号码。",
    "{district}：您的验证码是 {code}。30 分钟内可确认此地址。",
    "{district}：这里不再接收日常消息。紧急和出勤消息仍会送达。回复 START 可重新接收全部消息。",
    "{district}：这里重新接收所有消息。回复 STOP 可停止日常消息。",
    "请核对您的联系方式",
    "{district}：我们发给 {name} 的消息无法送达 {address}。请在此更正号码和地址：{link}",
    "只是测试", "{district}：这只是您要求的测试，没有发生任何事。您的手机响了吗？请在这里告诉我们：{link}",
    "{district}。这只是测试。这个电话是您要求的。没有发生任何事。请在页面上说明您的手机是否响了。",
    "您的联系方式已更改",
    "{district}：{name} 的联系方式已更改；消息现在发送到 {new}。不是您本人操作？请致电学校。",
    "{district}：{name} 的联系方式已更改；消息不再发送到 {old}。不是您本人操作？请致电学校。",
    "{district}：学校发给家庭的消息。回复 STOP 可停止日常消息，回复 START 可重新接收全部消息。"
    "有疑问？请致电学校办公室。",
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
    "Chỉ là thử",
    "{district}: chỉ là thử, do quý vị yêu cầu; không có chuyện gì xảy ra. Máy có đổ chuông không? Xin trả lời "
    "ở đây: {link}",
    "{district}. Đây chỉ là cuộc gọi thử, do quý vị yêu cầu. Không có chuyện gì xảy ra. Xin cho biết trên trang là máy "
    "có đổ chuông không.",
    "Thông tin liên lạc của bạn đã thay đổi",
    "{district}: thông tin liên lạc của {name} đã thay đổi; tin nhắn nay gửi đến {new}. Không phải bạn? Hãy gọi cho "
    "trường.",
    "{district}: thông tin liên lạc của {name} đã thay đổi; tin nhắn không còn gửi đến {old}. Không phải bạn? Hãy gọi "
    "cho trường.",
    "{district}: tin nhắn của trường gửi các gia đình. Trả lời STOP để ngừng tin thường, START để nhận "
    "lại tất cả. Có thắc mắc? Xin gọi văn phòng trường.",
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
    "Tijaabo keliya",
    "{district}: waa tijaabo keliya oo adigu dalbatay; waxba ma dhicin. Taleefankaagu ma dhawaaqay? Halkan "
    "ka sheeg: {link}",
    "{district}. Tani waa tijaabo keliya. Adigaa wicitaankan dalbaday. Waxba ma dhicin. Fadlan bogga ka sheeg in "
    "taleefankaagu dhawaaqay iyo in kale.",
    "Xiriirkaaga waa la beddelay",
    "{district}: xiriirka {name} waa la beddelay; fariimuhu hadda waxay tagaan {new}. Adiga ma ahayn? Wac dugsiga.",
    "{district}: xiriirka {name} waa la beddelay; fariimuhu mar dambe ma tagaan {old}. Adiga ma ahayn? Wac dugsiga.",
    "{district}: farriimaha dugsiyadu u diraan qoysaska. Ku jawaab STOP si aad u joojiso kuwa caadiga ah,"
    " START si aad dhammaan mar kale u hesho. Su'aalo? Wac xafiiska dugsigaaga.",
)  # fmt: skip
_SW = (
    "Msimbo wako: {code}", "{district}: msimbo wako ni {code}. Unathibitisha namba hii kwa dakika 30.",
    "{district}: msimbo wako ni {code}. Unathibitisha anwani hii kwa dakika 30.",
    "{district}: hutapokea tena ujumbe wa kawaida hapa. Ujumbe wa dharura na mahudhurio bado huja. "
    "Jibu START upokee wote tena.",
    "{district}: unapokea tena ujumbe wote hapa. Jibu STOP kusimamisha wa kawaida.",
    "Tafadhali kagua mawasiliano yako",
    "{district}: ujumbe wetu kwa {name} haufiki kwenye {address}. Tafadhali sahihisha namba na anwani hapa: {link}",
    "Ni jaribio tu",
    "{district}: ni jaribio tu uliloomba; hakuna kilichotokea. Je, simu yako ililia? Sema hapa: {link}",
    "{district}. Hili ni jaribio tu. Uliomba simu hii. Hakuna kilichotokea. Tafadhali sema kwenye ukurasa kama "
    "simu yako "
    "ililia.",
    "Anwani zako zimebadilishwa",
    "{district}: anwani za {name} zimebadilishwa; ujumbe sasa unakwenda {new}. Si wewe? Piga simu shuleni.",
    "{district}: anwani za {name} zimebadilishwa; ujumbe hauendi tena {old}. Si wewe? Piga simu shuleni.",
    "{district}: ujumbe wa shule zenu kwa familia. Jibu STOP kusimamisha wa kawaida, START upokee wote "
    "tena. Maswali? Piga simu ofisi ya shule yako.",
)  # fmt: skip
SENT_WORDS = by_language(KEYS, _EN, _ES, _FR, _AR, _ZH, _VI, _SO, _SW)


def sent_words_in(language: str) -> dict[str, str]:
    """The words of a language; English where there is none."""
    return SENT_WORDS[choose_language([language])]
