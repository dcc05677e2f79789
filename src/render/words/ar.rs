//! Arabic.

use super::Words;

pub(super) const WORDS: Words = Words {
    tag: "ar",
    urgent: "عاجل:",
    pseudonym: "تم تغيير الاسم لحماية الشخص.",
    why: "تصلك هذه الرسالة لأن عنوانك مدرج في قائمة «{list}» لدى {organisation}.",
    unsubscribe: "إلغاء الاشتراك",
};
