"""The pages, a file each: what a page asks for, and what it gives its template. Nothing is counted or
judged here."""

from bellgate.console.app import Register
from bellgate.console.pages import account, exemptions, health, sign_in

REGISTERS: tuple[Register, ...] = (
    sign_in.register,
    account.register,
    health.register,
    exemptions.register,
)
