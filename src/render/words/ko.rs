//! Korean.

use super::{Asked, Words};

pub(super) const WORDS: Words = Words {
    tag: "ko",
    urgent: "긴급:",
    praise: "감사:",
    answered: "응답받은 기도",
    asked: Asked {
        few_days: "며칠 전에 다음을 위해 기도를 부탁드렸습니다: {what}.",
        last_week: "지난주에 다음을 위해 기도를 부탁드렸습니다: {what}.",
        two_weeks: "2주 전에 다음을 위해 기도를 부탁드렸습니다: {what}.",
        three_weeks: "3주 전에 다음을 위해 기도를 부탁드렸습니다: {what}.",
        this_month: "이달 초에 다음을 위해 기도를 부탁드렸습니다: {what}.",
        last_month: "지난달에 다음을 위해 기도를 부탁드렸습니다: {what}.",
        month: "{month}에 다음을 위해 기도를 부탁드렸습니다: {what}.",
        month_of_year: "{year}년 {month}에 다음을 위해 기도를 부탁드렸습니다: {what}.",
        months: [
            "1월", "2월", "3월", "4월", "5월", "6월", "7월", "8월", "9월", "10월", "11월", "12월",
        ],
    },
    pseudonym: "당사자를 보호하기 위해 이름을 바꾸었습니다.",
    why: "이 메일은 {organisation}의 ‘{list}’ 목록에 등록된 주소로 보내 드립니다.",
    unsubscribe: "수신 거부",
};
