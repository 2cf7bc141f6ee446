"""What somebody asks for, as a product: whose it is, its question, its licence, its columns. Raises problems."""

from __future__ import annotations

from andon_contracts.messages import Birth
from andon_security.tokens import Principal

from andon_platform.api import limits
from andon_platform.api.models_products import LicenceRequest, ProductRequest, QuestionRequest
from andon_platform.api.problems import BadQuestion, TooMuch
from andon_platform.api.services import Services
from andon_platform.sharing import NothingThere, TooManyValues, schema
from andon_platform.sharing.product import LICENCES, Column, Licence, Question


def machines_of(have: Services, owner: str, question: Question) -> list[Birth]:
    """The machines that the question means now."""
    return schema.chosen(question, (m.birth for m in have.registry.find(enterprise=owner)))


def owner_of(who: Principal, wanted: ProductRequest) -> str:
    """Whose product it will be."""
    asked = wanted.question
    named = {path.partition("/")[0] for path in (*asked.machines, asked.place) if path}
    owners = {wanted.owner or "", *named, "" if who.tenant == "*" else who.tenant} - {""}
    if not owners:
        raise BadQuestion("say whose product it is: owner, or machines or a place")
    if len(owners) > 1:
        raise BadQuestion(f"a product is of one enterprise alone, and this would be of {', '.join(sorted(owners))}")
    return owners.pop()


def columns_of(have: Services, owner: str, question: Question) -> tuple[Column, ...]:
    """The columns of a new question. Raises a problem where it asks for what is not there."""
    machines = machines_of(have, owner, question)
    unknown = sorted(set(question.machines) - {m.machine for m in machines})
    if unknown:
        fit = "has none of the signals, or is not known" if question.kind == "series" else "is not known"
        raise BadQuestion(f"{', '.join(unknown)}: {fit}; GET /catalogue lists what there is")
    absent = schema.missing(question, machines)
    if machines and absent:
        raise BadQuestion(f"none of these machines has a signal {', '.join(absent)}; GET /catalogue lists them")
    try:
        return schema.columns(question, machines)
    except NothingThere as error:
        raise BadQuestion(str(error)) from error
    except TooManyValues as error:
        raise TooMuch(str(error), limit="signals") from error


def question_of(wanted: QuestionRequest, owner: str) -> Question:
    """The question, if it can be asked at all."""
    series = wanted.kind == "series"
    if series and not wanted.signals:
        raise BadQuestion("a product of series names its signals")
    if not series and wanted.signals:
        raise BadQuestion(f"a product of {wanted.kind} has no signals: leave them away")
    if wanted.machines and (wanted.place or wanted.type):
        raise BadQuestion("name machines, or choose them by place and type; not both")
    place = wanted.place.strip("/")
    for path in (*wanted.machines, *([place] if place else [])):
        if path.partition("/")[0] != owner:
            raise BadQuestion(f"{path} is not of {owner}")
    every = limits.duration(wanted.every) if wanted.every else None
    if series and (every is None) != (wanted.agg == "raw"):
        raise BadQuestion("give every (`1m`) for buckets, or agg=raw without it")
    return Question(
        kind=wanted.kind,
        machines=tuple(dict.fromkeys(wanted.machines)),
        place=place,
        type=wanted.type,
        signals=tuple(dict.fromkeys(wanted.signals)),
        every=every if series else None,
        agg=wanted.agg if series else "raw",
        events=tuple(dict.fromkeys(wanted.events)) if wanted.kind == "events" else (),
        back=limits.duration(wanted.back, "back"),
    )


def licence_of(wanted: LicenceRequest) -> Licence:
    """A licence that SPDX names, or one with an address."""
    if wanted.id:
        if wanted.id not in LICENCES:
            known = ", ".join(LICENCES)
            raise BadQuestion(f"licence {wanted.id!r} is not known here: one of {known}, or a name with a url")
        return Licence(wanted.id, LICENCES[wanted.id], f"https://spdx.org/licenses/{wanted.id}.html")
    if not wanted.name.strip() or not wanted.url:
        raise BadQuestion("a licence is an SPDX id (`CC-BY-4.0`), or has a name and a url")
    return Licence("", wanted.name.strip(), wanted.url)
