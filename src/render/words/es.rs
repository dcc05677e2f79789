//! Spanish.

use super::Words;

pub(super) const WORDS: Words = Words {
    tag: "es",
    urgent: "Urgente:",
    pseudonym: "Nombre cambiado para proteger a la persona.",
    why: "Recibe este correo porque su dirección está en la lista «{list}» de {organisation}.",
    unsubscribe: "Darse de baja",
};
