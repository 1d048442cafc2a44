"""What families' own pages say around a message, in the languages messages are written in."""

from typing import Any

from watchbell.communication.channels.facts.contact_words import CONTACT_WORDS
from watchbell.line.languages import (
    LANGUAGES,
    RIGHT_TO_LEFT,
    by_language,
    choose_language,
)

#: The keys, in the order of the lines below.
KEYS = (
    "skip", "drill", "test", "over", "corrected", "answered", "write", "your_message", "send", "numbers", "earlier",
    "footer", "messages", "contacts", "language", "write_bar", "as_of", "fresh", "waiting", "sent", "refused",
    "not_kept", "not_kept_more", "none", "none_more", "emergency", "push_title", "push_text", "push_on", "push_done",
    "push_denied", "push_failed", "push_sign_in", "sign_in", "push_install", "install_title", "install_text",
    "install_on", "ios_share", "ios_add", "ios_open", "not_now", "forget", "forget_more", "forgotten", "app",
    "app_short", "family", "skip_page", "call_911", "choose_language",
)  # fmt: skip
_EN = (
    "Skip to the message", "This is a drill.", "This is a test.", "This is over.", "Corrected",
    "You answered. Press another button to change it.", "Write to the school", "Your message", "Send",
    "My numbers, language and wishes", "Earlier messages",
    "In an emergency call 911. This page is yours alone: do not pass its address on.", "Messages", "Contacts",
    "Language", "Write", "As of {}: no connection", "The newest is shown as soon as there is a connection.",
    "Waiting to be sent", "Sent", "The school's server did not take it. Try again, or call the school.",
    "This message is not on this phone",
    "Open it once while there is a connection; from then on it can be read without one.", "No message yet",
    "What the school writes to you stands here.", "Emergency", "Get the next one on this phone at once",
    "The school's messages then appear on this phone as soon as they are sent, also while this page is closed. "
    "Your phone will ask you once.",
    "Turn it on", "Done. The next message appears on this phone at once.",
    "This phone was told not to show messages. Open its settings, allow notifications for this page or app, "
    "and come back here.",
    "It did not work just now. Try again in a moment.",
    "Sign in once on this phone; then the next message appears here at once.", "Sign in",
    "On an iPhone or iPad this works once the page is on the home screen:", "Keep the school's messages at hand",
    "On your home screen they open with one touch, also without a connection.", "Add to home screen", "Touch Share",
    "Choose “Add to Home Screen”", "Open it from the home screen", "Not now", "Forget this device",
    "Deletes the messages kept on this phone and stops those that appear by themselves. Texts, calls and mails still "
    "come.",
    "Nothing of the school's messages is kept on this phone any more.", "School messages", "School",
    "My family", "Skip to the content", "In an emergency call 911.", "Choose a language",
)  # fmt: skip
_ES = (
    "Ir al mensaje", "Esto es un simulacro.", "Esto es una prueba.", "Esto ya terminó.", "Corregido",
    "Usted respondió. Pulse otro botón para cambiarlo.", "Escribir a la escuela", "Su mensaje", "Enviar",
    "Mis números, idioma y deseos", "Mensajes anteriores",
    "En una emergencia llame al 911. Esta página es solo suya: no comparta su dirección.", "Mensajes", "Contactos",
    "Idioma", "Escribir", "A las {}: sin conexión", "Lo más reciente se muestra en cuanto haya conexión.",
    "Pendiente de envío", "Enviado", "El servidor de la escuela no lo aceptó. Inténtelo otra vez o llame a la escuela.",
    "Este mensaje no está en este teléfono",
    "Ábralo una vez con conexión; desde entonces se puede leer sin ella.", "Todavía no hay mensajes",
    "Aquí aparece lo que la escuela le escribe.", "Emergencia", "Reciba el próximo al instante en este teléfono",
    "Los mensajes de la escuela aparecerán en este teléfono en cuanto se envíen, también con esta página cerrada. "
    "El teléfono le preguntará una vez.",
    "Activar", "Listo. El próximo mensaje aparecerá al instante en este teléfono.",
    "Este teléfono tiene orden de no mostrar mensajes. Abra los ajustes, permita las notificaciones de esta página o "
    "aplicación y vuelva aquí.",
    "No funcionó en este momento. Inténtelo de nuevo en un rato.",
    "Inicie sesión una vez en este teléfono; el próximo mensaje aparecerá aquí al instante.", "Iniciar sesión",
    "En un iPhone o iPad funciona cuando la página está en la pantalla de inicio:",
    "Tenga a mano los mensajes de la escuela",
    "En su pantalla de inicio se abren con un toque, también sin conexión.", "Añadir a la pantalla de inicio",
    "Toque Compartir", "Elija «Añadir a pantalla de inicio»", "Ábrala desde la pantalla de inicio", "Ahora no",
    "Olvidar este dispositivo",
    "Borra los mensajes guardados en este teléfono y detiene los que aparecen solos. Los textos, llamadas y correos "
    "siguen llegando.",
    "En este teléfono ya no se guarda ningún mensaje de la escuela.", "Mensajes de la escuela", "Escuela",
    "Mi familia", "Ir al contenido", "En una emergencia llame al 911.", "Elegir un idioma",
)  # fmt: skip
_FR = (
    "Aller au message", "Ceci est un exercice.", "Ceci est un test.", "C'est terminé.", "Rectifié",
    "Vous avez répondu. Appuyez sur un autre bouton pour changer.", "Écrire à l'école", "Votre message", "Envoyer",
    "Mes numéros, ma langue et mes souhaits", "Messages précédents",
    "En cas d'urgence, appelez le 911. Cette page est à vous seul : ne transmettez pas son adresse.", "Messages",
    "Contacts", "Langue", "Écrire", "À {} : pas de connexion",
    "Le plus récent s'affiche dès qu'il y a une connexion.", "En attente d'envoi", "Envoyé",
    "Le serveur de l'école ne l'a pas pris. Réessayez ou appelez l'école.",
    "Ce message n'est pas sur ce téléphone",
    "Ouvrez-le une fois avec une connexion ; ensuite il se lit sans connexion.", "Pas encore de message",
    "Ce que l'école vous écrit apparaît ici.", "Urgence", "Recevez le prochain tout de suite sur ce téléphone",
    "Les messages de l'école apparaissent alors sur ce téléphone dès leur envoi, même si cette page est fermée. "
    "Votre téléphone vous le demandera une fois.",
    "Activer", "C'est fait. Le prochain message apparaîtra tout de suite sur ce téléphone.",
    "Ce téléphone a reçu l'ordre de ne pas afficher de messages. Dans ses réglages, autorisez les notifications pour "
    "cette page ou application, puis revenez ici.",
    "Cela n'a pas marché. Réessayez dans un instant.",
    "Connectez-vous une fois sur ce téléphone ; le prochain message y apparaîtra tout de suite.", "Se connecter",
    "Sur un iPhone ou un iPad, cela marche une fois la page sur l'écran d'accueil :",
    "Gardez les messages de l'école à portée de main",
    "Sur l'écran d'accueil, ils s'ouvrent d'un toucher, même sans connexion.", "Ajouter à l'écran d'accueil",
    "Touchez Partager", "Choisissez « Sur l'écran d'accueil »", "Ouvrez-la depuis l'écran d'accueil", "Pas maintenant",
    "Oublier cet appareil",
    "Efface les messages gardés sur ce téléphone et arrête ceux qui s'affichent d'eux-mêmes. Textos, appels et "
    "courriels arrivent toujours.",
    "Plus aucun message de l'école n'est gardé sur ce téléphone.", "Messages de l'école", "École",
    "Ma famille", "Aller au contenu", "En cas d'urgence, appelez le 911.", "Choisir une langue",
)  # fmt: skip
_AR = (
    "انتقل إلى الرسالة", "هذا تمرين.", "هذا اختبار.", "لقد انتهى هذا.", "تم التصحيح",
    "لقد أجبت. اضغط زرًا آخر لتغيير إجابتك.", "اكتب إلى المدرسة", "رسالتك", "إرسال",
    "أرقامي ولغتي ورغباتي", "الرسائل السابقة",
    "في حالة الطوارئ اتصل بالرقم 911. هذه الصفحة لك وحدك: لا تعطِ عنوانها لأحد.", "الرسائل", "جهات الاتصال",
    "اللغة", "كتابة", "في {}: لا يوجد اتصال", "يظهر الأحدث فور عودة الاتصال.",
    "في انتظار الإرسال", "تم الإرسال", "لم يقبلها خادم المدرسة. حاول مرة أخرى أو اتصل بالمدرسة.",
    "هذه الرسالة ليست على هذا الهاتف",
    "افتحها مرة واحدة أثناء وجود اتصال، وبعدها يمكن قراءتها بدونه.", "لا توجد رسائل بعد",
    "ما تكتبه المدرسة إليك يظهر هنا.", "طوارئ", "استلم الرسالة التالية فورًا على هذا الهاتف",
    "ستظهر رسائل المدرسة على هذا الهاتف فور إرسالها، حتى عندما تكون هذه الصفحة مغلقة. سيسألك هاتفك مرة واحدة.",
    "تفعيل", "تم. ستظهر الرسالة التالية فورًا على هذا الهاتف.",
    "هذا الهاتف مضبوط على عدم عرض الرسائل. افتح الإعدادات واسمح بالإشعارات لهذه الصفحة أو التطبيق، ثم عد إلى هنا.",
    "لم ينجح ذلك الآن. حاول مرة أخرى بعد قليل.",
    "سجّل الدخول مرة واحدة على هذا الهاتف، وبعدها تظهر الرسالة التالية هنا فورًا.", "تسجيل الدخول",
    "على iPhone أو iPad يعمل هذا بعد إضافة الصفحة إلى الشاشة الرئيسية:", "اجعل رسائل المدرسة قريبة منك",
    "من الشاشة الرئيسية تفتح بلمسة واحدة، حتى بدون اتصال.", "إضافة إلى الشاشة الرئيسية", "المس زر المشاركة",
    "اختر «إضافة إلى الشاشة الرئيسية»", "افتحها من الشاشة الرئيسية", "ليس الآن", "انسَ هذا الجهاز",
    "يحذف الرسائل المحفوظة على هذا الهاتف ويوقف ما يظهر منها تلقائيًا. تبقى الرسائل النصية والمكالمات والبريد تصل.",
    "لم يعد أي شيء من رسائل المدرسة محفوظًا على هذا الهاتف.", "رسائل المدرسة", "المدرسة",
    "عائلتي", "انتقل إلى المحتوى", "في حالة الطوارئ اتصل بالرقم 911.", "اختيار اللغة",
)  # fmt: skip
_ZH = (
    "跳到消息", "这是演习。", "这是测试。", "此事已结束。", "已更正",
    "您已回答。按另一个按钮可更改。", "给学校写信", "您的留言", "发送",
    "我的号码、语言和偏好", "以前的消息",
    "紧急情况请拨打 911。此页面只属于您：请勿转发其地址。", "消息", "联系方式",
    "语言", "写信", "截至 {}：无网络连接", "恢复连接后会立即显示最新内容。",
    "等待发送", "已发送", "学校的服务器没有接受。请重试，或致电学校。",
    "此消息不在这部手机上",
    "请在有网络时打开一次，之后无网络也能阅读。", "还没有消息",
    "学校写给您的消息会显示在这里。", "紧急", "让下一条消息立即出现在这部手机上",
    "学校的消息一发出就会显示在这部手机上，即使此页面已关闭。手机会询问您一次。",
    "开启", "好了。下一条消息会立即出现在这部手机上。",
    "这部手机被设为不显示消息。请打开设置，允许此页面或应用的通知，然后回到这里。",
    "刚才没有成功。请稍后再试。",
    "请在这部手机上登录一次；之后下一条消息会立即出现。", "登录",
    "在 iPhone 或 iPad 上，先把此页面添加到主屏幕：", "让学校的消息触手可及",
    "从主屏幕一触即可打开，无网络也行。", "添加到主屏幕", "点按“共享”",
    "选择“添加到主屏幕”", "从主屏幕打开", "以后再说", "忘记此设备",
    "删除保存在这部手机上的消息，并停止自动显示。短信、电话和邮件仍会送达。",
    "这部手机上不再保存学校的任何消息。", "学校消息", "学校",
    "我的家庭", "跳到内容", "紧急情况请拨打 911。", "选择语言",
)  # fmt: skip
_VI = (
    "Đến tin nhắn", "Đây là diễn tập.", "Đây là thử nghiệm.", "Việc này đã kết thúc.", "Đã đính chính",
    "Quý vị đã trả lời. Bấm nút khác để thay đổi.", "Viết cho trường", "Tin nhắn của quý vị", "Gửi",
    "Số điện thoại, ngôn ngữ và mong muốn của tôi", "Tin nhắn trước đây",
    "Trong trường hợp khẩn cấp hãy gọi 911. Trang này chỉ dành cho quý vị: xin đừng chuyển địa chỉ trang.",
    "Tin nhắn", "Liên lạc", "Ngôn ngữ", "Viết", "Lúc {}: không có kết nối",
    "Tin mới nhất sẽ hiện ngay khi có kết nối.", "Đang chờ gửi", "Đã gửi",
    "Máy chủ của trường không nhận. Hãy thử lại hoặc gọi cho trường.",
    "Tin nhắn này không có trên điện thoại này",
    "Hãy mở một lần khi có kết nối; sau đó có thể đọc mà không cần kết nối.", "Chưa có tin nhắn",
    "Những gì trường viết cho quý vị sẽ hiện ở đây.", "Khẩn cấp", "Nhận tin tiếp theo ngay trên điện thoại này",
    "Tin nhắn của trường sẽ hiện trên điện thoại này ngay khi được gửi, kể cả khi trang này đã đóng. "
    "Điện thoại sẽ hỏi quý vị một lần.",
    "Bật", "Xong. Tin tiếp theo sẽ hiện ngay trên điện thoại này.",
    "Điện thoại này đang chặn thông báo. Hãy mở phần cài đặt, cho phép thông báo cho trang hoặc ứng dụng này, "
    "rồi quay lại đây.",
    "Vừa rồi không được. Hãy thử lại sau giây lát.",
    "Hãy đăng nhập một lần trên điện thoại này; sau đó tin tiếp theo sẽ hiện ngay ở đây.", "Đăng nhập",
    "Trên iPhone hoặc iPad, hãy thêm trang này vào màn hình chính trước:", "Giữ tin nhắn của trường trong tầm tay",
    "Từ màn hình chính, chỉ một chạm là mở, kể cả khi không có kết nối.", "Thêm vào màn hình chính",
    "Chạm Chia sẻ", "Chọn “Thêm vào MH chính”", "Mở từ màn hình chính", "Để sau", "Quên thiết bị này",
    "Xóa các tin được giữ trên điện thoại này và ngừng các tin tự hiện. Tin nhắn, cuộc gọi và thư vẫn đến.",
    "Không còn tin nào của trường được giữ trên điện thoại này.", "Tin nhắn của trường", "Trường",
    "Gia đình tôi", "Đến nội dung", "Trong trường hợp khẩn cấp hãy gọi 911.", "Chọn ngôn ngữ",
)  # fmt: skip
_SO = (
    "U gudub farriinta", "Kani waa tababar.", "Kani waa tijaabo.", "Tani way dhammaatay.", "La saxay",
    "Waad jawaabtay. Riix badhan kale si aad u beddesho.", "U qor dugsiga", "Farriintaada", "Dir",
    "Lambarradayda, luqaddayda iyo doonistayda", "Farriimihii hore",
    "Xaalad degdeg ah wac 911. Boggan adiga kaliya ayaa iska leh: ciwaankiisa ha u gudbin cid kale.", "Farriimo",
    "Xiriirro", "Luqad", "Qor", "Ilaa {}: xiriir ma jiro", "Kan ugu dambeeya waxaa la tusayaa marka xiriir la helo.",
    "Waxay sugaysaa in la diro", "La diray", "Kombiyuutarka dugsigu ma aqbalin. Mar kale isku day ama wac dugsiga.",
    "Farriintani kuma jirto taleefankan",
    "Hal mar fur iyadoo xiriir jiro; kadib waa la akhrin karaa xiriir la'aan.", "Weli farriin ma jirto",
    "Waxa dugsigu kuu soo qoro halkan ayay ka muuqdaan.", "Degdeg", "Ku hel tan xigta isla markiiba taleefankan",
    "Farriimaha dugsigu waxay taleefankan ka soo muuqanayaan isla marka la diro, xitaa marka boggani xiran yahay. "
    "Taleefanku hal mar ayuu ku weydiinayaa.",
    "Daar", "Waa la dhammeeyay. Farriinta xigta isla markiiba taleefankan ayay ka soo muuqan doontaa.",
    "Taleefankan waxaa loo sheegay inuusan farriimo tusin. Fur dejintiisa, u oggolow ogeysiisyada boggan ama "
    "barnaamijkan, kadibna halkan ku soo noqo.",
    "Hadda ma shaqayn. Wax yar kadib isku day mar kale.",
    "Hal mar ku gal taleefankan; kadib farriinta xigta isla markiiba halkan ayay ka soo muuqan doontaa.", "Gal",
    "iPhone ama iPad, marka hore bogga ku dar shaashadda guriga:", "Farriimaha dugsiga ha kuu dhowaadaan",
    "Shaashadda guriga hal taabasho ayay ku furmaan, xitaa xiriir la'aan.", "Ku dar shaashadda guriga",
    "Taabo Share", "Dooro “Add to Home Screen”", "Ka fur shaashadda guriga", "Hadda maya", "Ilow qalabkan",
    "Waxay tirtirtaa farriimaha taleefankan ku kaydsan oo joojisaa kuwa iskood u soo muuqda. Qoraallada, wicitaannada "
    "iyo boostada weli way imanayaan.",
    "Farriimaha dugsiga waxba kuma kaydsana taleefankan mar dambe.", "Farriimaha dugsiga", "Dugsi",
    "Qoyskayga", "U gudub nuxurka", "Xaalad degdeg ah wac 911.", "Dooro luqad",
)  # fmt: skip
_SW = (
    "Nenda kwenye ujumbe", "Hili ni zoezi.", "Hili ni jaribio.", "Hili limekwisha.", "Imesahihishwa",
    "Umejibu. Bonyeza kitufe kingine kubadilisha.", "Andika kwa shule", "Ujumbe wako", "Tuma",
    "Namba zangu, lugha na mapendeleo", "Ujumbe wa awali",
    "Kwa dharura piga 911. Ukurasa huu ni wako peke yako: usipitishe anwani yake.", "Ujumbe", "Mawasiliano",
    "Lugha", "Andika", "Kufikia {}: hakuna mtandao", "Mpya zaidi utaonyeshwa mara mtandao ukirudi.",
    "Unasubiri kutumwa", "Imetumwa", "Seva ya shule haikuupokea. Jaribu tena, au piga simu shuleni.",
    "Ujumbe huu haupo kwenye simu hii",
    "Ufungue mara moja ukiwa na mtandao; baadaye unaweza kusomwa bila mtandao.", "Bado hakuna ujumbe",
    "Yale ambayo shule inakuandikia huonekana hapa.", "Dharura", "Pata ujumbe ujao mara moja kwenye simu hii",
    "Ujumbe wa shule utaonekana kwenye simu hii mara unapotumwa, hata ukurasa huu ukiwa umefungwa. "
    "Simu yako itakuuliza mara moja.",
    "Washa", "Tayari. Ujumbe ujao utaonekana mara moja kwenye simu hii.",
    "Simu hii imeambiwa isionyeshe ujumbe. Fungua mipangilio yake, ruhusu arifa za ukurasa au programu hii, "
    "kisha urudi hapa.",
    "Haikufanya kazi sasa hivi. Jaribu tena baada ya muda mfupi.",
    "Ingia mara moja kwenye simu hii; kisha ujumbe ujao utaonekana hapa mara moja.", "Ingia",
    "Kwenye iPhone au iPad, kwanza weka ukurasa kwenye skrini ya mwanzo:", "Weka ujumbe wa shule karibu",
    "Kwenye skrini ya mwanzo hufunguka kwa mguso mmoja, hata bila mtandao.", "Weka kwenye skrini ya mwanzo",
    "Gusa Share", "Chagua “Add to Home Screen”", "Ufungue kutoka skrini ya mwanzo", "Si sasa", "Sahau kifaa hiki",
    "Hufuta ujumbe uliohifadhiwa kwenye simu hii na kusimamisha unaojitokeza wenyewe. Ujumbe mfupi, simu na barua "
    "pepe bado huja.",
    "Hakuna ujumbe wa shule uliohifadhiwa tena kwenye simu hii.", "Ujumbe wa shule", "Shule",
    "Familia yangu", "Rukia yaliyomo", "Katika dharura piga 911.", "Chagua lugha",
)  # fmt: skip
WORDS = by_language(KEYS, _EN, _ES, _FR, _AR, _ZH, _VI, _SO, _SW)


def contact_words_in(language: str) -> dict[str, str]:
    """The same for the page of numbers, language and wishes."""
    return CONTACT_WORDS[words_in(language)["code"]]


def words_in(language: str) -> dict[str, str]:
    """The words of a language ("es", "es-MX"), with its "code" and direction "dir"; English where there is none."""
    code = choose_language([language])
    return {**WORDS[code], "code": code, "dir": "rtl" if code in RIGHT_TO_LEFT else "ltr"}


def frame_in(language: str) -> dict[str, Any]:
    """What the frame of a family's pages is given: its words, and the languages to choose from."""
    return {"words": words_in(language), "all_languages": LANGUAGES}
