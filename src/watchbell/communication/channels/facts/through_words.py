"""What the page on silenced telephones says, in the languages messages are written in.

Names in “” are those of the phones' own settings, as they stand there in English.
"""

import re

from watchbell.line.languages import by_language, choose_language

#: The keys, in the order of the lines below.
KEYS = (
    "title", "lead", "numbers", "save", "saved", "changed", "none", "name", "note", "iphone", "iphone_1", "iphone_2",
    "iphone_3", "android", "android_1", "android_2", "android_3", "android_note", "app", "app_1", "app_2", "app_note",
    "try", "try_lead", "number", "call_me", "text_me", "calling", "texting", "rang", "yes", "no", "told_yes",
    "told_no", "last_yes", "last_no", "no_number", "add_number", "home",
)  # fmt: skip
_EN = (
    "When your phone is silent",
    "A phone on silent or Do Not Disturb lets nobody through. Save the school's alert numbers as a contact and allow "
    "this one contact: an alert then rings all the same.",
    "Calls and texts come from", "Save the contact", "You have saved this contact.",
    "The school's alert numbers have changed since you saved the contact. Save it again and delete the old one.",
    "The school has no alert number yet. Look here again later.", "{} alerts",
    "Calls and texts of the school's alerts come from here.",
    "iPhone", "Open the contact and touch “Edit”.",
    "Touch “Ringtone”, turn “Emergency Bypass” on, and touch “Done”.",
    "Touch “Text Tone”, turn “Emergency Bypass” on there, too, and touch “Done”.",
    "Android", "Open the contact and touch the star.",
    "Open “Settings”, then “Do Not Disturb” (under sound or notifications), then “People”.",
    "Allow calls and messages from “Starred contacts”.",
    "Silence the phone by Do Not Disturb, not by turning the ringer off: with the ringer off it stays silent for "
    "everybody. The names differ a little from phone to phone.",
    "Messages of the app", "iPhone: “Settings” › “Focus” › “Do Not Disturb” › “Apps”: add the school's app.",
    "Android: “Do Not Disturb” › “Apps”: add the school's app, or the browser it opens in.",
    "The app by itself does not break through a silenced phone. The call and the text do.",
    "Try it now", "Silence your phone and have us call or text you. It is only a test, and says so.", "Number",
    "Call me now to try it", "Text me now to try it", "We are calling {} now. It is a test.",
    "We are texting {} now. It is a test.", "Did it ring?", "Yes, it rang", "No, it stayed silent",
    "Thank you. An alert gets through to this phone.",
    "Thank you for saying so. Go through the steps above once more, then try again.",
    "It rang when you tried it", "It stayed silent when you tried it",
    "The school has no telephone number of yours.", "Add a number", "Back to the messages",
)  # fmt: skip
_ES = (
    "Cuando su teléfono está en silencio",
    "Un teléfono en silencio o en No molestar no deja pasar a nadie. Guarde los números de alerta de la escuela como "
    "contacto y permita solo este contacto: así una alerta suena de todos modos.",
    "Las llamadas y los textos vienen de", "Guardar el contacto", "Ya guardó este contacto.",
    "Los números de alerta de la escuela cambiaron desde que guardó el contacto. Guárdelo otra vez y borre el "
    "anterior.",
    "La escuela todavía no tiene número de alerta. Mire aquí más tarde.", "Alertas de {}",
    "De aquí vienen las llamadas y los textos de alerta de la escuela.",
    "En un iPhone", "Abra el contacto y toque “Edit” (Editar).",
    "Toque “Ringtone” (tono de llamada), active “Emergency Bypass” y toque “Done”.",
    "Toque “Text Tone” (tono de mensaje), active también ahí “Emergency Bypass” y toque “Done”.",
    "En un Android", "Abra el contacto y toque la estrella.",
    "Abra “Settings” (Ajustes), luego “Do Not Disturb” (No molestar, en sonido o notificaciones) y luego “People”.",
    "Permita llamadas y mensajes de “Starred contacts” (contactos con estrella).",
    "Silencie el teléfono con No molestar, no apagando el timbre: con el timbre apagado calla para todos. Los nombres "
    "cambian un poco de un teléfono a otro.",
    "Mensajes de la aplicación",
    "iPhone: “Settings” › “Focus” › “Do Not Disturb” › “Apps”: añada la aplicación de la escuela.",
    "Android: “Do Not Disturb” › “Apps”: añada la aplicación de la escuela o el navegador en que se abre.",
    "La aplicación sola no atraviesa un teléfono silenciado. La llamada y el texto, sí.",
    "Pruébelo ahora",
    "Silencie su teléfono y haga que le llamemos o escribamos. Es solo una prueba, y lo dice.", "Número",
    "Llámenme ahora para probar", "Escríbanme ahora para probar", "Estamos llamando a {}. Es una prueba.",
    "Estamos enviando un texto a {}. Es una prueba.", "¿Sonó?", "Sí, sonó", "No, siguió en silencio",
    "Gracias. Una alerta llega a este teléfono.",
    "Gracias por decirlo. Repase los pasos de arriba y pruebe otra vez.",
    "Sonó cuando lo probó", "Siguió en silencio cuando lo probó",
    "La escuela no tiene ningún número de teléfono suyo.", "Añadir un número", "Volver a los mensajes",
)  # fmt: skip
_FR = (
    "Quand votre téléphone est en silence",
    "Un téléphone en silence ou en Ne pas déranger ne laisse passer personne. Enregistrez les numéros d'alerte de "
    "l'école comme contact et autorisez ce seul contact : une alerte sonnera quand même.",
    "Les appels et textos viennent de", "Enregistrer le contact", "Vous avez enregistré ce contact.",
    "Les numéros d'alerte de l'école ont changé depuis. Enregistrez de nouveau le contact et supprimez l'ancien.",
    "L'école n'a pas encore de numéro d'alerte. Regardez ici plus tard.", "Alertes de {}",
    "Les appels et textos d'alerte de l'école viennent d'ici.",
    "Sur un iPhone", "Ouvrez le contact et touchez “Edit” (Modifier).",
    "Touchez “Ringtone” (Sonnerie), activez “Emergency Bypass”, puis touchez “Done”.",
    "Touchez “Text Tone” (Son SMS), activez-y aussi “Emergency Bypass”, puis touchez “Done”.",
    "Sur un Android", "Ouvrez le contact et touchez l'étoile.",
    "Ouvrez “Settings” (Paramètres), puis “Do Not Disturb” (Ne pas déranger, sous son ou notifications), puis "
    "“People”.",
    "Autorisez les appels et messages de “Starred contacts” (contacts favoris).",
    "Faites taire le téléphone par Ne pas déranger, pas en coupant la sonnerie : sonnerie coupée, il se tait "
    "pour tous. "
    "Les noms changent un peu d'un téléphone à l'autre.",
    "Messages de l'application",
    "iPhone : “Settings” › “Focus” › “Do Not Disturb” › “Apps” : ajoutez l'application de l'école.",
    "Android : “Do Not Disturb” › “Apps” : ajoutez l'application de l'école, ou le navigateur où elle s'ouvre.",
    "L'application seule ne traverse pas un téléphone en silence. L'appel et le texto, oui.",
    "Essayez maintenant",
    "Mettez votre téléphone en silence et faites-vous appeler ou écrire. Ce n'est qu'un essai, et il le dit.", "Numéro",
    "Appelez-moi pour essayer", "Envoyez-moi un texto pour essayer", "Nous appelons {}. C'est un essai.",
    "Nous envoyons un texto à {}. C'est un essai.", "A-t-il sonné ?", "Oui, il a sonné", "Non, il est resté muet",
    "Merci. Une alerte passe sur ce téléphone.",
    "Merci de le dire. Refaites les étapes ci-dessus, puis essayez encore.",
    "Il a sonné quand vous avez essayé", "Il est resté muet quand vous avez essayé",
    "L'école n'a aucun numéro de téléphone de vous.", "Ajouter un numéro", "Retour aux messages",
)  # fmt: skip
_AR = (
    "عندما يكون هاتفك صامتًا",
    "الهاتف الصامت أو في وضع عدم الإزعاج لا يسمح لأحد بالوصول. احفظ أرقام تنبيهات المدرسة كجهة اتصال واسمح لها وحدها: "
    "عندها يرن التنبيه رغم ذلك.",
    "تأتي المكالمات والرسائل من", "احفظ جهة الاتصال", "لقد حفظت جهة الاتصال هذه.",
    "تغيّرت أرقام تنبيهات المدرسة منذ أن حفظتها. احفظ جهة الاتصال من جديد واحذف القديمة.",
    "ليس للمدرسة رقم تنبيهات بعد. عد إلى هنا لاحقًا.", "تنبيهات {}",
    "من هنا تأتي مكالمات ورسائل تنبيهات المدرسة.",
    "آيفون", "افتح جهة الاتصال والمس “Edit” (تعديل).",
    "المس “Ringtone” (نغمة الرنين)، وفعّل “Emergency Bypass”، ثم المس “Done”.",
    "المس “Text Tone” (نغمة الرسائل)، وفعّل “Emergency Bypass” هناك أيضًا، ثم المس “Done”.",
    "أندرويد", "افتح جهة الاتصال والمس النجمة.",
    "افتح “Settings” (الإعدادات)، ثم “Do Not Disturb” (عدم الإزعاج، ضمن الصوت أو الإشعارات)، ثم “People”.",
    "اسمح بالمكالمات والرسائل من “Starred contacts” (جهات الاتصال المميزة بنجمة).",
    "أسكت الهاتف بوضع عدم الإزعاج لا بإيقاف الرنين: عند إيقاف الرنين يبقى صامتًا للجميع. تختلف الأسماء قليلًا "
    "من هاتف إلى آخر.",
    "رسائل التطبيق", "آيفون: “Settings” › “Focus” › “Do Not Disturb” › “Apps”: أضف تطبيق المدرسة.",
    "أندرويد: “Do Not Disturb” › “Apps”: أضف تطبيق المدرسة أو المتصفح الذي يُفتح فيه.",
    "التطبيق وحده لا يخترق هاتفًا صامتًا. المكالمة والرسالة النصية تفعلان ذلك.",
    "جرّب الآن", "أسكت هاتفك ودعنا نتصل بك أو نراسلك. إنه اختبار فقط، ويقول ذلك.", "الرقم",
    "اتصلوا بي الآن للتجربة", "راسلوني الآن للتجربة", "نتصل الآن بالرقم {}. إنه اختبار.",
    "نراسل الآن الرقم {}. إنه اختبار.", "هل رن؟", "نعم، رن", "لا، بقي صامتًا",
    "شكرًا. التنبيه يصل إلى هذا الهاتف.",
    "شكرًا لإخبارنا. راجع الخطوات أعلاه مرة أخرى، ثم جرّب من جديد.",
    "رن عندما جرّبته", "بقي صامتًا عندما جرّبته",
    "ليس لدى المدرسة رقم هاتف لك.", "أضف رقمًا", "العودة إلى الرسائل",
)  # fmt: skip
_ZH = (
    "当您的手机静音时",
    "静音或勿扰状态的手机不会让任何人打进来。请把学校的警报号码存为联系人，并只允许这一个联系人：这样警报仍会响铃。",
    "来电和短信来自", "保存联系人", "您已保存此联系人。",
    "自您保存以来，学校的警报号码已更改。请重新保存联系人并删除旧的。",
    "学校还没有警报号码。请稍后再来看。", "{}警报",
    "学校警报的来电和短信来自这里。",
    "苹果手机", "打开联系人，点“Edit”（编辑）。",
    "点“Ringtone”（电话铃声），打开“Emergency Bypass”（紧急忽略），再点“Done”。",
    "点“Text Tone”（短信铃声），同样打开“Emergency Bypass”，再点“Done”。",
    "安卓手机", "打开联系人，点星标。",
    "打开“Settings”（设置），再打开“Do Not Disturb”（勿扰，在声音或通知下），然后“People”。",
    "允许“Starred contacts”（已加星标的联系人）的来电和短信。",
    "请用勿扰让手机静音，不要关闭铃声：铃声关闭时，对谁都不响。各手机的名称略有不同。",
    "应用的消息", "苹果手机：“Settings” › “Focus” › “Do Not Disturb” › “Apps”：添加学校的应用。",
    "安卓手机：“Do Not Disturb” › “Apps”：添加学校的应用，或打开它的浏览器。",
    "应用本身不能突破静音的手机。来电和短信可以。",
    "现在试一试", "把手机静音，让我们给您打电话或发短信。这只是测试，内容也会说明。", "号码",
    "现在给我打电话试试", "现在给我发短信试试", "我们正在拨打 {}。这是测试。",
    "我们正在给 {} 发短信。这是测试。", "响了吗？", "响了", "没有，仍是静音",
    "谢谢。警报能到达这部手机。",
    "谢谢您告诉我们。请再按上面的步骤做一遍，然后再试。",
    "您试的时候响了", "您试的时候没有响",
    "学校没有您的电话号码。", "添加号码", "返回消息",
)  # fmt: skip
_VI = (
    "Khi điện thoại của quý vị im lặng",
    "Điện thoại để im lặng hoặc Không làm phiền không cho ai gọi tới. Hãy lưu các số báo động của trường thành "
    "một liên "
    "hệ và chỉ cho phép liên hệ này: khi đó báo động vẫn đổ chuông.",
    "Cuộc gọi và tin nhắn đến từ", "Lưu liên hệ", "Quý vị đã lưu liên hệ này.",
    "Các số báo động của trường đã đổi từ khi quý vị lưu. Hãy lưu lại liên hệ và xóa liên hệ cũ.",
    "Trường chưa có số báo động. Xin xem lại sau.", "Báo động {}",
    "Cuộc gọi và tin nhắn báo động của trường đến từ đây.",
    "Máy iPhone", "Mở liên hệ và chạm “Edit” (Sửa).",
    "Chạm “Ringtone” (Nhạc chuông), bật “Emergency Bypass”, rồi chạm “Done”.",
    "Chạm “Text Tone” (Âm tin nhắn), cũng bật “Emergency Bypass” ở đó, rồi chạm “Done”.",
    "Máy Android", "Mở liên hệ và chạm ngôi sao.",
    "Mở “Settings” (Cài đặt), rồi “Do Not Disturb” (Không làm phiền, trong âm thanh hoặc thông báo), rồi “People”.",
    "Cho phép cuộc gọi và tin nhắn từ “Starred contacts” (liên hệ có gắn sao).",
    "Hãy làm im điện thoại bằng Không làm phiền, đừng tắt chuông: khi tắt chuông, máy im lặng với mọi người. Tên gọi "
    "hơi khác nhau tùy máy.",
    "Tin của ứng dụng", "iPhone: “Settings” › “Focus” › “Do Not Disturb” › “Apps”: thêm ứng dụng của trường.",
    "Android: “Do Not Disturb” › “Apps”: thêm ứng dụng của trường, hoặc trình duyệt mở ứng dụng đó.",
    "Riêng ứng dụng không vượt qua được điện thoại im lặng. Cuộc gọi và tin nhắn thì được.",
    "Thử ngay", "Để điện thoại im lặng và cho chúng tôi gọi hoặc nhắn tin. Đây chỉ là thử, và có nói rõ.", "Số",
    "Gọi cho tôi ngay để thử", "Nhắn cho tôi ngay để thử", "Chúng tôi đang gọi {}. Đây là cuộc gọi thử.",
    "Chúng tôi đang nhắn tới {}. Đây là tin thử.", "Máy có đổ chuông không?", "Có, máy đã đổ chuông",
    "Không, máy vẫn im lặng",
    "Cảm ơn. Báo động đến được điện thoại này.",
    "Cảm ơn quý vị đã cho biết. Hãy làm lại các bước trên, rồi thử lại.",
    "Máy đã đổ chuông khi quý vị thử", "Máy vẫn im lặng khi quý vị thử",
    "Trường không có số điện thoại nào của quý vị.", "Thêm số", "Trở lại các tin nhắn",
)  # fmt: skip
_SO = (
    "Marka taleefankaagu aamusan yahay",
    "Taleefan aamusan ama ku jira Ha i dhibin cidna ma soo gudbiyo. Lambarrada digniinta dugsiga u kaydi sida xiriir, "
    "oo xiriirkan keliya oggolow: digniintu markaas way dhawaaqdaa.",
    "Wicitaannada iyo qoraallada waxay ka yimaadaan", "Kaydi xiriirka", "Xiriirkan waad kaydisay.",
    "Lambarrada digniinta dugsigu way isbeddeleen tan iyo markii aad kaydisay. Mar kale kaydi oo kii hore tirtir.",
    "Dugsigu weli ma laha lambar digniin. Mar dambe halkan eeg.", "Digniinaha {}",
    "Wicitaannada iyo qoraallada digniinta dugsigu halkan ayay ka yimaadaan.",
    "Taleefanka iPhone", "Fur xiriirka oo taabo “Edit”.",
    "Taabo “Ringtone” (codka wicitaanka), shid “Emergency Bypass”, kadibna taabo “Done”.",
    "Taabo “Text Tone” (codka qoraalka), halkaasna ka shid “Emergency Bypass”, kadibna taabo “Done”.",
    "Taleefanka Android", "Fur xiriirka oo taabo xiddigta.",
    "Fur “Settings”, kadib “Do Not Disturb” (oo hoos yaal codka ama ogeysiisyada), kadib “People”.",
    "Oggolow wicitaannada iyo qoraallada “Starred contacts” (xiriirrada xiddigta leh).",
    "Taleefanka ku aamusi “Do Not Disturb”, ha demin dhawaaqa: marka dhawaaqu dansan yahay cid walba wuu ka "
    "aamusan yahay. "
    "Magacyadu wax yar bay ku kala duwan yihiin taleefannada.",
    "Farriimaha barnaamijka", "iPhone: “Settings” › “Focus” › “Do Not Disturb” › “Apps”: ku dar barnaamijka dugsiga.",
    "Android: “Do Not Disturb” › “Apps”: ku dar barnaamijka dugsiga, ama biraawsarka uu ku furmo.",
    "Barnaamijka keligii kama gudbo taleefan aamusan. Wicitaanka iyo qoraalka way ka gudbaan.",
    "Hadda tijaabi", "Taleefanka aamusi oo aan ku wacno ama kuu qorno. Waa tijaabo keliya, waana la sheegayaa.",
    "Lambarka", "Hadda i soo wac si aan u tijaabiyo", "Hadda ii soo qor si aan u tijaabiyo",
    "Hadda waxaan wacaynaa {}. Waa tijaabo.", "Hadda waxaan u qoraynaa {}. Waa tijaabo.", "Ma dhawaaqay?",
    "Haa, wuu dhawaaqay", "Maya, wuu aamusnaa",
    "Mahadsanid. Digniintu taleefankan way soo gaartaa.",
    "Waad ku mahadsan tahay sheegidda. Tallaabooyinka kore mar kale samee, kadibna tijaabi.",
    "Wuu dhawaaqay markii aad tijaabisay", "Wuu aamusnaa markii aad tijaabisay",
    "Dugsigu lambar taleefan kuuma hayo.", "Ku dar lambar", "Ku noqo farriimaha",
)  # fmt: skip
_SW = (
    "Simu yako ikiwa kimya",
    "Simu iliyo kimya au kwenye Usinisumbue haimruhusu yeyote. Hifadhi namba za tahadhari za shule kama mwasiliani na "
    "uruhusu huyu mmoja tu: hapo tahadhari italia hata hivyo.",
    "Simu na ujumbe hutoka", "Hifadhi mwasiliani", "Umemhifadhi mwasiliani huyu.",
    "Namba za tahadhari za shule zimebadilika tangu ulipohifadhi. Mhifadhi tena na umfute wa zamani.",
    "Shule bado haina namba ya tahadhari. Tazama hapa tena baadaye.", "Tahadhari za {}",
    "Simu na ujumbe wa tahadhari za shule hutoka hapa.",
    "Simu ya iPhone", "Mfungue mwasiliani na uguse “Edit”.",
    "Gusa “Ringtone” (mlio wa simu), washa “Emergency Bypass”, kisha gusa “Done”.",
    "Gusa “Text Tone” (mlio wa ujumbe), washa “Emergency Bypass” hapo pia, kisha gusa “Done”.",
    "Simu ya Android", "Mfungue mwasiliani na uguse nyota.",
    "Fungua “Settings”, kisha “Do Not Disturb” (chini ya sauti au arifa), kisha “People”.",
    "Ruhusu simu na ujumbe kutoka “Starred contacts” (waasiliani wenye nyota).",
    "Nyamazisha simu kwa “Do Not Disturb”, si kwa kuzima mlio: mlio ukizimwa hukaa kimya kwa kila mtu. Majina "
    "hutofautiana "
    "kidogo kati ya simu.",
    "Ujumbe wa programu", "iPhone: “Settings” › “Focus” › “Do Not Disturb” › “Apps”: ongeza programu ya shule.",
    "Android: “Do Not Disturb” › “Apps”: ongeza programu ya shule, au kivinjari inachofungukia.",
    "Programu peke yake haipenyi simu iliyo kimya. Simu na ujumbe mfupi hupenya.",
    "Jaribu sasa", "Nyamazisha simu yako na utuache tukupigie au tukuandikie. Ni jaribio tu, na linasema hivyo.",
    "Namba", "Nipigie sasa nijaribu", "Niandikie sasa nijaribu", "Tunapigia {} sasa. Ni jaribio.",
    "Tunaandikia {} sasa. Ni jaribio.", "Je, ililia?", "Ndiyo, ililia", "Hapana, ilikaa kimya",
    "Asante. Tahadhari inaifikia simu hii.",
    "Asante kwa kusema. Pitia hatua zilizo juu tena, kisha ujaribu tena.",
    "Ililia ulipojaribu", "Ilikaa kimya ulipojaribu",
    "Shule haina namba yako ya simu.", "Ongeza namba", "Rudi kwenye ujumbe",
)  # fmt: skip
#: Names of settings in a text that runs from right to left keep their own direction, all of a path as one.
_SETTINGS = re.compile("“[A-Za-z][^”]*”(?: › “[A-Za-z][^”]*”)*")
_AR = tuple(_SETTINGS.sub("\u2066\\g<0>\u2069", one) for one in _AR)
THROUGH_WORDS = by_language(KEYS, _EN, _ES, _FR, _AR, _ZH, _VI, _SO, _SW)


def through_words_in(language: str) -> dict[str, str]:
    """The words of a language; English where there is none."""
    return THROUGH_WORDS[choose_language([language])]
