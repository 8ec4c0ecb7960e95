"""Pages from templates: what every page is given, and the headers that belong to a page."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from server.http import headers
from server.http.catalogues import Catalogue, Catalogues, script_json
from server.http.cookies import LANGUAGE, Cookies
from server.http.static import PREFIX, StaticFiles

SUFFIX: Final = ".html.jinja"


@dataclass(frozen=True, slots=True)
class Page:
    """One page to show. `module` names its script below the web client's folder; `data` is for that script.

    `watched`: where it is of staff, it leaves for the proof of who they are as soon as that is demanded.
    `capture`: the page may ask the browser for a picture of a surface; `frames`: it encrypts pictures, or opens them.
    """

    template: str
    module: str | None = None
    data: Mapping[str, object] | None = None
    context: Mapping[str, object] | None = None
    status: int = 200
    capture: bool = False
    frames: bool = False
    watched: bool = True


@dataclass(frozen=True, slots=True)
class Pages:
    """Renders pages in the reader's language."""

    environment: Environment
    catalogues: Catalogues
    static: StaticFiles
    cookies: Cookies
    organisation: str
    demo: bool

    @property
    def first_words(self) -> Catalogue:
        """Of the language that the settings name first."""
        return next(iter(self.catalogues.by_language.values()))

    def language(self, request: web.Request) -> str:
        return self.catalogues.choose(
            request.query.get("lang"),
            request.cookies.get(LANGUAGE),
            request.headers.get("Accept-Language", ""),
        )

    def respond(self, request: web.Request, page: Page, staff: object | None = None) -> web.Response:
        """The whole answer, with the page's own policy and the language cookie where the reader chose one."""
        language = self.language(request)
        import_map = self.static.import_map()
        text = self._render(page, self._context(request, page, language, import_map, staff))
        response = web.Response(text=text, status=page.status, content_type="text/html", charset="utf-8")
        response.headers["Content-Security-Policy"] = headers.content_policy(import_map, frames=page.frames)
        response.headers["Permissions-Policy"] = headers.permissions(capture=page.capture)
        response.headers["Content-Language"] = language
        if request.query.get("lang") == language:
            self.cookies.keep_language(response, language)
        return response

    def _render(self, page: Page, context: Mapping[str, Any]) -> str:
        return self.environment.get_template(page.template + SUFFIX).render(context)

    def _context(
        self, request: web.Request, page: Page, language: str, import_map: str, staff: object | None
    ) -> dict[str, object]:
        catalogue: Catalogue = self.catalogues[language]
        return {
            "t": catalogue.text,
            "language": language,
            "languages": self.catalogues.languages,
            "organisation": self.organisation,
            "demo": self.demo,
            "staff": staff,
            "module": PREFIX + page.module if page.module else None,
            "watched": PREFIX + "pages/staff_news.js" if page.watched else None,
            # These three stand in script elements: made by us as JSON without `<`, `>` and `&`.
            "import_map": Markup(import_map),  # noqa: S704
            "catalogue": Markup(catalogue.as_json()),  # noqa: S704
            "data": Markup(script_json(dict(page.data or {}))),  # noqa: S704
            "error": None,
            "notice": None,
            "to_mend": 0,
            "override_minutes": 0,
            "provider": None,
            "password": True,
            "path": request.path,
            **(page.context or {}),
        }


def new_environment(folder: Path) -> Environment:
    return Environment(
        loader=FileSystemLoader(folder),
        undefined=StrictUndefined,
        autoescape=select_autoescape(default=True, default_for_string=True),
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
