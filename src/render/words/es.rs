//! Spanish.

use super::{Asked, Words};

pub(super) const WORDS: Words = Words {
    tag: "es",
    urgent: "Urgente:",
    praise: "Alabanza:",
    answered: "Oraciones contestadas",
    asked: Asked {
        few_days: "Hace unos días le pedimos que orara por {what}.",
        last_week: "La semana pasada le pedimos que orara por {what}.",
        two_weeks: "Hace dos semanas le pedimos que orara por {what}.",
        three_weeks: "Hace tres semanas le pedimos que orara por {what}.",
        this_month: "A principios de este mes le pedimos que orara por {what}.",
        last_month: "El mes pasado le pedimos que orara por {what}.",
        month: "En {month} le pedimos que orara por {what}.",
        month_of_year: "En {month} de {year} le pedimos que orara por {what}.",
        months: [
            "enero",
            "febrero",
            "marzo",
            "abril",
            "mayo",
            "junio",
            "julio",
            "agosto",
            "septiembre",
            "octubre",
            "noviembre",
            "diciembre",
        ],
    },
    pseudonym: "Nombre cambiado para proteger a la persona.",
    why: "Recibe este correo porque su dirección está en la lista «{list}» de {organisation}.",
    unsubscribe: "Darse de baja",
};
