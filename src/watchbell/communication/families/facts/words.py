"""What signing in says to families, on pages and in the mail or text with the link: in eight languages."""

from watchbell.line.languages import by_language, choose_language

#: The keys, in the order of the lines below.
KEYS = (
    "title", "heading", "lead", "provider", "district", "choose", "address", "send_link", "staff", "look_mail",
    "look_text", "on_way", "code", "who", "nothing", "another", "remembers", "sign_in_as", "new_link", "devices",
    "this_one", "since", "last", "until", "by_link", "by_code", "by_provider", "browser", "sign_out", "sign_out_of",
    "ended", "push_here", "push_stop", "push_stopped", "push_hint", "mail_subject", "mail_text", "mail_more",
)  # fmt: skip
_EN = (
    "Families: sign in", "See what the school writes to you",
    "Write the e-mail address or telephone number the school has for you. We send a link and a code there; no "
    "password is needed.",
    "Continue with {}", "School district", "Choose", "E-mail or mobile number", "Send me a link",
    "I work for the district", "Look at your mail", "Look at your messages",
    "If the school has {} for you, a link and a code are on their way. They work once, for 20 minutes.", "Code",
    "Several of you use this address. Who are you?",
    "Nothing after some minutes? Look into the spam folder. If the school has another address for you, call "
    "its office.",
    "Another address", "This browser will remember you for half a year. You can sign it out at any time.",
    "Sign in as {}", "Ask for a new link", "Where you are signed in", "this one", "Signed in", "Last used",
    "Remembered until", "by link", "by code", "by {}", "A browser", "Sign out", "Sign out {}",
    "That device is signed out.", "Messages appear there at once", "Turn them off",
    "No message appears there by itself any more.",
    "To get the next message on this device at once, open a message here: it is offered below it.",
    "Sign in to {district}", "{district}: open {link} or type the code {code}. It works once, for {minutes} minutes.",
    "You did not ask for it? Then do nothing: nobody can sign in without it.",
)  # fmt: skip
_ES = (
    "Familias: iniciar sesión", "Vea lo que la escuela le escribe",
    "Escriba la dirección de correo o el número de teléfono que la escuela tiene de usted. Enviamos allí un "
    "enlace y un código; no hace falta contraseña.",
    "Continuar con {}", "Distrito escolar", "Elija", "Correo electrónico o número de móvil", "Enviarme un enlace",
    "Trabajo para el distrito", "Mire su correo", "Mire sus mensajes",
    "Si la escuela tiene {} como suyo, un enlace y un código están en camino. Sirven una vez, durante 20 minutos.",
    "Código", "Varios de ustedes usan esta dirección. ¿Quién es usted?",
    "¿No llega nada en unos minutos? Mire en el correo no deseado. Si la escuela tiene otra dirección suya, "
    "llame a su oficina.",
    "Otra dirección", "Este navegador le recordará medio año. Puede cerrar la sesión cuando quiera.",
    "Iniciar sesión como {}", "Pida un enlace nuevo", "Dónde tiene la sesión abierta", "este", "Sesión iniciada",
    "Último uso", "Se recuerda hasta", "por enlace", "por código", "por {}", "Un navegador", "Cerrar sesión",
    "Cerrar sesión: {}", "Ese dispositivo ya no tiene la sesión abierta.", "Los mensajes aparecen allí al instante",
    "Desactivarlos", "Allí ya no aparece ningún mensaje por sí solo.",
    "Para recibir el próximo mensaje al instante en este dispositivo, abra aquí un mensaje: se ofrece debajo.",
    "Iniciar sesión en {district}",
    "{district}: abra {link} o escriba el código {code}. Sirve una vez, durante {minutes} minutos.",
    "¿No lo pidió usted? Entonces no haga nada: sin esto nadie puede iniciar sesión.",
)  # fmt: skip
_FR = (
    "Familles : se connecter", "Voyez ce que l'école vous écrit",
    "Écrivez l'adresse de courriel ou le numéro de téléphone que l'école a de vous. Nous y envoyons un lien "
    "et un code ; aucun mot de passe n'est nécessaire.",
    "Continuer avec {}", "District scolaire", "Choisissez", "Courriel ou numéro de mobile", "M'envoyer un lien",
    "Je travaille pour le district", "Regardez votre courriel", "Regardez vos messages",
    "Si l'école a {} comme étant à vous, un lien et un code sont en route. Ils servent une fois, pendant 20 minutes.",
    "Le code", "Vous êtes plusieurs à utiliser cette adresse. Qui êtes-vous ?",
    "Rien après quelques minutes ? Regardez dans les indésirables. Si l'école a une autre adresse de vous, "
    "appelez son secrétariat.",
    "Une autre adresse", "Ce navigateur se souviendra de vous six mois. Vous pouvez le déconnecter à tout moment.",
    "Se connecter comme {}", "Demandez un nouveau lien", "Où vous êtes connecté", "celui-ci", "Connecté",
    "Dernier usage", "Gardé jusqu'au", "par lien", "par le code", "par {}", "Un navigateur", "Se déconnecter",
    "Déconnecter {}", "Cet appareil est déconnecté.", "Les messages y apparaissent tout de suite", "Les désactiver",
    "Plus aucun message n'y apparaît de lui-même.",
    "Pour recevoir le prochain message tout de suite sur cet appareil, ouvrez ici un message : c'est proposé "
    "dessous.",
    "Se connecter à {district}",
    "{district} : ouvrez {link} ou saisissez le code {code}. Il sert une fois, pendant {minutes} minutes.",
    "Vous ne l'avez pas demandé ? Ne faites rien : personne ne peut se connecter sans cela.",
)  # fmt: skip
_AR = (
    "العائلات: تسجيل الدخول", "اقرأ ما تكتبه المدرسة إليك",
    "اكتب عنوان البريد الإلكتروني أو رقم الهاتف المسجل لك لدى المدرسة. نرسل إليه رابطًا ورمزًا، ولا حاجة إلى "
    "كلمة مرور.",
    "المتابعة باستخدام {}", "المنطقة التعليمية", "اختر", "البريد الإلكتروني أو رقم الجوال", "أرسلوا لي رابطًا",
    "أعمل لدى المنطقة التعليمية", "انظر في بريدك", "انظر في رسائلك",
    "إذا كان {} مسجلًا لك لدى المدرسة، فالرابط والرمز في الطريق إليك. يعملان مرة واحدة خلال 20 دقيقة.", "الرمز",
    "أكثر من شخص منكم يستخدم هذا العنوان. من أنت؟",
    "لم يصل شيء بعد دقائق؟ انظر في مجلد الرسائل غير المرغوبة. إذا كان لدى المدرسة عنوان آخر لك فاتصل بمكتبها.",
    "عنوان آخر", "سيتذكرك هذا المتصفح نصف سنة. يمكنك تسجيل الخروج منه في أي وقت.", "تسجيل الدخول باسم {}",
    "اطلب رابطًا جديدًا", "أين سجّلت الدخول", "هذا الجهاز", "تسجيل الدخول في", "آخر استخدام", "محفوظ حتى",
    "عن طريق الرابط", "عن طريق الرمز", "عن طريق {}", "متصفح", "تسجيل الخروج", "تسجيل الخروج من {}",
    "تم تسجيل الخروج من ذلك الجهاز.", "تظهر الرسائل هناك فورًا", "إيقافها",
    "لن تظهر أي رسالة هناك تلقائيًا بعد الآن.",
    "لاستلام الرسالة التالية فورًا على هذا الجهاز، افتح رسالة هنا: ستجد العرض تحتها.", "تسجيل الدخول إلى {district}",
    "{district}: افتح {link} أو اكتب الرمز {code}. يعمل مرة واحدة خلال {minutes} دقيقة.",
    "لم تطلب ذلك؟ إذن لا تفعل شيئًا: لا يستطيع أحد تسجيل الدخول بدونه.",
)  # fmt: skip
_ZH = (
    "家庭：登录", "查看学校写给您的消息",
    "请填写学校登记的您的电子邮件地址或电话号码。我们会向那里发送链接和验证码；不需要密码。", "使用 {} 继续", "学区",
    "请选择", "电子邮件或手机号码", "给我发链接", "我在学区工作", "请查看您的邮件", "请查看您的短信",
    "如果学校登记的是 {}，链接和验证码正在发送途中。只能使用一次，20 分钟内有效。", "验证码",
    "你们有几位使用此地址。您是谁？",
    "几分钟后还没有收到？请查看垃圾邮件。如果学校登记的是您的另一个地址，请致电学校办公室。", "换一个地址",
    "此浏览器会记住您半年。您可以随时退出登录。", "以 {} 登录", "请索取新的链接", "您登录的设备", "本设备", "登录于",
    "最近使用", "保留至", "通过链接", "通过验证码", "通过 {}", "浏览器", "退出登录", "退出登录：{}",
    "该设备已退出登录。", "消息会立即显示在那里", "关闭", "那里不再自动显示消息。",
    "要让下一条消息立即出现在本设备上，请在这里打开一条消息：选项就在消息下面。", "登录 {district}",
    "{district}：请打开 {link} 或输入验证码 {code}。只能使用一次，{minutes} 分钟内有效。",
    "不是您要求的？请不必理会：没有它，谁也无法登录。",
)  # fmt: skip
_VI = (
    "Gia đình: đăng nhập", "Xem những gì trường viết cho quý vị",
    "Hãy viết địa chỉ thư điện tử hoặc số điện thoại mà trường có của quý vị. Chúng tôi gửi liên kết và mã "
    "đến đó; không cần mật khẩu.",
    "Tiếp tục với {}", "Học khu", "Hãy chọn", "Thư điện tử hoặc số di động", "Gửi liên kết cho tôi",
    "Tôi làm việc cho học khu", "Hãy xem thư của quý vị", "Hãy xem tin nhắn của quý vị",
    "Nếu trường có {} là của quý vị, liên kết và mã đang được gửi đến. Chỉ dùng được một lần, trong 20 phút.", "Mã",
    "Có vài người trong quý vị dùng địa chỉ này. Quý vị là ai?",
    "Sau vài phút vẫn chưa có gì? Hãy xem thư mục thư rác. Nếu trường có địa chỉ khác của quý vị, hãy gọi văn "
    "phòng trường.",
    "Địa chỉ khác", "Trình duyệt này sẽ nhớ quý vị nửa năm. Quý vị có thể đăng xuất bất cứ lúc nào.",
    "Đăng nhập là {}", "Hãy xin liên kết mới", "Nơi quý vị đang đăng nhập", "thiết bị này", "Đăng nhập lúc",
    "Dùng lần cuối", "Được nhớ đến", "bằng liên kết", "bằng mã", "bằng {}", "Một trình duyệt", "Đăng xuất",
    "Đăng xuất {}", "Thiết bị đó đã đăng xuất.", "Tin nhắn hiện ngay ở đó", "Tắt đi",
    "Không còn tin nhắn nào tự hiện ở đó nữa.",
    "Để nhận ngay tin nhắn tiếp theo trên thiết bị này, hãy mở một tin nhắn ở đây: lời mời ở bên dưới.",
    "Đăng nhập vào {district}",
    "{district}: hãy mở {link} hoặc nhập mã {code}. Chỉ dùng được một lần, trong {minutes} phút.",
    "Quý vị không yêu cầu? Vậy đừng làm gì: không ai có thể đăng nhập nếu không có nó.",
)  # fmt: skip
_SO = (
    "Qoysaska: gal", "Arag waxa dugsigu kuu soo qoro",
    "Qor ciwaanka iimaylka ama lambarka taleefanka ee dugsigu kuu hayo. Xiriir iyo koodh ayaan halkaas u "
    "dirnaa; furaha sirta ah looma baahna.",
    "Ku sii wad {}", "Degmada dugsiga", "Dooro", "Iimayl ama lambarka mobilka", "Xiriir ii soo dir",
    "Waxaan u shaqeeyaa degmada", "Fiiri iimaylkaaga", "Fiiri farriimahaaga",
    "Haddii dugsigu {} kuu hayo, xiriir iyo koodh ayaa soo socda. Hal mar ayay shaqeeyaan, 20 daqiiqo gudahood.",
    "Koodhka", "Dhowr idinka mid ah ayaa ciwaankan isticmaala. Kumaa tahay?",
    "Waxba ma imanin dhowr daqiiqo kadib? Fiiri galka spam-ka. Haddii dugsigu ciwaan kale kuu hayo, wac xafiiskiisa.",
    "Ciwaan kale", "Biraawsarkani wuxuu ku xasuusanayaa nus sano. Goor kasta waad ka bixi kartaa.", "U gal sida {}",
    "Weydii xiriir cusub", "Meelaha aad ka gashay", "kan", "La galay", "Markii u dambaysay", "La xasuusanayo ilaa",
    "xiriir", "koodh", "{}", "Biraawsar", "Ka bax", "Ka bax {}", "Qalabkaas waa laga baxay.",
    "Farriimuhu isla markiiba halkaas ayay ka soo muuqdaan", "Dami",
    "Farriin iskeed uga soo muuqata halkaas mar dambe ma jirto.",
    "Si farriinta xigta isla markiiba qalabkan uga soo muuqato, farriin halkan ka fur: hoosteeda ayaa laguugu "
    "soo bandhigayaa.",
    "Gal {district}",
    "{district}: fur {link} ama qor koodhka {code}. Hal mar ayuu shaqeeyaa, {minutes} daqiiqo gudahood.",
    "Adigu ma codsan? Markaas waxba ha samayn: la'aantiis qofna ma geli karo.",
)  # fmt: skip
_SW = (
    "Familia: ingia", "Ona shule inachokuandikia",
    "Andika anwani ya barua pepe au namba ya simu ambayo shule inayo kwa ajili yako. Tunatuma kiungo na "
    "msimbo huko; nenosiri halihitajiki.",
    "Endelea na {}", "Wilaya ya shule", "Chagua", "Barua pepe au namba ya simu ya mkononi", "Nitumie kiungo",
    "Ninafanya kazi wilayani", "Angalia barua pepe yako", "Angalia ujumbe wako",
    "Ikiwa shule ina {} kama yako, kiungo na msimbo viko njiani. Hufanya kazi mara moja, kwa dakika 20.", "Msimbo",
    "Watu kadhaa kati yenu hutumia anwani hii. Wewe ni nani?",
    "Hakuna kilichofika baada ya dakika chache? Angalia folda ya barua taka. Ikiwa shule ina anwani yako "
    "nyingine, pigia ofisi yake simu.",
    "Anwani nyingine", "Kivinjari hiki kitakukumbuka nusu mwaka. Unaweza kutoka wakati wowote.", "Ingia kama {}",
    "Omba kiungo kipya", "Mahali ulipoingia", "hiki", "Uliingia", "Kilitumika mwisho", "Kinakumbukwa hadi",
    "kwa kiungo", "kwa msimbo", "kwa {}", "Kivinjari", "Toka", "Toka {}", "Kifaa hicho kimetolewa.",
    "Ujumbe huonekana hapo mara moja", "Uzime", "Hakuna ujumbe unaojitokeza hapo wenyewe tena.",
    "Ili upate ujumbe ujao mara moja kwenye kifaa hiki, fungua ujumbe hapa: utaulizwa chini yake.",
    "Ingia kwenye {district}",
    "{district}: fungua {link} au andika msimbo {code}. Hufanya kazi mara moja, kwa dakika {minutes}.",
    "Hukuomba? Basi usifanye chochote: hakuna anayeweza kuingia bila hicho.",
)  # fmt: skip
SIGN_IN_WORDS = by_language(KEYS, _EN, _ES, _FR, _AR, _ZH, _VI, _SO, _SW)


def sign_in_words_in(language: str) -> dict[str, str]:
    """The words of a language; English where there is none."""
    return SIGN_IN_WORDS[choose_language([language])]
