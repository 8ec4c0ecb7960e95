"""Reports of the self-audit, for operators."""

from audit.event import Actor
from server.administration.errors import ActRefused
from server.administration.ground import Ground
from server.administration.report_acts import MakeReport, ReportGiven
from server.http.catalogues import CatalogueRefused, known_languages, read_folder
from server.installation import web_folder
from server.reporting.page import page_form
from server.reporting.paper import PaperUnavailable, paper_form
from server.reporting.reporter import Form, as_document


class ReportOffice:
    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    async def make(self, act: MakeReport, by: Actor) -> ReportGiven:
        made = (await self._ground.reporter.make(by, act.days, {act.format: self._form(act)}))[act.format]
        return ReportGiven(
            content=made.content,
            sha256=made.sha256,
            entry=made.entry,
            exit_code=made.report.exit_code,
            to_mend=made.report.to_mend,
            sentence=made.report.verification.sentence,
            to_ms=made.report.to_ms,
        )

    def _form(self, act: MakeReport) -> Form:
        if act.format == "json":
            return as_document
        web = web_folder()
        language = act.language or self._ground.language
        try:
            words = read_folder(web / "locales", [language])[language]
        except CatalogueRefused as error:
            raise ActRefused(
                f"There are no texts in {language}. Give one of: {', '.join(known_languages(web / 'locales'))}. "
                "No report was made."
            ) from error
        if act.format == "html":
            return page_form(web, words)
        try:
            return paper_form(web, words)
        except PaperUnavailable as error:
            raise ActRefused(f"{error} No report was made.") from error
