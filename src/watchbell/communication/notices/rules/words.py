"""What Watchbell itself says in messages, before and after what somebody wrote."""

#: In the languages notices are written in: (drill, test, more under, answer with, by text, by a key on a call).
WORDS = {
    "en": (
        "THIS IS A DRILL. ",
        "TEST. ",
        "More: ",
        "Answer: ",
        "Reply with the number: ",
        "To answer, press the number: ",
    ),
    "es": (
        "ESTO ES UN SIMULACRO. ",
        "PRUEBA. ",
        "Más: ",
        "Responda: ",
        "Responda con el número: ",
        "Para responder, presione el número: ",
    ),
    "fr": (
        "CECI EST UN EXERCICE. ",
        "TEST. ",
        "Plus : ",
        "Répondez : ",
        "Répondez avec le numéro : ",
        "Pour répondre, appuyez sur le numéro : ",
    ),
    "ar": ("هذا تمرين. ", "اختبار. ", "المزيد: ", "أجب: ", "أجب بالرقم: ", "للإجابة اضغط الرقم: "),
    "zh": ("这是演习。", "测试。", "更多：", "回答：", "请回复数字：", "请按数字键回答："),
    "vi": ("ĐÂY LÀ DIỄN TẬP. ", "THỬ NGHIỆM. ", "Thêm: ", "Trả lời: ", "Trả lời bằng số: ", "Để trả lời, hãy bấm số: "),
    "so": (
        "WAA TABABAR. ",
        "TIJAABO. ",
        "Faahfaahin: ",
        "Jawaab: ",
        "Ku jawaab lambarka: ",
        "Si aad u jawaabto, riix lambarka: ",
    ),
    "sw": ("HILI NI ZOEZI. ", "JARIBIO. ", "Zaidi: ", "Jibu: ", "Jibu kwa nambari: ", "Ili kujibu, bonyeza nambari: "),
}
CORRECTED = {"en": "CORRECTION. ", "es": "CORRECCIÓN. ", "fr": "RECTIFICATION. ", "ar": "تصحيح. ", "zh": "更正：",
             "vi": "ĐÍNH CHÍNH. ", "so": "SAXID. ", "sw": "SAHIHISHO. "}  # fmt: skip


ENDED = {"en": "OVER. ", "es": "TERMINADO. ", "fr": "TERMINÉ. ", "ar": "انتهى. ", "zh": "已结束：",
         "vi": "ĐÃ KẾT THÚC. ", "so": "WUU DHAMMAADAY. ", "sw": "IMEKWISHA. "}  # fmt: skip
