"""What a family's page of numbers, language and wishes says, in the languages messages are written in."""

from watchbell.line.languages import by_language

#: The keys, in the order of the lines below.
CONTACT_KEYS = (
    "back", "code", "confirm", "addresses", "bad", "all", "only", "change", "instead", "send_code", "stop", "start",
    "no_address", "add", "kind", "phone", "email", "value", "way", "first", "save", "push", "text", "voice", "note",
    "code_sent", "used", "saved", "starts", "stops", "as_recorded", "mail_stop", "mail_stop_more", "mail_button",
    "mail_done", "mail_done_more", "all_wishes", "wishes", "routine", "newsletter", "always", "some",
    "mail_h", "mail_now", "mail_daily", "mail_always", "sent_now",
)  # fmt: skip
_EN = (
    "Back to the message", "The code we sent", "Confirm", "Your numbers and addresses",
    "Nothing arrives here: correct it, please.", "All messages", "Only emergencies and attendance", "Change",
    "Instead of {}", "Send me a code", "Stop routine", "Get all", "The school has no address of yours.",
    "Add a number or an address", "What", "Telephone", "E-mail", "Number or address", "Language and way", "First by",
    "Save", "Push", "Text", "Call",
    "Emergencies come by every way, always. The school's records are the master: what you change here is used at once, "
    "and the school enters it there.",
    "We have sent a code there. Type it below.", "Thank you: it is used from now on.", "Saved.",
    "You get everything there again.",
    "No routine messages there any more. Emergencies and attendance still come.",
    "As the school has it", "Stop routine mail?", "Emergency and attendance messages still come.",
    "Stop routine mail", "No more routine mail",
    "Emergency and attendance messages still come: nobody can decline them.", "All my wishes",
    "What comes here", "Routine messages", "Newsletter",
    "Emergencies and attendance always come. Nobody can switch them off.", "Some of the messages",
    "Routine mail", "Each at once", "One mail a day, at {}",
    "Emergencies, attendance and every message about an incident always come at once, whatever you choose here. "
    "Texts, calls and pushes stay as they are.",
    "Saved. What waited for today's mail comes now.",
)  # fmt: skip
_ES = (
    "Volver al mensaje", "El código que enviamos", "Confirmar", "Sus números y direcciones",
    "Aquí no llega nada: corríjalo, por favor.", "Todos los mensajes", "Solo emergencias y asistencia", "Cambiar",
    "En lugar de {}", "Enviarme un código", "Sin rutina", "Recibir todo", "La escuela no tiene ninguna dirección suya.",
    "Añadir un número o una dirección", "Qué", "Teléfono", "Correo electrónico", "Número o dirección", "Idioma y vía",
    "Primero por", "Guardar", "Aviso en el teléfono", "Mensaje de texto", "Llamada",
    "Las emergencias llegan siempre por todas las vías. Los registros de la escuela mandan: lo que cambie aquí se usa "
    "de inmediato y la escuela lo anota allí.",
    "Le enviamos un código. Escríbalo abajo.", "Gracias: se usa desde ahora.", "Guardado.",
    "Ahí vuelve a recibir todo.",
    "Ahí ya no llegan mensajes de rutina. Las emergencias y la asistencia siguen llegando.",
    "Como lo tiene la escuela", "¿Dejar de recibir correo de rutina?",
    "Los mensajes de emergencia y de asistencia siguen llegando.", "No más correo de rutina",
    "Ya no recibirá correo de rutina",
    "Los mensajes de emergencia y de asistencia siguen llegando: nadie puede rechazarlos.", "Todos mis deseos",
    "Qué llega aquí", "Mensajes de rutina", "Boletín",
    "Las emergencias y la asistencia llegan siempre. Nadie puede desactivarlas.", "Algunos de los mensajes",
    "Correo de rutina", "Cada uno de inmediato", "Un solo correo al día, a las {}",
    "Las emergencias, la asistencia y todo mensaje sobre un incidente llegan siempre de inmediato, elija lo que "
    "elija aquí. Los mensajes de texto, las llamadas y los avisos siguen igual.",
    "Guardado. Lo que esperaba al correo de hoy llega ahora.",
)  # fmt: skip
_FR = (
    "Retour au message", "Le code envoyé", "Confirmer", "Vos numéros et adresses",
    "Rien n'arrive ici : corrigez, s'il vous plaît.", "Tous les messages", "Urgences et présence seulement", "Modifier",
    "À la place de {}", "M'envoyer un code", "Sans routine", "Tout recevoir", "L'école n'a aucune adresse de vous.",
    "Ajouter un numéro ou une adresse", "Quoi", "Téléphone", "Courriel", "Numéro ou adresse", "Langue et moyen",
    "D'abord par", "Enregistrer", "Notification", "Texto", "Appel",
    "Les urgences arrivent toujours par tous les moyens. Les dossiers de l'école font foi : ce que vous changez ici "
    "sert aussitôt, et l'école l'y inscrit.",
    "Nous y avons envoyé un code. Saisissez-le ci-dessous.", "Merci : c'est utilisé dès maintenant.", "Enregistré.",
    "Vous y recevez de nouveau tout.",
    "Plus de messages de routine ici. Les urgences et la présence arrivent toujours.",
    "Comme l'école l'a noté", "Arrêter le courrier de routine ?",
    "Les messages d'urgence et de présence arrivent toujours.", "Arrêter le courrier de routine",
    "Plus de courrier de routine",
    "Les messages d'urgence et de présence arrivent toujours : personne ne peut les refuser.", "Tous mes souhaits",
    "Ce qui arrive ici", "Messages de routine", "Lettre d'information",
    "Les urgences et la présence arrivent toujours. Personne ne peut les désactiver.", "Une partie des messages",
    "Courriels de routine", "Chacun aussitôt", "Un seul courriel par jour, à {}",
    "Les urgences, la présence et tout message sur un incident arrivent toujours aussitôt, quel que soit votre "
    "choix ici. Textos, appels et notifications restent inchangés.",
    "Enregistré. Ce qui attendait le courriel du jour arrive maintenant.",
)  # fmt: skip
_AR = (
    "العودة إلى الرسالة", "الرمز الذي أرسلناه", "تأكيد", "أرقامك وعناوينك",
    "لا يصل شيء إلى هنا: يرجى التصحيح.", "كل الرسائل", "الطوارئ والحضور فقط", "تغيير",
    "بدلًا من {}", "أرسلوا لي رمزًا", "إيقاف العادية", "استلام الكل", "ليس لدى المدرسة أي عنوان لك.",
    "إضافة رقم أو عنوان", "النوع", "هاتف", "بريد إلكتروني", "الرقم أو العنوان", "اللغة والطريقة", "أولًا عبر",
    "حفظ", "إشعار", "رسالة نصية", "مكالمة",
    "تصل رسائل الطوارئ دائمًا بكل الطرق. سجلات المدرسة هي المرجع: ما تغيّره هنا يُستخدم فورًا، وتدخله المدرسة هناك.",
    "أرسلنا رمزًا إلى هناك. اكتبه أدناه.", "شكرًا: سيُستخدم من الآن.", "تم الحفظ.",
    "ستستلم كل شيء هناك من جديد.",
    "لن تصل رسائل عادية إلى هناك. تبقى رسائل الطوارئ والحضور تصل.",
    "كما هو مسجل لدى المدرسة", "هل توقف الرسائل البريدية العادية؟", "تبقى رسائل الطوارئ والحضور تصل.",
    "إيقاف البريد العادي", "لن تصلك رسائل بريدية عادية بعد الآن",
    "تبقى رسائل الطوارئ والحضور تصل: لا يمكن لأحد رفضها.", "كل رغباتي",
    "ما يصل إلى هنا", "الرسائل العادية", "النشرة الإخبارية",
    "تصل رسائل الطوارئ والحضور دائمًا. لا يمكن لأحد إيقافها.", "بعض الرسائل",
    "البريد العادي", "كل رسالة فورًا", "رسالة بريدية واحدة في اليوم، الساعة {}",
    "رسائل الطوارئ والحضور وكل رسالة عن حادث تصل دائمًا فورًا، مهما اخترت هنا. أما الرسائل النصية والمكالمات "
    "والإشعارات فتبقى كما هي.",
    "تم الحفظ. ما كان ينتظر بريد اليوم يصل الآن.",
)  # fmt: skip
_ZH = (
    "返回消息", "我们发送的验证码", "确认", "您的号码和地址",
    "这里收不到消息：请更正。", "所有消息", "仅紧急和出勤", "更改",
    "代替 {}", "给我发验证码", "停止日常消息", "接收全部", "学校没有您的地址。",
    "添加号码或地址", "类型", "电话", "电子邮件", "号码或地址", "语言和方式", "首选方式",
    "保存", "推送", "短信", "电话",
    "紧急消息总是通过所有方式发送。以学校的记录为准：您在这里的更改立即生效，学校会录入。",
    "我们已发送验证码。请在下面输入。", "谢谢：从现在起使用。", "已保存。",
    "那里重新接收所有消息。",
    "那里不再接收日常消息。紧急和出勤消息仍会送达。",
    "按学校的记录", "要停止日常邮件吗？", "紧急和出勤消息仍会送达。", "停止日常邮件", "不再有日常邮件",
    "紧急和出勤消息仍会送达：任何人都不能拒收。", "我的所有偏好",
    "这里接收什么", "日常消息", "新闻通讯",
    "紧急和出勤消息总会送达。任何人都不能关闭。", "部分消息",
    "日常邮件", "每条立即发送", "每天一封邮件，{}",
    "无论您在这里如何选择，紧急、出勤以及与事件有关的每条消息总是立即发送。短信、电话和推送保持不变。",
    "已保存。等待今天邮件的消息现在发送。",
)  # fmt: skip
_VI = (
    "Trở lại tin nhắn", "Mã chúng tôi đã gửi", "Xác nhận", "Số điện thoại và địa chỉ của quý vị",
    "Không có gì đến được đây: xin sửa lại.", "Tất cả tin nhắn", "Chỉ khẩn cấp và điểm danh", "Thay đổi",
    "Thay cho {}", "Gửi mã cho tôi", "Ngừng tin thường", "Nhận tất cả", "Trường không có địa chỉ nào của quý vị.",
    "Thêm số hoặc địa chỉ", "Loại", "Điện thoại", "Thư điện tử", "Số hoặc địa chỉ", "Ngôn ngữ và cách nhận",
    "Trước tiên bằng", "Lưu", "Thông báo", "Tin nhắn", "Cuộc gọi",
    "Tin khẩn cấp luôn đến bằng mọi cách. Hồ sơ của trường là chính: những gì quý vị đổi ở đây được dùng ngay, "
    "và trường sẽ ghi vào hồ sơ.",
    "Chúng tôi đã gửi mã đến đó. Hãy nhập mã bên dưới.", "Cảm ơn: từ giờ sẽ dùng địa chỉ này.", "Đã lưu.",
    "Quý vị lại nhận tất cả ở đó.",
    "Không còn tin thường ở đó. Tin khẩn cấp và điểm danh vẫn đến.",
    "Như trường đã ghi", "Ngừng nhận thư thường?", "Tin khẩn cấp và điểm danh vẫn đến.", "Ngừng thư thường",
    "Không còn thư thường nữa", "Tin khẩn cấp và điểm danh vẫn đến: không ai có thể từ chối.",
    "Tất cả mong muốn của tôi",
    "Những gì đến đây", "Tin thường", "Bản tin",
    "Tin khẩn cấp và điểm danh luôn đến. Không ai có thể tắt.", "Một số tin nhắn",
    "Thư thường", "Từng thư ngay lập tức", "Một thư mỗi ngày, lúc {}",
    "Tin khẩn cấp, điểm danh và mọi tin về sự cố luôn đến ngay, dù quý vị chọn gì ở đây. Tin nhắn, cuộc gọi và "
    "thông báo vẫn như cũ.",
    "Đã lưu. Những gì chờ thư hôm nay đến ngay bây giờ.",
)  # fmt: skip
_SO = (
    "Ku noqo farriinta", "Koodhka aan dirnay", "Xaqiiji", "Lambarradaada iyo ciwaannadaada",
    "Waxba halkan ma yimaadaan: fadlan sax.", "Dhammaan farriimaha", "Degdeg iyo xaadiris kaliya", "Beddel",
    "Halkii {}", "Koodh ii soo dir", "Jooji caadiga", "Hel dhammaan", "Dugsigu ciwaan kuuma hayo.",
    "Ku dar lambar ama ciwaan", "Nooca", "Taleefan", "Iimayl", "Lambar ama ciwaan", "Luqadda iyo habka",
    "Marka hore", "Kaydi", "Ogeysiis", "Qoraal", "Wicitaan",
    "Degdegga had iyo jeer hab kasta ayuu ku yimaadaa. Diiwaanka dugsiga ayaa sax ah: waxaad halkan ka beddesho isla "
    "markiiba waa la isticmaalaa, dugsiguna halkaas ayuu geliyaa.",
    "Koodh ayaan u dirnay. Hoos ku qor.", "Mahadsanid: hadda laga bilaabo waa la isticmaalayaa.", "Waa la kaydiyay.",
    "Mar kale wax walba halkaas ayaad ka helaysaa.",
    "Farriimo caadi ah halkaas ma yimaadaan. Degdegga iyo xaadirista weli way yimaadaan.",
    "Sida dugsigu u hayo", "Ma joojinaysaa iimayllada caadiga ah?",
    "Farriimaha degdegga iyo xaadirista weli way yimaadaan.", "Jooji iimayllada caadiga ah",
    "Iimayllo caadi ah ma yimaadaan mar dambe",
    "Farriimaha degdegga iyo xaadirista weli way yimaadaan: qofna ma diidi karo.", "Dhammaan rabitaankayga",
    "Waxa halkan yimaada", "Farriimaha caadiga ah", "Warsidaha",
    "Degdegga iyo xaadirista had iyo jeer way yimaadaan. Qofna ma dami karo.", "Farriimaha qaarkood",
    "Iimaylka caadiga ah", "Mid kasta isla markiiba", "Hal iimayl maalintii, saacadda {}",
    "Degdegga, xaadirista iyo farriin kasta oo ku saabsan dhacdo mar kasta isla markiiba way yimaadaan, wax kasta "
    "oo aad halkan ka doorato. Qoraallada, wicitaannada iyo ogeysiisyadu sidoodii ayay ahaanayaan.",
    "Waa la kaydiyay. Wixii sugayay iimaylka maanta hadda ayay imanayaan.",
)  # fmt: skip
_SW = (
    "Rudi kwenye ujumbe", "Msimbo tuliotuma", "Thibitisha", "Namba na anwani zako",
    "Hakuna kinachofika hapa: tafadhali sahihisha.", "Ujumbe wote", "Dharura na mahudhurio tu", "Badilisha",
    "Badala ya {}", "Nitumie msimbo", "Simamisha wa kawaida", "Pokea wote", "Shule haina anwani yako yoyote.",
    "Ongeza namba au anwani", "Aina", "Simu", "Barua pepe", "Namba au anwani", "Lugha na njia",
    "Kwanza kwa", "Hifadhi", "Arifa", "Ujumbe mfupi", "Kupigiwa simu",
    "Dharura huja kwa kila njia, daima. Kumbukumbu za shule ndizo kuu: unachobadilisha hapa hutumika mara moja, "
    "na shule hukiandika huko.",
    "Tumetuma msimbo huko. Uandike hapa chini.", "Asante: inatumika kuanzia sasa.", "Imehifadhiwa.",
    "Unapokea kila kitu huko tena.",
    "Hakuna ujumbe wa kawaida huko tena. Dharura na mahudhurio bado huja.",
    "Kama shule ilivyoandika", "Usimamishe barua pepe za kawaida?", "Ujumbe wa dharura na mahudhurio bado huja.",
    "Simamisha barua pepe za kawaida", "Hakuna tena barua pepe za kawaida",
    "Ujumbe wa dharura na mahudhurio bado huja: hakuna anayeweza kuukataa.", "Matakwa yangu yote",
    "Kinachokuja hapa", "Ujumbe wa kawaida", "Jarida",
    "Dharura na mahudhurio huja daima. Hakuna anayeweza kuzizima.", "Baadhi ya ujumbe",
    "Barua pepe za kawaida", "Kila moja mara moja", "Barua pepe moja kwa siku, saa {}",
    "Dharura, mahudhurio na kila ujumbe kuhusu tukio huja mara moja daima, chochote utakachochagua hapa. Ujumbe "
    "mfupi, simu na arifa hubaki vilevile.",
    "Imehifadhiwa. Kilichosubiri barua pepe ya leo kinakuja sasa.",
)  # fmt: skip
CONTACT_WORDS = by_language(CONTACT_KEYS, _EN, _ES, _FR, _AR, _ZH, _VI, _SO, _SW)
