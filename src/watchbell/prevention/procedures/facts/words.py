"""The words of the cards themselves, in every language they are written in. No native speaker has reviewed those that
are neither English nor Spanish."""

from watchbell.line.languages import by_language

#: What stands there when nobody knows it for this room.
UNKNOWN = by_language(
    ("room", "exit", "second_exit", "rally", "aed"),
    ("your room", "the nearest safe exit", "another safe exit", "the place you are told", "the nearest AED"),
    ("su salón", "la salida segura más cercana", "otra salida segura", "el lugar que le indiquen",
     "el DEA más cercano"),
    ("votre salle", "la sortie sûre la plus proche", "une autre sortie sûre", "le lieu indiqué",
     "le DAE le plus proche"),
    ("غرفتك", "أقرب مخرج آمن", "مخرج آمن آخر", "المكان الذي يقال لك", "أقرب جهاز"),
    ("您所在的房间", "最近的安全出口", "另一个安全出口", "通知的地点", "最近的 AED"),
    ("phòng của bạn", "lối ra an toàn gần nhất", "lối ra an toàn khác", "nơi được chỉ", "máy AED gần nhất"),
    ("qolkaaga", "bixitinka ammaan ah ee ugu dhow", "bixitin kale oo ammaan ah", "meesha laguu sheego",
     "AED-ga ugu dhow"),
    ("chumba chako", "njia salama ya kutoka iliyo karibu", "njia nyingine salama ya kutoka", "utakapoelekezwa",
     "AED iliyo karibu"),
)  # fmt: skip
DOOR_WORD = {
    "en": "Door {number}", "es": "Puerta {number}", "fr": "Porte {number}", "ar": "الباب {number}",
    "zh": "{number} 号门", "vi": "Cửa {number}", "so": "Albaabka {number}", "sw": "Mlango {number}",
}  # fmt: skip
ATTRIBUTION = {
    "en": "Hold, Secure, Lockdown, Evacuate and Shelter are the actions of the Standard Response Protocol of "
    "The “I Love U Guys” Foundation. The steps are this district's own words.",
    "es": "Hold, Secure, Lockdown, Evacuate y Shelter son las acciones del Standard Response Protocol de "
    "The “I Love U Guys” Foundation. Los pasos son palabras propias de este distrito.",
    "fr": "Hold, Secure, Lockdown, Evacuate et Shelter sont les actions du Standard Response Protocol de "
    "The “I Love U Guys” Foundation. Les étapes sont les propres mots de ce district.",
    "ar": "Hold وSecure وLockdown وEvacuate وShelter هي إجراءات Standard Response Protocol من "
    "The “I Love U Guys” Foundation. والخطوات بكلمات هذه المنطقة التعليمية.",
    "zh": "Hold、Secure、Lockdown、Evacuate 和 Shelter 是 The “I Love U Guys” Foundation 的 "
    "Standard Response Protocol 中的行动。步骤是本学区自己的文字。",
    "vi": "Hold, Secure, Lockdown, Evacuate và Shelter là các hành động của Standard Response Protocol của "
    "The “I Love U Guys” Foundation. Các bước là lời của học khu này.",
    "so": "Hold, Secure, Lockdown, Evacuate iyo Shelter waa tallaabooyinka Standard Response Protocol ee "
    "The “I Love U Guys” Foundation. Tilmaamuhu waa erayada degmadan.",
    "sw": "Hold, Secure, Lockdown, Evacuate na Shelter ni hatua za Standard Response Protocol ya "
    "The “I Love U Guys” Foundation. Maelezo ni maneno ya wilaya hii.",
}
LABELS = by_language(
    ("room", "exit", "second_exit", "rally", "aed", "expires", "expired", "version", "approved", "steps", "scan",
     "cards", "english", "older", "kept"),
    ("Room", "Nearest exit", "Second exit", "Gather at", "Nearest AED", "Valid until", "Out of date since", "Version",
     "Approved by", "What to do", "This room's card", "Cards", "This card has no translation that is up to date.",
     "The translation before this",
     "Kept on this device since {when}. What was approved after that is not in here."),
    ("Salón", "Salida más cercana", "Segunda salida", "Reunirse en", "DEA más cercano", "Válida hasta",
     "Vencida desde", "Versión", "Aprobada por", "Qué hacer", "La tarjeta de este salón", "Tarjetas",
     "Esta tarjeta no tiene una traducción al día. Está en inglés.",
     "La traducción anterior",
     "Guardado en este aparato desde {when}. Lo aprobado después no está aquí."),
    ("Salle", "Sortie la plus proche", "Deuxième sortie", "Rassemblement", "DAE le plus proche", "Valable jusqu’au",
     "Périmée depuis le", "Version", "Approuvée par", "Que faire", "La fiche de cette salle", "Fiches",
     "Cette fiche n’a pas de traduction à jour. Elle est en anglais.",
     "La traduction d’avant",
     "Gardé sur cet appareil depuis le {when}. Ce qui a été approuvé ensuite n’y est pas."),
    ("الغرفة", "أقرب مخرج", "المخرج الثاني", "مكان التجمع", "أقرب جهاز AED", "صالحة حتى", "منتهية منذ", "الإصدار",
     "وافق عليها", "ما العمل", "بطاقة هذه الغرفة", "البطاقات", "لا توجد ترجمة محدّثة لهذه البطاقة. وهي بالإنجليزية.",
     "الترجمة السابقة",
     "محفوظة على هذا الجهاز منذ {when}. وما اعتُمد بعد ذلك ليس هنا."),
    ("房间", "最近的出口", "第二出口", "集合地点", "最近的 AED", "有效期至", "已过期，自", "版本", "批准人", "怎么做",
     "本房间的卡片", "卡片", "这张卡片没有最新的翻译，以英文显示。",
     "之前的翻译",
     "自 {when} 起保存在本设备上。之后批准的内容不在其中。"),
    ("Phòng", "Lối ra gần nhất", "Lối ra thứ hai", "Tập trung ở", "AED gần nhất", "Có hiệu lực đến",
     "Hết hiệu lực từ", "Phiên bản", "Người duyệt", "Việc cần làm", "Thẻ của phòng này", "Thẻ",
     "Thẻ này chưa có bản dịch mới nhất. Đây là tiếng Anh.",
     "Bản dịch trước",
     "Lưu trên máy này từ {when}. Nội dung được duyệt sau đó không có ở đây."),
    ("Qolka", "Bixitinka ugu dhow", "Bixitinka labaad", "Ku kulma", "AED-ga ugu dhow", "Wuxuu shaqaynayaa ilaa",
     "Wuu dhacay tan iyo", "Nooca", "Waxaa ansixiyey", "Waxa la sameeyo", "Kaarka qolkan", "Kaararka",
     "Kaarkan ma laha turjumaad cusub. Waa Ingiriisi.",
     "Turjumaaddii hore",
     "Qalabkan waxaa lagu hayaa tan iyo {when}. Wixii kadib la ansixiyey kuma jiraan."),
    ("Chumba", "Njia ya kutoka iliyo karibu", "Njia ya pili ya kutoka", "Kusanyikeni", "AED iliyo karibu",
     "Inatumika hadi", "Imepitwa na wakati tangu", "Toleo", "Imeidhinishwa na", "La kufanya", "Kadi ya chumba hiki",
     "Kadi", "Kadi hii haina tafsiri mpya. Iko kwa Kiingereza.",
     "Tafsiri ya awali",
     "Imehifadhiwa kwenye kifaa hiki tangu {when}. Yaliyoidhinishwa baadaye hayamo."),
)  # fmt: skip
#: What the buttons to the cards say. The actions are announced by their English names, so these stay; who reads another
#: script is told beside it what they mean.
KIND_WORDS = by_language(
    ("hold", "secure", "lockdown", "evacuate", "shelter", "fire", "medical", "staff_assist", "call_911"),
    ("Hold", "Secure", "Lockdown", "Evacuate", "Shelter", "Fire", "Medical", "Staff assist", "911"),
    ("Hold", "Secure", "Lockdown", "Evacuate", "Shelter", "Incendio", "Emergencia médica", "Ayuda al personal", "911"),
    ("Hold", "Secure", "Lockdown", "Evacuate", "Shelter", "Incendie", "Urgence médicale", "Aide au personnel", "911"),
    ("ابقَ مكانك (Hold)", "أمّن (Secure)", "إغلاق تام (Lockdown)", "إخلاء (Evacuate)", "احتمِ (Shelter)", "حريق",
     "حالة طبية", "مساعدة الموظفين", "911"),
    ("Hold 原地停留", "Secure 封闭外门", "Lockdown 封锁", "Evacuate 撤离", "Shelter 避险", "火灾", "急救", "协助员工",
     "911"),
    ("Hold", "Secure", "Lockdown", "Evacuate", "Shelter", "Cháy", "Cấp cứu", "Hỗ trợ nhân viên", "911"),
    ("Hold", "Secure", "Lockdown", "Evacuate", "Shelter", "Dab", "Caafimaad", "Caawi shaqaalaha", "911"),
    ("Hold", "Secure", "Lockdown", "Evacuate", "Shelter", "Moto", "Dharura ya afya", "Msaada kwa mfanyakazi", "911"),
)  # fmt: skip
