//! Korean.

use super::Words;

pub(super) const WORDS: Words = Words {
    tag: "ko",
    urgent: "긴급:",
    pseudonym: "당사자를 보호하기 위해 이름을 바꾸었습니다.",
    why: "이 메일은 {organisation}의 ‘{list}’ 목록에 등록된 주소로 보내 드립니다.",
    unsubscribe: "수신 거부",
};
